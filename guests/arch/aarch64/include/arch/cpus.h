/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ARCH_CPUS_H
#define ARCH_CPUS_H

/* What other CPUs see: all before it before all after it. */
static inline void smp_mb(void)
{
	__asm__ volatile("dmb ish" ::: "memory");
}

/* Where a CPU begins, with its struct cpu as the context ID. */
void cpu_entry(void);

#endif
