// SPDX-License-Identifier: Apache-2.0
/* The fair class on one CPU: threads that something urges: interrupts and timers that they wait for. */
/* links: kernel/sched/tree.c kernel/sched/fair.c kernel/sched/server.c kernel/sched/init.c kernel/sched/queue.c kernel/sched/change.c kernel/sched/balance.c */
#include "sched_model.h"
#define CPUS 1
#include "sched_fixture.h"

/* One that is preempted has an interrupt: it runs at once if it is behind, or else once it is not ahead. */
static void one_that_waits_runs_for_its_interrupt(void **state)
{
	static const u32 weights[] = { 1024, 256, 256 };
	unsigned int i, behind = 0, ahead = 0;
	long double lag;

	start_busy(weights, 3);
	for (i = 0; i < 20000; i++) {
		struct model_thread *t = &m->t[0];

		model_run(m, 50 + i % 97);
		lag = model_lag(m, t);
		if (t->e.state != SCHED_READY || (i % 400 < 200 ? lag < 2 : lag > -2))
			continue;
		model_urge(m, t);
		while (m->cpu[0].runs != &t->e && model_lag(m, t) < 2)
			model_run(m, 1);
		/* Only after one whose deadline is past. */
		if (m->cpu[0].runs != &t->e) {
			assert_true((s64)(m->cpu[0].q.v - m->cpu[0].runs->deadline) >= 0);
			continue;
		}
		behind += lag > 0;
		ahead += lag < 0;
	}
	assert_true(behind > 100 && ahead > 100);
	assert_true(m->most_behind <= SLICE && m->most_ahead <= SLICE);
	check_windows(20, 100, SLICE);
}

static bool always(void)
{
	return true;
}

/* Its interrupt comes as it is preempted: it is back once it is not ahead of its share. */
static void one_that_makes_room_runs_for_its_interrupt(void **state)
{
	static const u32 weights[] = { 1024, 256, 256 };
	struct model_thread *t;
	unsigned int i, n = 0;

	start_busy(weights, 3);
	t = &m->t[0];
	for (i = 0; i < 20000; i++) {
		bool ran = m->cpu[0].runs == &t->e;

		m->event = ran ? always : NULL;
		model_run(m, 1 + i % 7 * (ran ? 50 : 1));
		if (!ran || m->cpu[0].runs == &t->e)
			continue;
		while (m->cpu[0].runs != &t->e && model_lag(m, t) < 2) {
			m->event = NULL;
			model_run(m, 1);
		}
		/* Only after one whose deadline is past. */
		if (m->cpu[0].runs == &t->e)
			n++;
		else
			assert_true((s64)(m->cpu[0].q.v - m->cpu[0].runs->deadline) >= 0);
	}
	assert_true(n > 100);
	assert_true(m->most_behind <= SLICE && m->most_ahead <= SLICE);
	m->event = NULL;
	check_windows(20, 100, SLICE);
}

static bool of_the_first(void)
{
	return m->cpu[0].q.current == &m->t[0].e;
}

/* A thread that sleeps for @pause and wants @work, and how long it waited at most when it was entitled to run. */
struct waker {
	struct model_thread *t;
	u64 pause, wakes, woke, until, most;
	bool asleep, waits;
};

static void follow(struct waker *w, u64 work)
{
	if (w->asleep && (s64)(m->now - w->wakes) >= 0) {
		model_enqueue(m, w->t, 0, true);
		w->asleep = false;
		w->waits = w->t->waits;
		w->woke = m->now;
		w->until = w->t->ran + work;
	}
	if (w->waits && m->cpu[0].runs == &w->t->e) {
		w->waits = false;
		w->most = max(w->most, m->now - w->woke);
	}
	if (!w->asleep && w->t->ran >= w->until) {
		model_dequeue(m, w->t);
		w->asleep = true;
		w->wakes = m->now + w->pause + m->now % 997;
	}
}

/* However often one has an interrupt as it is preempted: who wakes waits for each urgent one once. */
static void many_interrupts_of_one_delay_nobody(void **state)
{
	static const u32 weights[] = { 65536 };
	struct waker w[2] = { { .pause = 33 * MS }, { .pause = 21 * MS } };
	unsigned int i, k;

	start_busy(weights, 1);
	m->event = of_the_first;
	for (k = 0; k < 2; k++) {
		w[k].t = model_add(m, 256);
		w[k].wakes = m->now + 10 * MS + k * 1700;
		w[k].asleep = true;
	}
	for (i = 0; i < 400000; i++) {
		model_run(m, 100);
		for (k = 0; k < 2; k++)
			follow(&w[k], 100 * US);
	}
	assert_true(w[0].most > 0 && w[0].most <= SLICE / 4);
	assert_true(w[1].most > 0 && w[1].most <= SLICE / 4);
	m->event = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(one_that_waits_runs_for_its_interrupt),
		T(one_that_makes_room_runs_for_its_interrupt),
		T(many_interrupts_of_one_delay_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
