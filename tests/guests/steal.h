/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_GUESTS_STEAL_H
#define TESTS_GUESTS_STEAL_H

#include <lodge/types.h>

/* What steal-arch.c has: the interface by which a CPU is told of its steal time. */

/* The calling CPU, number @cpu, wants to be told from now on. Return: whether that is possible. */
bool steal_enable(u64 cpu);
/* What it was told last, in nanoseconds; of any CPU. */
u64 steal_ns(u64 cpu);
/* Whether it was told that it does not run: 0 or 1, or -1 where nobody is told that. */
int steal_preempted(u64 cpu);
/* The rest: what is offered, refused, and how it ends. On the boot CPU. */
void steal_arch(void);

/* ---- what steal.c has for that ---- */

/* Let another CPU, which is told or not, compete with this one until both have had some slices. */
void steal_compete(bool is_told);

#endif
