/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ARCH_CPUS_H
#define ARCH_CPUS_H

/* What other CPUs see: all before it before all after it. */
static inline void smp_mb(void)
{
	__asm__ volatile("mfence" ::: "memory");
}

/* For who has stopped CPU @id by an INIT. */
void cpu_was_stopped(unsigned long id);

/* In 64-bit mode, on the stack of the struct cpu that is starting. */
void cpu_start64(void);

#endif
