/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_CPUMASK_H
#define LODGE_CPUMASK_H

#include <lodge/bitops.h>
#include <lodge/types.h>

/* A set of CPUs: bit n is the CPU that cpu_get(n) returns. */
typedef struct {
	u64 bits;
} cpumask_t;

/* What CONFIG_NR_CPUS must not exceed (kernel/smp.c). */
#define CPUMASK_MAX 64

static inline cpumask_t cpumask_of(unsigned int cpu)
{
	return (cpumask_t){ BIT(cpu) };
}

static inline bool cpumask_has(cpumask_t m, unsigned int cpu)
{
	return m.bits >> cpu & 1;
}

static inline bool cpumask_is_empty(cpumask_t m)
{
	return !m.bits;
}

static inline cpumask_t cpumask_and(cpumask_t a, cpumask_t b)
{
	return (cpumask_t){ a.bits & b.bits };
}

static inline cpumask_t cpumask_or(cpumask_t a, cpumask_t b)
{
	return (cpumask_t){ a.bits | b.bits };
}

static inline cpumask_t cpumask_without(cpumask_t m, unsigned int cpu)
{
	return (cpumask_t){ m.bits & ~BIT(cpu) };
}

/* For a mask that several CPUs change. @order is one of __ATOMIC_*. */

static inline cpumask_t cpumask_load(const cpumask_t *m, int order)
{
	return (cpumask_t){ __atomic_load_n(&m->bits, order) };
}

/** cpumask_add() - Return: the mask before. */
static inline cpumask_t cpumask_add(cpumask_t *m, unsigned int cpu, int order)
{
	return (cpumask_t){ __atomic_fetch_or(&m->bits, BIT(cpu), order) };
}

/** cpumask_remove() - Return: the mask before. */
static inline cpumask_t cpumask_remove(cpumask_t *m, unsigned int cpu, int order)
{
	return (cpumask_t){ __atomic_fetch_and(&m->bits, ~BIT(cpu), order) };
}

/** cpumask_take() - empty @m. Return: the mask before. */
static inline cpumask_t cpumask_take(cpumask_t *m, int order)
{
	return (cpumask_t){ __atomic_exchange_n(&m->bits, 0, order) };
}

/** for_each_cpu() - each @cpu, an unsigned int, in @mask, from the lowest; @rest is a cpumask_t. */
#define for_each_cpu(cpu, rest, mask)                                                        \
	for ((rest) = (mask); !cpumask_is_empty(rest) && ((cpu) = ctz64((rest).bits), true); \
	     (rest) = cpumask_without(rest, cpu))

#endif
