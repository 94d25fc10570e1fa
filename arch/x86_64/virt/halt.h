/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HALT_H
#define HALT_H

/*
 * What the vCPUs of a VM look at of each other: whether one is halted for good, and NMIs that would
 * wake it. arch_vm.halt_lock orders the halt of one vCPU before or after each NMI and each halt of
 * the others, so that exactly the last one to halt ends the VM.
 */
struct vcpu;

/**
 * x86_halt() - @vcpu executed HLT with interrupts off, in its exit
 * If no vCPU is left to send an NMI, all get REQ_OFF.
 */
void x86_halt(struct vcpu *vcpu);
/** x86_halt_over() - @vcpu runs again; before it takes the NMI. By its own thread. */
void x86_halt_over(struct vcpu *vcpu);

#endif
