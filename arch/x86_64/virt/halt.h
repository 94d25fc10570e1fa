/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HALT_H
#define HALT_H

/*
 * What the vCPUs of a VM look at of each other: whether one is halted for good, and NMIs and kicks
 * that would wake it. arch_vm.halt_lock orders the halt of one vCPU before or after each of those and
 * each halt of the others, so that exactly the last one to halt ends the VM.
 */
struct vcpu;

/**
 * x86_halt() - @vcpu executed HLT with interrupts off, in its exit
 * If no vCPU is left to send an NMI or a kick, all get REQ_OFF.
 */
void x86_halt(struct vcpu *vcpu);
/**
 * x86_halt_over() - @vcpu runs again; before it takes the NMI. By its own thread.
 * The kick that has ended the halt, or came meanwhile, has had its effect.
 */
void x86_halt_over(struct vcpu *vcpu);
/** x86_kick() - the halt of @vcpu ends, or its next one if it runs. Any context. */
void x86_kick(struct vcpu *vcpu);

#endif
