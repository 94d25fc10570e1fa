/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_EARLY_H
#define ASM_EARLY_H

#include <lodge/pl011_regs.h>
#include <lodge/types.h>
#include <asm/io.h>

/* Root of the first tables; CPUs that start go through it. */
extern u64 early_root[];

/* Called by head.S, without translation: see early.c. */
u64 early_fdt(u64 x0);
void early_map(u64 image, u64 fdt);
__noreturn void early_wrong_level(u64 current_el);
__noreturn void early_no_e2h0(void);

/**
 * early_map_memory() - the direct map of [start, end), in leaves of 1 GiB, until there are the
 * final tables; false when too many parts of 512 GiB have memory.
 */
bool early_map_memory(u64 start, u64 end);

/* One character on the PL011 at @regs, which may be a UART that takes nothing. */
static inline void early_pl011_putc(volatile u8 *regs, char c)
{
	unsigned int tries = 100000;

	if (!regs)
		return;
	while ((readl(regs + UART_FR) & FR_TXFF) && --tries)
		cpu_relax();
	writel((u8)c, regs + UART_DR);
}

#endif
