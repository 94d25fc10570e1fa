/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_CYCLES_H
#define ASM_CYCLES_H

#include <lodge/types.h>

static inline void cycles_init(void)
{
}

/* The time CSR is too coarse. The firmware lets HS-mode read this (mcounteren.CY). */
static inline u64 arch_cycles(void)
{
	u64 n;

	__asm__ volatile("rdcycle %0" : "=r"(n));
	return n;
}

#endif
