// SPDX-License-Identifier: Apache-2.0
/* The fair class on one CPU: shares, lag, sleepers, wake-ups. */
/* links: kernel/sched/tree.c kernel/sched/fair.c kernel/sched/server.c kernel/sched/init.c kernel/sched/queue.c kernel/sched/change.c kernel/sched/balance.c */
#include "sched_model.h"
#define CPUS 1
#include "sched_fixture.h"

static void busy_ones_get_their_shares(void **state)
{
	static const u32 weights[] = { 256, 512, 1024 };

	start_busy(weights, 3);
	check_windows(20, 1000, 1000 * MS / 7.0 / 100);
	check_windows(100, 100, SLICE);
	assert_true(m->most_behind <= SLICE && m->most_ahead <= SLICE);
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
	assert_true(m->most_behind <= SLICE && m->most_ahead <= SLICE);
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
	assert_true(m->most_behind <= SLICE && m->most_ahead <= SLICE);
}

/* It wakes with more to do than an urgent one's time; others that wake need not wait for the rest. */
static void one_that_has_much_to_do_goes_on(void **state)
{
	static const u32 weights[] = { 256, 256 };
	struct model_thread *t, *other;
	unsigned int i, n;

	start_busy(weights, 2);
	t = model_add(m, 256);
	other = model_add(m, 256);
	for (i = 0; i < 1000; i++) {
		model_run(m, 2 * MS + i);
		model_enqueue(m, t, 0, true);
		for (n = 0; n < 30; n++) {
			assert_ptr_equal(m->cpu[0].runs, &t->e);
			model_run(m, 10 * US);
		}
		if (i % 2) {
			model_enqueue(m, other, 0, true);
			assert_ptr_equal(m->cpu[0].runs, &other->e);
			model_run(m, 10 * US);
			model_dequeue(m, other);
		}
		model_dequeue(m, t);
	}
	assert_true(m->most_behind <= SLICE && m->most_ahead <= SLICE);
}

/* A light one does not delay a heavy one so long. */
static void one_that_is_light_does_not_go_on(void **state)
{
	static const u32 weights[] = { 65536, 65536 };
	struct model_thread *t;
	unsigned int i;

	start_busy(weights, 2);
	t = model_add(m, 256);
	for (i = 0; i < 100; i++) {
		model_run(m, 200 * MS + i);
		model_enqueue(m, t, 0, true);
		assert_ptr_equal(m->cpu[0].runs, &t->e);
		model_run(m, 100 * US);
		assert_ptr_not_equal(m->cpu[0].runs, &t->e);
		model_dequeue(m, t);
	}
}

/* One that sleeps for a moment while it is behind is as far behind when it is back. */
static void a_sleeper_keeps_what_it_is_behind(void **state)
{
	static const u32 weights[] = { 256, 1024, 16 };
	unsigned int i, found = 0;
	long double lag;

	start_busy(weights, 3);
	for (i = 0; i < 3000; i++) {
		struct model_thread *t = &m->t[i % 3];

		model_run(m, 173 + i % 41 * 37);
		lag = model_lag(m, t);
		model_dequeue(m, t);
		model_enqueue(m, t, 0, false);
		assert_true(model_lag(m, t) < min(lag, (long double)REQUEST) + 2);
		assert_true(model_lag(m, t) > min(lag, (long double)REQUEST) - 2);
		sched_charge(&m->cpu[0].q, m->now);
		/* Rounding takes a thousandth of a tick each time. */
		assert_true(model_policy_lag(t) - model_lag(m, t) < 9);
		assert_true(model_policy_lag(t) - model_lag(m, t) > -9);
		found += lag > REQUEST / 4 || lag < -REQUEST / 4;
	}
	assert_true(found > 100);
}

/* After a long sleep it gets its share from then on, and no more than a request for the past. */
static void a_sleeper_saves_nothing_up(void **state)
{
	static const u32 weights[] = { 256, 256 };
	unsigned int i;
	u64 before;

	start_busy(weights, 2);
	for (i = 1; i < 50; i++) {
		model_run(m, 3 * MS + i * 31);
		model_dequeue(m, &m->t[0]);
		model_run(m, i * 50 * MS);
		model_enqueue(m, &m->t[0], 0, true);
		before = m->t[0].ran;
		model_run(m, 20 * MS);
		assert_in_range(m->t[0].ran - before, 10 * MS - SLICE, 10 * MS + SLICE);
	}
}

