/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIRT_WATCH_H
#define VIRT_WATCH_H

struct vcpu;

/** vcpu_watch_init() - of a vCPU that is being made; nobody watches it. */
void vcpu_watch_init(struct vcpu *vcpu);
/**
 * vcpu_watch_begin() - in the run loop of @vcpu, on a CPU of its own: report it if it is stuck
 * Interrupts are off. It is watched until it leaves the run loop or has no CPU any more.
 */
void vcpu_watch_begin(struct vcpu *vcpu);
/** vcpu_watch_destroy() - its thread has ended. */
void vcpu_watch_destroy(struct vcpu *vcpu);

#endif
