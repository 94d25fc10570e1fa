/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_IRQFLAGS_H
#define ASM_IRQFLAGS_H

#include <lodge/irqsoff.h>

#define RFLAGS_IF_BIT 0x200ul

static inline unsigned long arch_irq_flags(void)
{
	unsigned long flags;

	__asm__ volatile("pushfq; popq %0" : "=r"(flags)::"memory");
	return flags;
}

static inline void arch_irq_enable(void)
{
	trace_irqs_on();
	__asm__ volatile("sti" ::: "memory");
}

static inline void arch_irq_disable(void)
{
	__asm__ volatile("cli" ::: "memory");
	trace_irqs_off();
}

/* Interrupts of this CPU off; returns what they were. */
static inline unsigned long arch_irq_save(void)
{
	unsigned long flags = arch_irq_flags();

	arch_irq_disable();
	return flags & RFLAGS_IF_BIT;
}

static inline void arch_irq_restore(unsigned long flags)
{
	if (flags)
		arch_irq_enable();
}

static inline int arch_irqs_enabled(void)
{
	return (arch_irq_flags() & RFLAGS_IF_BIT) != 0;
}

#endif
