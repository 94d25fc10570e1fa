/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_BARRIER_H
#define ASM_BARRIER_H

/* Memory and devices, in both directions. */
#define mb()  __asm__ volatile("dsb sy" ::: "memory")
#define rmb() __asm__ volatile("dsb ld" ::: "memory")
#define wmb() __asm__ volatile("dsb st" ::: "memory")

/* Between CPUs only. */
#define smp_mb()  __asm__ volatile("dmb ish" ::: "memory")
#define smp_rmb() __asm__ volatile("dmb ishld" ::: "memory")
#define smp_wmb() __asm__ volatile("dmb ishst" ::: "memory")

/* In a loop that waits for another CPU. */
#define cpu_relax() __asm__ volatile("yield" ::: "memory")

/* See lodge/nospec.h. No data value is predicted past CSDB, an instruction for that (C6.2.81). */
#define index_nospec(index, size)                                        \
	({                                                               \
		unsigned long index_ = (index);                          \
                                                                         \
		__asm__("cmp %0, %1\n\tcsel %0, %0, xzr, lo\n\thint #20" \
			: "+r"(index_)                                   \
			: "rI"((unsigned long)(size))                    \
			: "cc");                                         \
		index_;                                                  \
	})

#endif