/* One that ran more than its share and sleeps for a moment does not preempt the others. */
static void one_that_is_ahead_waits(void **state)
{
	static const u32 weights[] = { 256, 300, 512 };
	unsigned int i, ahead = 0;

	start_busy(weights, 3);
	for (i = 0; i < 5000; i++) {
		struct model_thread *t = model_thread_of(m->cpu[0].runs);

		model_run(m, 100 + i % 97);
		if (m->cpu[0].runs != &t->e || model_lag(m, t) > -50)
			continue;
		model_dequeue(m, t);
		model_enqueue(m, t, 0, true);
		assert_ptr_not_equal(m->cpu[0].runs, &t->e);
		ahead++;
	}
	assert_true(ahead > 100);
	/* And it is nowhere better off than one that stays. */
	check_windows(20, 100, SLICE);
}

/* Two that wake each other without end get no more than two that are busy, and no less than one. */
static void two_that_wake_each_other_get_their_shares(void **state)
{
	struct model_thread *a, *b, *busy;
	u64 start = m->now;
	unsigned int i;

	a = model_add(m, 256);
	b = model_add(m, 256);
	busy = model_add(m, 256);
	model_enqueue(m, busy, 0, false);
	model_enqueue(m, a, 0, true);
	for (i = 0; i < 20000; i++) {
		struct model_thread *t = i % 2 ? b : a, *other = i % 2 ? a : b;
		u64 end = t->ran + 20 * US;

		while (t->ran < end)
			model_run(m, end - t->ran);
		model_enqueue(m, other, 0, true);
		model_dequeue(m, t);
	}
	assert_true(busy->ran > (m->now - start) / 3 - SLICE);
	assert_true(busy->ran < (m->now - start) / 2 + SLICE);
	assert_true(m->cpu[0].switches < 20000 * 2);
	assert_true(m->most_behind <= SLICE && m->most_ahead <= SLICE);
}

/* Work that was done for one elsewhere costs its neighbour nothing. */
static void debts_are_paid(void **state)
{
	static const u32 weights[] = { 256, 256 };
	u64 done = 0, before;
	unsigned int i;

	start_busy(weights, 2);
	for (i = 0; i < 1000; i++) {
		model_run(m, 900 * US);
		/* An interrupt of a tenth of the time, which nobody is charged for but whose it is. */
		sched_charge(&m->cpu[0].q, m->now);
		m->now += 100 * US;
		sched_exclude(&m->cpu[0].q, 100 * US);
		sched_owe(&m->t[0].e, 100 * US);
		done += 100 * US;
		model_changed(m, 0);
	}
	assert_true(m->t[1].ran > 500 * MS - 2 * SLICE && m->t[1].ran < 500 * MS + 2 * SLICE);
	assert_true(m->t[0].ran + done < 500 * MS + 2 * SLICE);
	/* However much it owes, it gets a tenth. */
	sched_owe(&m->t[0].e, 100000 * MS);
	before = m->t[0].ran;
	model_run(m, 1000 * MS);
	assert_in_range(m->t[0].ran - before, 85 * MS, 95 * MS);
}

/* What is owed is forgotten as far as its owner has not used its share meanwhile. */
static void one_that_sleeps_pays_of_its_share(void **state)
{
	struct model_thread *busy = model_add(m, 256), *t = model_add(m, 256);

	model_enqueue(m, busy, 0, false);
	model_enqueue(m, t, 0, false);
	model_run(m, 10 * MS);
	model_dequeue(m, t);
	model_run(m, 10 * MS);
	sched_owe(&t->e, 2 * MS);
	model_enqueue(m, t, 0, true);
	assert_ptr_equal(m->cpu[0].runs, &t->e);
	assert_int_equal(t->e.debt, 0);
}

