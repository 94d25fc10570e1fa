/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_GUESTS_SMP_H
#define TESTS_GUESTS_SMP_H

#include <guest/cpus.h>

#define ROUNDS 20

/* What each CPU counts, and the end for those that wait for it. */
extern volatile u64 smp_count[MAX_CPUS];
extern volatile u64 smp_go;

/* Starts @fn on all of the others, with their counts at 0. */
bool smp_start(void (*fn)(struct cpu *c));
/* Return: false if that does not come true within two seconds. */
bool smp_wait_count(u64 cpu, u64 n);
bool smp_wait_status(long status);
/* Sleeps until this CPU has an IPI, and takes it. */
void smp_wait_ipi(void);

/* For smp_start(): counts once and ends; counts IPIs until smp_go. */
void smp_do_nothing(struct cpu *c);
void smp_count_ipis(struct cpu *c);

/* ---- what smp-arch.c has ---- */

/* Whether the firmware refuses to start a CPU that runs, as the specification has it. */
bool smp_start_refused(u64 cpu);
/* More about IPIs: the others are in smp_count_ipis(). */
void smp_arch_ipis(void);
/* And the rest. */
void smp_arch(void);

#endif
