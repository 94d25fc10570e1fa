/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_APIC_H
#define ASM_APIC_H

#include <lodge/types.h>

/* The host's own local APICs; what guests see of theirs is asm/vlapic.h. */

/** apic_init() - find the boot CPU's; before timers and other CPUs. */
void apic_init(void);
/** apic_cpu_init() - the calling CPU's: on, with timer and errors going to their vectors. */
void apic_cpu_init(void);
/** apic_id() - the calling CPU's id; needs nothing but CPUID. */
u32 apic_id(void);
/** apic_vector() - of the device interrupt that this CPU is handling. */
u32 apic_vector(void);
/** apic_eoi() - the interrupt that is being handled is done. */
void apic_eoi(void);
/** apic_send() - IPI @vector of mode @mode (APIC_MODE_*) to the CPU with @id. */
void apic_send(u32 id, u32 mode, u8 vector);
/**
 * apic_look_again() - have the APIC tell its CPU again whether an interrupt waits
 *
 * For QEMU's translator only. At an exit it changes the word of what waits for the CPU in a way
 * that can undo what another of its threads has just set there. The interrupt then stays in the
 * APIC, and nothing tells the CPU of it. A write of the priority, which stays 0, makes the APIC look.
 */
static inline void apic_look_again(void)
{
	__asm__ volatile("mov %0, %%cr8" ::"r"(0ul) : "memory");
}
/** apic_send_self() - an interrupt for the calling CPU; also within an NMI. */
void apic_send_self(u8 vector);
/** apic_error() - tell what the calling CPU's APIC complains about. */
void apic_error(void);
/** apic_timer_arm() - interrupt this CPU at @deadline, in ticks of the TSC; ~0: never. */
void apic_timer_arm(u64 deadline);
/** apic_has_deadline() - whether the timer takes TSC values, and need not be measured. */
bool apic_has_deadline(void);
/** apic_timer_set_rate() - so many of its ticks passed in so many of the TSC's. */
void apic_timer_set_rate(u64 apic_ticks, u64 tsc_ticks);
/** apic_timer_begin() - count down from 2^32 - 1 without interrupting, to be measured. */
void apic_timer_begin(void);
/** apic_timer_elapsed() - ticks since then. */
u32 apic_timer_elapsed(void);

#endif
