/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ARCH_PLIC_H
#define ARCH_PLIC_H

#include <guest/guest.h>

/* RISC-V PLIC specification 1.0.0, memory map, for the boot hart's S-mode context. */

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
	return platform.intc + 0x2000 + 0x80UL * platform.intc_context + 4UL * (irq / 32);
}

static inline u64 plic_threshold(void)
{
	return platform.intc + 0x200000 + 0x1000UL * platform.intc_context;
}

static inline u64 plic_claim(void)
{
	return plic_threshold() + 4;
}

#endif
