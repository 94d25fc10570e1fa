/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ARCH_TRAP_H
#define ARCH_TRAP_H

#include <arch/sysreg.h>
#include <lodge/types.h>

struct trap_frame {
	u64 x[31];
	u64 sp_el0, elr, spsr, esr, far;
	u64 vector; /* 0 to 15, in the table's order */
};

/* Interrupts, as guest/irq.h has them. */
enum { IRQ_SOFT, IRQ_TIMER, IRQ_EXT, NR_IRQS };

/* What the register of intc_register() can hold. */
#define INTC_VALUE 0xa0

static inline void irq_enable(void)
{
	__asm__ volatile("msr daifclr, #2" ::: "memory");
}

static inline void irq_disable(void)
{
	__asm__ volatile("msr daifset, #2" ::: "memory");
}

static inline void wfi(void)
{
	__asm__ volatile("dsb sy; wfi" ::: "memory");
}

/* Once on each CPU: its side of the interrupt controller, with all sources masked. */
void irq_cpu_init(void);
void irq_dispatch(struct trap_frame *f);
void trap_dispatch(struct trap_frame *f);

#endif
