/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_STEAL_H
#define LODGE_STEAL_H

#include <lodge/types.h>

struct vcpu;
struct vm;

/* Steal time: how long a vCPU could have run and did not, as the scheduler counts (thread_waited()). */

/**
 * struct vcpu_steal - what a guest knows of it; written by the vCPU's own thread
 * @before:	what that thread had waited when the VM started
 * @seen:	what it had when the guest was told last
 * @tell:	tells it, where it wants that: the vCPU has waited so many ns since the VM started, and
 *		gives way to others now, or is about to run. In its own thread, with interrupts off
 * @preempted:	it was told that the vCPU gives way to others
 */
struct vcpu_steal {
	u64 before, seen;
	void (*tell)(struct vcpu *vcpu, u64 ns, bool preempted);
	bool preempted;
};

/** vcpu_steal_begin() - the VM starts, and its count of @vcpu's steal time with it. */
void vcpu_steal_begin(struct vcpu *vcpu);
/** vcpu_steal_on() - in an exit of @vcpu: have @tell tell the guest, now and from now on. */
void vcpu_steal_on(struct vcpu *vcpu, void (*tell)(struct vcpu *vcpu, u64 ns, bool preempted));
/** vcpu_steal_off() - no longer. */
void vcpu_steal_off(struct vcpu *vcpu);
/** vcpu_steal_update() - for the run loop, while the guest is told: how it is now. */
void vcpu_steal_update(struct vcpu *vcpu, bool preempted);
/** vcpu_steal_end() - @vcpu has left its run loop: take down its count for vm_steal_us(). */
void vcpu_steal_end(struct vcpu *vcpu);
/** vm_steal_us() - of all vCPUs of @vm together since it started, microseconds; they do not run. */
u64 vm_steal_us(const struct vm *vm);

/* Records of 64 bytes, aligned to as many, in which guests of several interfaces look. */
#define STEAL_RECORD_SIZE 64

/**
 * steal_record_write() - write the record at @addr, of which the guest has said so
 * @sequence, @time: offsets of its count of changes, 32 bits, odd while the time is written, and of
 * the time, nanoseconds in 64 bits. @preempted goes into the byte at 16.
 *
 * It can only hurt itself: what can't be written is left alone. Without memory for it, the VM ends.
 */
void steal_record_write(struct vcpu *vcpu, gpa_t addr, unsigned int sequence, unsigned int time,
			u64 ns, bool preempted);

#endif
