/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_CPU_H
#define ASM_CPU_H

#include <lodge/types.h>

struct cpu;

struct arch_cpu {
	bool asids_reused; /* of x86_64 */
};

#ifdef SHIM_SMP
/* tests/smp/machine.c has several CPUs. */
struct arch_context {
	struct machine_context *machine;
};

struct cpu *this_cpu(void);
#else
struct arch_context {
	int dummy;
};

/* A test that needs one sets it. */
extern struct cpu *shim_this_cpu;

static inline struct cpu *this_cpu(void)
{
	return shim_this_cpu;
}
#endif

#endif
