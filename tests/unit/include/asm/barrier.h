/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_BARRIER_H
#define ASM_BARRIER_H

#define mb()	  __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define rmb()	  mb()
#define wmb()	  mb()
#define smp_mb()  mb()
#define smp_rmb() mb()
#define smp_wmb() mb()

/* Where threads are CPUs, a CPU that waits gives the host's to another. */
int sched_yield(void);
#define cpu_relax() ((void)sched_yield())

#endif
