/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_IRQFLAGS_H
#define ASM_IRQFLAGS_H

/* There are no interrupts. */
static inline unsigned long arch_irq_save(void)
{
	return 0;
}

static inline void arch_irq_restore(unsigned long flags)
{
	(void)flags;
}

static inline void arch_irq_enable(void)
{
}

static inline void arch_irq_disable(void)
{
}

/* But a test may say that there are. */
extern int shim_irqs_enabled;

static inline int arch_irqs_enabled(void)
{
	return shim_irqs_enabled;
}

#endif
