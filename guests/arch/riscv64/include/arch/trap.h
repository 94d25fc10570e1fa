/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ARCH_TRAP_H
#define ARCH_TRAP_H

#include <arch/csr.h>
#include <lodge/types.h>

struct trap_frame {
	u64 x[32]; /* x[0] is unused */
	u64 sepc, sstatus, scause, stval;
};

/* What the register of intc_register() can hold. */
#define INTC_VALUE 5

static inline void irq_enable(void)
{
	csr_set(sstatus, SSTATUS_SIE);
}

static inline void irq_disable(void)
{
	csr_clear(sstatus, SSTATUS_SIE);
}

static inline void wfi(void)
{
	__asm__ volatile("wfi" ::: "memory");
}

/* Return: false if nobody knows this interrupt. */
bool irq_dispatch(struct trap_frame *f);
void trap_dispatch(struct trap_frame *f);
void trap_entry(void);

#endif
