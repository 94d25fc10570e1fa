/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_IRQFLAGS_H
#define ASM_IRQFLAGS_H

#include <lodge/irqsoff.h>

/*
 * PSTATE.I alone. The rest stays masked for good: nothing of the host comes as an FIQ, and an
 * SError, which may be of what a guest did, waits until a guest runs and is charged to it.
 */
#define DAIF_I	  0x80ul
#define DAIFSET_I "2" /* as the immediate of daifset and daifclr */

/* Interrupts of this CPU off; returns what they were. */
static inline unsigned long arch_irq_save(void)
{
	unsigned long flags;

	__asm__ volatile("mrs %0, daif\n\t"
			 "msr daifset, #" DAIFSET_I
			 : "=r"(flags)::"memory");
	if (!(flags & DAIF_I))
		trace_irqs_off();
	return flags;
}

static inline void arch_irq_restore(unsigned long flags)
{
	if (!(flags & DAIF_I))
		trace_irqs_on();
	__asm__ volatile("msr daif, %0" ::"r"(flags) : "memory");
}

static inline void arch_irq_enable(void)
{
	trace_irqs_on();
	__asm__ volatile("msr daifclr, #" DAIFSET_I ::: "memory");
}

static inline void arch_irq_disable(void)
{
	__asm__ volatile("msr daifset, #" DAIFSET_I ::: "memory");
	trace_irqs_off();
}

static inline int arch_irqs_enabled(void)
{
	unsigned long daif;

	__asm__ volatile("mrs %0, daif" : "=r"(daif));
	return !(daif & DAIF_I);
}

#endif
