/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ARCH_CPUS_H
#define ARCH_CPUS_H

/* What other harts see: all before it before all after it. */
static inline void smp_mb(void)
{
	__asm__ volatile("fence rw, rw" ::: "memory");
}

/* Where a hart begins, with its struct cpu as the opaque value. */
void cpu_entry(void);

/* As cpu_status(), for one in HART_SUSPEND. */
#define HART_SUSPENDED 4

#endif
