// SPDX-License-Identifier: Apache-2.0
/* The fair class on one CPU: shares, lag, sleepers, wake-ups. */
/* links: kernel/sched/tree.c kernel/sched/fair.c kernel/sched/server.c kernel/sched/queue.c kernel/sched/change.c kernel/sched/balance.c */
#include "sched_model.h"

static struct model *m;

static int setup(void **state)
{
	m = malloc(sizeof(*m));
	model_init(m, 1);
	return 0;
}

static int teardown(void **state)
{
	free(m);
	return 0;
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void start_busy(const u32 *weights, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		model_enqueue(m, model_add(m, weights[i]), 0, false);
}

/* Each window of @ms milliseconds in which all are busy: nobody is off its share by more than @off. */
static void check_windows(unsigned int windows, u64 ms, long double off)
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

static void busy_ones_get_their_shares(void **state)
{
	static const u32 weights[] = { 256, 512, 1024 };

	start_busy(weights, 3);
	check_windows(20, 1000, 1000 * MS / 7.0 / 100);
	check_windows(100, 100, SLICE);
	assert_true(m->most_lag <= SLICE);
}

static void lag_is_what_the_oracle_says(void **state)
{
	static const u32 weights[] = { 1, 7, 300, 65536, 4099 };
	unsigned int i, n;

	start_busy(weights, 5);
	for (n = 0; n < 1000; n++) {
		model_run(m, 777);
		sched_charge(&m->cpu[0].q, m->now);
		for (i = 0; i < m->nr; i++) {
			long double off = model_policy_lag(&m->t[i]) - model_lag(m, &m->t[i]);

			assert_true(off < 2 && off > -2);
		}
	}
	assert_true(m->most_lag <= SLICE);
}

static void one_that_wakes_runs_at_once(void **state)
{
	static const u32 weights[] = { 256, 256 };
	struct model_thread *t;
	unsigned int i;

	start_busy(weights, 2);
	t = model_add(m, 256);
	for (i = 0; i < 1000; i++) {
		model_run(m, MS - 20 * US + i);
		model_enqueue(m, t, 0, true);
		assert_ptr_equal(m->cpu[0].runs, &t->e);
		model_run(m, 20 * US);
		assert_ptr_equal(m->cpu[0].runs, &t->e);
		model_dequeue(m, t);
	}
	assert_true(m->most_lag <= SLICE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(busy_ones_get_their_shares),
		T(lag_is_what_the_oracle_says),
		T(one_that_wakes_runs_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
