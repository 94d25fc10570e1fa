/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_CYCLES_H
#define ASM_CYCLES_H

#include <asm/msr.h>

static inline void cycles_init(void)
{
}

static inline u64 arch_cycles(void)
{
	return rdtsc();
}

#endif