static void a_weight_may_change_at_any_time(void **state)
{
	static const u32 weights[] = { 256, 256, 256 };
	u64 before[3];
	unsigned int i, n;

	start_busy(weights, 3);
	for (n = 0; n < 50; n++) {
		u32 weight = n % 2 ? 1 + 700 * n : 65536u >> n % 16;

		model_run(m, 7 * MS + n * 113);
		model_set_weight(m, &m->t[n % 3], weight);
		for (i = 0; i < 3; i++)
			before[i] = m->t[i].ran;
		model_run(m, 100 * MS);
		for (i = 0; i < 3; i++) {
			long double share = 100.0L * MS * m->t[i].e.weight / m->cpu[0].weight;

			assert_true(m->t[i].ran - before[i] < share + SLICE);
			assert_true(m->t[i].ran - before[i] + SLICE > share);
		}
	}
}

/* The target runs at once, and the sequence of those who are charged is what it would be without. */
static void a_visit_makes_nobody_wait(void **state)
{
	static const u32 weights[] = { 256, 512, 100, 256 };
	struct model *other = malloc(sizeof(*other)), *own = m;
	unsigned int i, visits = 0;

	start_busy(weights, 4);
	m = other;
	model_init(m, 1);
	start_busy(weights, 4);
	for (i = 0; i < 20000; i++) {
		struct model_thread *t = &own->t[i % 4];

		if (sched_visit(&own->cpu[0].q, &t->e, own->now)) {
			model_look(own, 0);
			assert_ptr_equal(own->cpu[0].runs, &t->e);
			visits++;
		} else {
			model_look(own, 0);
		}
		model_look(other, 0);
		model_run(own, 25 * US);
		model_run(other, 25 * US);
		assert_int_equal(model_thread_of(own->cpu[0].q.current)->id,
				 model_thread_of(other->cpu[0].q.current)->id);
	}
	assert_true(visits > 10000);
	m = own;
	free(other);
}

static void a_visit_ends(void **state)
{
	static const u32 weights[] = { 256, 256 };
	struct sched_queue *q = &m->cpu[0].q;

	start_busy(weights, 2);
	model_run(m, 10 * US);
	assert_true(sched_visit(q, &m->t[1].e, m->now));
	model_look(m, 0);
	model_run(m, 100 * US - 1);
	assert_ptr_equal(m->cpu[0].runs, &m->t[1].e);
	model_run(m, 1);
	assert_ptr_equal(m->cpu[0].runs, &m->t[0].e);
	/* Neither one that sleeps nor one that runs here can be visited. */
	model_dequeue(m, &m->t[1]);
	assert_false(sched_visit(q, &m->t[1].e, m->now));
}

static void yield_lets_all_others_run(void **state)
{
	static const u32 weights[] = { 256, 256, 256 };
	unsigned int i, seen = 0;

	start_busy(weights, 3);
	for (i = 0; i < 300; i++) {
		unsigned int before = model_thread_of(m->cpu[0].runs)->id;

		model_yield(m, 0);
		assert_int_not_equal(model_thread_of(m->cpu[0].runs)->id, before);
		seen |= 1u << before;
		model_run(m, 10 * US);
	}
	assert_int_equal(seen, 7);
	model_dequeue(m, &m->t[1]);
	model_dequeue(m, &m->t[2]);
	model_yield(m, 0);
	assert_ptr_equal(m->cpu[0].runs, &m->t[0].e);
}

static void one_that_is_alone_is_not_disturbed(void **state)
{
	static const u32 weights[] = { 256 };

	start_busy(weights, 1);
	assert_int_equal(m->cpu[0].until, SCHED_NEVER);
	/* It has requested nothing meanwhile, and begins when another comes. */
	model_run(m, 100000 * MS);
	model_enqueue(m, model_add(m, 256), 0, false);
	assert_ptr_equal(m->cpu[0].runs, &m->t[0].e);
	assert_int_equal(m->cpu[0].until - m->now, REQUEST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(busy_ones_get_their_shares),
		T(lag_is_what_the_oracle_says),
		T(one_that_wakes_runs_at_once),
		T(one_that_has_much_to_do_goes_on),
		T(one_that_is_light_does_not_go_on),
		T(a_sleeper_keeps_what_it_is_behind),
		T(a_sleeper_saves_nothing_up),
		T(one_that_is_ahead_waits),
		T(two_that_wake_each_other_get_their_shares),
		T(debts_are_paid),
		T(one_that_sleeps_pays_of_its_share),
		T(a_weight_may_change_at_any_time),
		T(a_visit_makes_nobody_wait),
		T(a_visit_ends),
		T(yield_lets_all_others_run),
		T(one_that_is_alone_is_not_disturbed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
