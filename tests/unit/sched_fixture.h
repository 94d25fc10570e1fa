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

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
