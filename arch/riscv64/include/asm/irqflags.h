/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_IRQFLAGS_H
#define ASM_IRQFLAGS_H

#include <lodge/irqsoff.h>

#define SSTATUS_SIE_BIT 2ul

/* Interrupts of this hart off; returns what they were. */
static inline unsigned long arch_irq_save(void)
{
	unsigned long flags;

	__asm__ volatile("csrrci %0, sstatus, 2" : "=r"(flags)::"memory");
	if (flags & SSTATUS_SIE_BIT)
		trace_irqs_off();
	return flags & SSTATUS_SIE_BIT;
}

static inline void arch_irq_restore(unsigned long flags)
{
	if (flags)
		trace_irqs_on();
	__asm__ volatile("csrs sstatus, %0" ::"r"(flags) : "memory");
}

static inline void arch_irq_enable(void)
{
	trace_irqs_on();
	__asm__ volatile("csrsi sstatus, 2" ::: "memory");
}

static inline void arch_irq_disable(void)
{
	__asm__ volatile("csrci sstatus, 2" ::: "memory");
	trace_irqs_off();
}

static inline int arch_irqs_enabled(void)
{
	unsigned long s;

	__asm__ volatile("csrr %0, sstatus" : "=r"(s));
	return (s & SSTATUS_SIE_BIT) != 0;
}

#endif
