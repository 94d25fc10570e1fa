/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_CPU_H
#define ASM_CPU_H

#include <lodge/types.h>

struct vcpu;

/* What head.S loads, with translation off, on a CPU that starts. */
struct secondary_start {
	u64 ttbr, sp, cpu;
};

/* The host keeps a pointer to its struct cpu in TPIDR_EL2. */
struct arch_cpu {
	struct secondary_start start;
	void *overflow_stack; /* for the report of a stack overflow */
};

/* Callee-saved registers: x19 to x28, the frame pointer, the link register, sp (AAPCS64). */
struct arch_context {
	u64 x[10], fp, lr, sp;
};

struct cpu;

/* Whatever the stack holds is an input: a call may change that, and may go on on another CPU. */
register const u64 *host_sp __asm__("sp");

static inline struct cpu *this_cpu(void)
{
	struct cpu *c;

	__asm__("mrs %0, tpidr_el2" : "=r"(c) : "Q"(*host_sp));
	return c;
}

#endif
