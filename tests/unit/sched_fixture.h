/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCHED_FIXTURE_H
#define SCHED_FIXTURE_H

/* A model of CPUS CPUs for each test of a file, which defines that. */
#include "sched_model.h"

static struct model *m;

static int setup(void **state)
{
	m = malloc(sizeof(*m));
	model_init(m, CPUS);
	return 0;
}

static int teardown(void **state)
{
	free(m);
	return 0;
}

/* @n threads of these weights that are always busy, on CPU 0. */
static inline void start_busy(const u32 *weights, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		model_enqueue(m, model_add(m, weights[i]), 0, false);
}

/* Each window of @ms milliseconds in which all are busy: nobody is off its share by more than @off. */
static inline void check_windows(unsigned int windows, u64 ms, long double off)
{
	u64 before[MODEL_THREADS], weight = m->cpu[0].q.weight;
	unsigned int i, w;

	for (w = 0; w < windows; w++) {
		for (i = 0; i < m->nr; i++)
			before[i] = m->t[i].ran;
		model_run(m, ms * MS);
		for (i = 0; i < m->nr; i++) {
			long double share = (long double)ms * MS * m->t[i].e.weight / weight;
			long double is = m->t[i].ran - before[i];

			assert_true(is <= share + off && is >= share - off);
		}
	}
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
