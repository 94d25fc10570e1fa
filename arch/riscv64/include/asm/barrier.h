/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_BARRIER_H
#define ASM_BARRIER_H

/* Memory and devices, in both directions. */
#define mb()  __asm__ volatile("fence iorw, iorw" ::: "memory")
#define rmb() __asm__ volatile("fence ir, ir" ::: "memory")
#define wmb() __asm__ volatile("fence ow, ow" ::: "memory")

/* Between CPUs only. */
#define smp_mb()  __asm__ volatile("fence rw, rw" ::: "memory")
#define smp_rmb() __asm__ volatile("fence r, r" ::: "memory")
#define smp_wmb() __asm__ volatile("fence w, w" ::: "memory")

/* In a loop that waits for another CPU: PAUSE (Zihintpause), a hint that every hart takes, as FENCE or NOP. */
#define cpu_relax() __asm__ volatile(".4byte 0x0100000f" ::: "memory")

#endif
