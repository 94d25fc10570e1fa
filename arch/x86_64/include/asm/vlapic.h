/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_VLAPIC_H
#define ASM_VLAPIC_H

#include <lodge/types.h>

/*
 * A vCPU's local APIC, as the rest of virt/ sees it. It belongs to the VM's device
 * "lodge,lapic", which puts it into vcpu->arch.lapic; a VM without that device has none.
 */

struct vlapic;
struct vcpu;

/** vlapic_pending() - the vector that may interrupt the vCPU now, or -1. Any CPU, no lock. */
int vlapic_pending(const struct vlapic *l);
/**
 * vlapic_accept() - take the vector that vlapic_pending() would tell, which is being delivered
 * Return: that vector, or -1 for none, as when another CPU has changed what is pending.
 */
int vlapic_accept(struct vlapic *l);
/** vlapic_has_pending() - whether there is any vector that is not accepted, of whatever priority. */
bool vlapic_has_pending(const struct vlapic *l);
/**
 * vlapic_ends_alone() - whether all that the end of @vector, which was accepted last, does is to end it:
 * nothing else is pending, and nobody waits for the end
 */
bool vlapic_ends_alone(const struct vlapic *l, u8 vector);
/** vlapic_take_back() - the delivery of the accepted @vector was given up: it is pending again. */
void vlapic_take_back(struct vlapic *l, u8 vector);
/** vlapic_timer_expired() - when its timer interrupted last, in x86_vm_ticks(); 0: never. */
u64 vlapic_timer_expired(const struct vlapic *l);
/** vlapic_timer_park() - as arch_vcpu_park(); vlapic_timer_unpark() has it go on. */
void vlapic_timer_park(struct vlapic *l);
void vlapic_timer_unpark(struct vlapic *l);
/** vlapic_nmi_taken() - the vCPU's pending NMI is being delivered to it. */
void vlapic_nmi_taken(struct vlapic *l);
/** vlapic_set_cr8() - set the task priority; bits above the low four are not looked at. */
void vlapic_set_cr8(struct vlapic *l, u64 cr8);
/** x86_set_tpr() - cr.c: the local APIC's TPR is @tpr now; @vcpu reads its high half from CR8. */
void x86_set_tpr(struct vcpu *vcpu, u32 tpr);
/** APIC_NO_PAGE - the address of a page that is none: beyond all that is physical, and not just below 0. */
#define APIC_NO_PAGE BIT(63)
/** x86_set_apic_page() - emulate.c: @vcpu finds its APIC at @page, and not where the board has it. */
void x86_set_apic_page(struct vcpu *vcpu, u64 page);
/** vlapic_page_read() - its page, wherever that is; @off is within it. */
u64 vlapic_page_read(struct vlapic *l, u64 off, unsigned int width);
void vlapic_page_write(struct vlapic *l, u64 off, unsigned int width, u64 val);
/** x86_phys_bits() - cpuid.c: of physical addresses, as guests are told. */
unsigned int x86_phys_bits(void);
/** vlapic_msr_read() - APIC_BASE, TSC_DEADLINE and 0x800 to 0x8ff; false for #GP. */
bool vlapic_msr_read(struct vlapic *l, u32 msr, u64 *val);
/** vlapic_msr_write() - the same, written by its own vCPU. */
bool vlapic_msr_write(struct vlapic *l, u32 msr, u64 val);
/** vlapic_timer_adjusted() - its own vCPU has moved its time-stamp counter, of which deadlines are. */
void vlapic_timer_adjusted(struct vlapic *l);
/** vlapic_is_on() - whether APIC_BASE has it enabled. */
bool vlapic_is_on(const struct vlapic *l);
/** vlapic_reset() - to the state after power-on, or what INIT left. From arch_vcpu_reset(). */
void vlapic_reset(struct vlapic *l);

/** x86_vcpu_nmi() - what it wants in return: an NMI is pending for @vcpu. Any context. */
void x86_vcpu_nmi(struct vcpu *vcpu);

#endif
