/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_BARRIER_H
#define ASM_BARRIER_H

/* Memory and devices, in both directions. */
#define mb()  __asm__ volatile("mfence" ::: "memory")
#define rmb() __asm__ volatile("lfence" ::: "memory")
#define wmb() __asm__ volatile("sfence" ::: "memory")

/*
 * Between CPUs only: of accesses to write-back memory, stores may become visible after
 * later loads, and nothing else is reordered (AMD APM vol. 2, 7.2).
 */
#define smp_mb()  __asm__ volatile("lock; addl $0, -4(%%rsp)" ::: "memory", "cc")
#define smp_rmb() __asm__ volatile("" ::: "memory")
#define smp_wmb() __asm__ volatile("" ::: "memory")

/* In a loop that waits for another CPU. */
#define cpu_relax() __asm__ volatile("pause" ::: "memory")

/* See lodge/nospec.h. Flags are not predicted, branches are. */
#define index_mask_nospec(index, size)                                             \
	({                                                                         \
		unsigned long mask_;                                               \
                                                                                   \
		__asm__("cmp %2, %1\n\tsbb %0, %0"                                 \
			: "=r"(mask_)                                              \
			: "r"((unsigned long)(index)), "er"((unsigned long)(size)) \
			: "cc");                                                   \
		mask_;                                                             \
	})

#endif
