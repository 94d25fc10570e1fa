/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIRT_VM_LIFE_H
#define VIRT_VM_LIFE_H

#include <lodge/vcpu.h>
#include <lodge/vm.h>

/* control.c */

/** vm_change_state() - as vm_event(), with the VM's lock; who waits is to be woken after it. */
int vm_change_state(struct vm *vm, enum vm_event event);
/**
 * vm_event() - change the state as @event says, and wake who waits for that
 * Return: 0, or as vm_state_next(). Any context.
 */
int vm_event(struct vm *vm, enum vm_event event);
/**
 * vm_end() - have all vCPUs leave the guest, for a reset or for good
 * Return: 0, or as vm_state_next() where another @end came first. Any context.
 */
int vm_end(struct vm *vm, enum vm_end end, u64 reason);

/* clock.c; with the VM's lock */

/** vm_clock_stop() - if @vm is paused and all vCPUs are out, its guest's time stands: vm_pause() waits for that. */
void vm_clock_stop(struct vm *vm);
/** vm_clock_go() - and goes on; none of them has left its place yet. */
void vm_clock_go(struct vm *vm);

/**
 * vcpu_is_out() - whether it is not in the guest, and will not be while its VM is paused
 * Its registers do not change either: one that is about to start makes them first, and parks then.
 */
static inline bool vcpu_is_out(const struct vcpu *vcpu)
{
	/* One that was stopped while it was parked may have been told to start again. */
	return (__atomic_load_n(&vcpu->parked, __ATOMIC_ACQUIRE) &&
		!(READ_ONCE(vcpu->requests) & REQ_OFF)) ||
	       (READ_ONCE(vcpu->state) != VCPU_START_PENDING && !READ_ONCE(vcpu->in_loop));
}

/* registry.c */

/** vm_register() - others find it from now on. */
void vm_register(struct vm *vm);
/** vm_unregister() - nobody finds it any more, and nobody who has still uses it. May sleep. */
void vm_unregister(struct vm *vm);

/* stop.c */

/**
 * vm_stop_guest() - press the power button of a VM that is VM_STOPPING, until it is not any more
 * By the VM's thread.
 */
void vm_stop_guest(struct vm *vm);

/* vm.c */

/** vcpu_set_state() - with the VM's lock. */
void vcpu_set_state(struct vcpu *vcpu, enum vcpu_state state);

/* life.c */

/** vm_thread() - the body of the VM's own thread: from its start to its end. */
void vm_thread(void *arg);

#endif
