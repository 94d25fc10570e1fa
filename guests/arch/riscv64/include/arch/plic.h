/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ARCH_PLIC_H
#define ARCH_PLIC_H

#include <guest/guest.h>

/* RISC-V PLIC specification 1.0.0, memory map, for this hart's S-mode context. */

/* Those of the harts are in order; start.S has a hart's number in tp. */
static inline u64 plic_context(void)
{
	u64 hart;

	__asm__("mv %0, tp" : "=r"(hart));
	return platform.intc_context + 2 * (hart - platform.boot_cpu);
}

static inline u64 plic_priority(u32 irq)
{
	return platform.intc + 4UL * irq;
}

static inline u64 plic_pending(u32 irq)
{
	return platform.intc + 0x1000 + 4UL * (irq / 32);
}

static inline u64 plic_enable(u32 irq)
{
	return platform.intc + 0x2000 + 0x80UL * plic_context() + 4UL * (irq / 32);
}

static inline u64 plic_threshold(void)
{
	return platform.intc + 0x200000 + 0x1000UL * plic_context();
}

static inline u64 plic_claim(void)
{
	return plic_threshold() + 4;
}

#endif
