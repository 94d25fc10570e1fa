/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_IRQFLAGS_H
#define ASM_IRQFLAGS_H

#ifdef SHIM_SMP
/* tests/smp/machine.c has interrupts: those that are pending come when they are turned on. */
unsigned long arch_irq_save(void);
void arch_irq_restore(unsigned long flags);
void arch_irq_enable(void);
void arch_irq_disable(void);
int arch_irqs_enabled(void);
#else
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

#endif
