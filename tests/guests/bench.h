/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_GUESTS_BENCH_H
#define TESTS_GUESTS_BENCH_H

#include <lodge/types.h>

/**
 * struct bench - one thing to measure
 * @name:   of the line in the table
 * @run:    does it; returns what it cost, in units of the clock
 * @rounds: how often; the table gets the least of them, or
 * @mean:   their mean, where each round is different
 * @batch:  how many times @run does it, where the clock is too coarse for one; 0 for one
 */
struct bench {
	const char *name;
	u64 (*run)(void);
	unsigned int rounds;
	bool mean;
	unsigned int batch;
};

extern const struct bench arch_benches[];
extern const unsigned int arch_nr_benches;

/* Chooses the clock. Return: its name, for the table. */
const char *arch_bench_init(void);
/* Free memory that nothing has touched. */
extern u64 bench_untouched;

#define BENCH_TOUCH_SIZE MIB(16)

#endif
