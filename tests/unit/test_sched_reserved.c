// SPDX-License-Identifier: Apache-2.0
/* Reservations, caps and CPUs that one entity owns. */
/* links: kernel/sched/tree.c kernel/sched/fair.c kernel/sched/server.c kernel/sched/init.c kernel/sched/queue.c kernel/sched/change.c kernel/sched/balance.c */
#include <lodge/errno.h>
#include "sched_check.h"
#define CPUS 1
#include "sched_fixture.h"

static struct sched_queue *queue(void)
{
	return &m->cpu[0].q;
}

static struct model_thread *add_busy(void)
{
	struct model_thread *t = model_add(m, 256);

	model_enqueue(m, t, 0, false);
	return t;
}

static struct model_thread *add_reserved(u64 budget, u64 period)
{
	struct model_thread *t = model_add(m, 256);

	assert_int_equal(sched_reserve(queue(), &t->e, budget, period, m->now), 0);
	return t;
}

/* What it was as a fair one, that is urgent, it is no longer: it stays on its CPU when preempted. */
static void one_that_was_urgent_waits_among_the_reserved(void **state)
{
	struct model_thread *first = add_reserved(2 * MS, 5 * MS), *t = model_add(m, 256);

	add_busy();
	model_enqueue(m, t, 0, true);
	assert_ptr_equal(m->cpu[0].runs, &t->e);
	assert_int_equal(sched_reserve(queue(), &t->e, 2 * MS, 10 * MS, m->now), 0);
	model_changed(m, 0);
	model_enqueue(m, first, 0, true);
	assert_ptr_equal(m->cpu[0].runs, &first->e);
	assert_int_equal(t->e.state, SCHED_READY);
	assert_ptr_not_equal(sched_movable(queue(), SCHED_ANY_CPU), &t->e);
	check_all(m);
}

/* A periodic job of each reserved thread: @work ticks from each release on, then it sleeps. */
struct job {
	struct model_thread *t;
	u64 period, work, release, until;
	bool done;
	u64 jobs, missed;
};

static void job_step(struct job *j)
{
	if (m->now == j->release) {
		if (j->jobs && !j->done)
			j->missed++;
		j->jobs++;
		j->release += j->period;
		j->until = j->t->ran + j->work;
		if (j->t->e.state == SCHED_ASLEEP)
			model_enqueue(m, j->t, 0, true);
		j->done = false;
	}
	if (!j->done && j->t->ran >= j->until) {
		j->done = true;
		model_dequeue(m, j->t);
	}
}

/* When something of @j may happen next. */
static u64 job_next(const struct job *j)
{
	u64 next = j->release - m->now;

	return j->done || m->cpu[0].runs != &j->t->e ? next : min(next, j->until - j->t->ran);
}

static void run_jobs(struct job *jobs, unsigned int n, u64 ticks)
{
	u64 end = m->now + ticks, step;
	unsigned int i;

	while (time_before(m->now, end)) {
		step = end - m->now;
		if (m->cpu[0].until != SCHED_NEVER)
			step = min(step, m->cpu[0].until - m->now);
		for (i = 0; i < n; i++)
			step = min(step, job_next(&jobs[i]));
		model_run(m, step);
		for (i = 0; i < n; i++)
			job_step(&jobs[i]);
		check_all(m);
	}
}

static struct job make_job(u64 budget, u64 period, u64 work)
{
	return (struct job){ .t = add_reserved(budget, period),
			     .period = period,
			     .work = work,
			     .release = m->now + period,
			     .done = true };
}

static void deadlines_are_met_whatever_fair_ones_do(void **state)
{
	struct job jobs[3];
	unsigned int i;

	for (i = 0; i < 5; i++)
		add_busy();
	jobs[0] = make_job(500 * US, 10 * MS, 500 * US);
	jobs[1] = make_job(2 * MS, 3 * MS, 2 * MS);
	jobs[2] = make_job(1 * MS, 5 * MS, 1 * MS);
	for (i = 0; i < 1000; i++) {
		run_jobs(jobs, 3, 7 * MS + i);
		model_set_weight(m, &m->t[i % 5], 1 + i * 65);
	}
	for (i = 0; i < 3; i++) {
		assert_true(jobs[i].jobs > 500);
		assert_int_equal(jobs[i].missed, 0);
	}
}

/* One that wants all the time there is gets what it has reserved, and the other's deadlines hold. */
static void one_that_overruns_disturbs_nobody(void **state)
{
	struct model_thread *busy = add_busy(), *greedy = add_reserved(3 * MS, 10 * MS);
	struct job job = make_job(2 * MS, 4 * MS, 2 * MS);
	u64 before;
	unsigned int i;

	model_enqueue(m, greedy, 0, true);
	for (i = 0; i < 20; i++) {
		before = greedy->ran;
		run_jobs(&job, 1, 1000 * MS);
		assert_in_range(greedy->ran - before, 297 * MS, 303 * MS);
	}
	assert_int_equal(job.missed, 0);
	assert_true(job.jobs >= 4999);
	assert_true(busy->ran > 3900 * MS);
	/* One that is late itself, as it was reserved too little, does not get more by sleeping. */
	job = make_job(500 * US, 5 * MS, 4 * MS);
	before = job.t->ran;
	run_jobs(&job, 1, 1000 * MS);
	assert_in_range(job.t->ran - before, 98 * MS, 102 * MS);
}

static void a_reserved_one_runs_at_once(void **state)
{
	struct model_thread *t;
	unsigned int i;

	add_busy();
	add_busy();
	t = add_reserved(100 * US, 1 * MS);
	for (i = 0; i < 1000; i++) {
		model_run(m, 1 * MS + i);
		model_enqueue(m, t, 0, true);
		assert_ptr_equal(m->cpu[0].runs, &t->e);
		model_run(m, 50 * US);
		model_dequeue(m, t);
	}
}

static void check_cap(struct model_thread *t, unsigned int percent, unsigned int seconds)
{
	u64 before;

	while (seconds--) {
		before = t->ran;
		model_run(m, 1000 * MS);
		assert_in_range(t->ran - before, (percent * 10 - 5) * MS, (percent * 10 + 5) * MS);
	}
}

static void a_cap_holds(void **state)
{
	struct model_thread *t = add_busy(), *busy;
	unsigned int i;

	/* Alone, with one that could take all, and after it was changed. */
	sched_set_cap(&t->e, 25, m->now);
	model_changed(m, 0);
	check_cap(t, 25, 5);
	assert_true(m->cpu[0].idle > 700 * MS);
	busy = add_busy();
	check_cap(t, 25, 5);
	model_set_weight(m, t, 65536);
	check_cap(t, 25, 5);
	for (i = 1; i < 50; i += 7) {
		sched_set_cap(&t->e, i, m->now);
		model_changed(m, 0);
		model_run(m, 10 * MS);
		check_cap(t, i, 2);
	}
	sched_set_cap(&t->e, 0, m->now);
	model_changed(m, 0);
	model_dequeue(m, busy);
	model_run(m, 10 * MS);
	check_cap(t, 100, 2);
}

/* Sleeping and waking does not get round it. */
static void a_cap_holds_for_sleepers(void **state)
{
	struct model_thread *t = add_busy();
	unsigned int i, k;
	u64 before;

	sched_set_cap(&t->e, 25, m->now);
	model_changed(m, 0);
	for (k = 0; k < 5; k++) {
		before = t->ran;
		for (i = 0; i < 2000; i++) {
			model_run(m, 460 * US + i % 37);
			model_dequeue(m, t);
			model_run(m, 39 * US);
			model_enqueue(m, t, 0, true);
		}
		assert_true(t->ran - before < 260 * MS);
	}
}

static void admission_is_exact(void **state)
{
	struct model_thread *t = model_add(m, 256), *u = model_add(m, 256);
	unsigned int i;

	assert_true(sched_admit(0, 95, 100));
	assert_false(sched_admit(0, 96, 100));
	assert_true(sched_admit(sched_utilization(45, 100), 50, 100));
	assert_false(sched_admit(sched_utilization(45, 100) + 1, 50, 100));
	assert_int_equal(sched_reserve(queue(), &t->e, 2 * MS, 1 * MS, m->now), -EINVAL);
	assert_int_equal(sched_reserve(queue(), &t->e, 1 * US, 1 * MS, m->now), -EINVAL);
	assert_int_equal(sched_reserve(queue(), &t->e, SCHED_PERIOD_MAX / 2, SCHED_PERIOD_MAX + 1,
				       m->now),
			 -EINVAL);
	/* What is reserved and given back again and again adds up to nothing. */
	for (i = 0; i < 100; i++) {
		u64 period = (1 + i) * 333 * US;

		assert_int_equal(sched_reserve(queue(), &t->e, period / 3, period, m->now), 0);
		assert_int_equal(sched_reserve(queue(), &u->e, period / 3, period, m->now), 0);
		assert_int_equal(sched_reserve(queue(), &u->e, period / 3 * 2, period, m->now),
				 -ENOSPC);
		assert_int_equal(u->e.class, SCHED_RESERVED);
		assert_int_equal(sched_reserve(queue(), &u->e, 0, 0, m->now), 0);
		assert_int_equal(sched_reserve(queue(), &t->e, 0, 0, m->now), 0);
		assert_int_equal(queue()->utilization, 0);
	}
}

/* What was used up to a deadline nobody else can reserve before it. */
static void what_is_returned_is_free_at_its_deadline(void **state)
{
	struct model_thread *t = add_reserved(6 * MS, 10 * MS), *u = model_add(m, 256);
	u64 deadline;

	model_enqueue(m, t, 0, true);
	model_run(m, 5 * MS);
	deadline = t->e.renew;
	assert_int_equal(sched_reserve(queue(), &t->e, 0, 0, m->now), 0);
	model_changed(m, 0);
	assert_int_equal(sched_reserve(queue(), &u->e, 5 * MS, 10 * MS, m->now), -ENOSPC);
	model_run(m, deadline - m->now - 1);
	assert_int_equal(sched_reserve(queue(), &u->e, 5 * MS, 10 * MS, m->now), -ENOSPC);
	model_run(m, 1);
	assert_int_equal(sched_reserve(queue(), &u->e, 5 * MS, 10 * MS, m->now), 0);
}

static void nobody_disturbs_an_owner(void **state)
{
	struct model_thread *t = add_busy(), *other;
	struct sched_load load = { 0 };

	assert_true(sched_claim(queue(), &t->e, 0));
	model_changed(m, 0);
	assert_int_equal(m->cpu[0].until, SCHED_NEVER);
	other = model_add(m, 256);
	sched_load_read(queue(), &load);
	assert_int_equal(sched_place(&load, 1, &other->e), 1);
	assert_int_equal(sched_place(&load, 1, &t->e), 0);
	assert_int_equal(sched_place_reserved(&load, 1, &other->e, 1 * MS, 10 * MS), 1);
	assert_int_equal(sched_can_reserve(queue(), &other->e, 1 * MS, 10 * MS, m->now), -ENOSPC);
	assert_false(sched_claim(queue(), &other->e, ~0ul));
	sched_release(queue());
	sched_load_read(queue(), &load);
	assert_int_equal(sched_place(&load, 1, &other->e), 0);
}

/* Throttled, urgent, ready or running: all but the owner have to go, if they can. */
static void an_owner_has_others_moved_away(void **state)
{
	struct model_thread *t = model_add(m, 256), *other[5];
	struct sched_entity *e;
	unsigned int i;

	for (i = 0; i < 4; i++)
		other[i] = add_busy();
	sched_set_cap(&other[0]->e, 1, m->now);
	model_run(m, 3 * MS);
	assert_int_equal(other[0]->e.state, SCHED_THROTTLED);
	other[4] = model_add(m, 256);
	model_enqueue(m, other[4], 0, true);
	other[3]->e.affinity = BIT(0);
	assert_false(sched_claim(queue(), &t->e, BIT(1)));
	assert_null(sched_evicted(queue(), BIT(1)));
	other[3]->e.affinity = BIT(1) | BIT(2);
	assert_false(sched_claim(queue(), &t->e, BIT(3)));
	assert_true(sched_claim(queue(), &t->e, BIT(1)));
	for (i = 0; (e = sched_evicted(queue(), BIT(1))); i++) {
		assert_ptr_not_equal(e, &t->e);
		model_dequeue(m, model_thread_of(e));
	}
	assert_int_equal(i, 5);
	model_enqueue(m, t, 0, true);
	assert_null(sched_evicted(queue(), BIT(1)));
	assert_ptr_equal(m->cpu[0].runs, &t->e);
}

/* Nobody is to be late, nor to be moved, for an owner. */
static void reservations_keep_an_owner_away(void **state)
{
	struct model_thread *r = add_reserved(6 * MS, 10 * MS), *t = model_add(m, 256);

	assert_false(sched_claim(queue(), &t->e, ~0ul));
	assert_false(sched_claim(queue(), &r->e, ~0ul));
	model_enqueue(m, r, 0, true);
	model_run(m, 5 * MS);
	assert_int_equal(sched_reserve(queue(), &r->e, 0, 0, m->now), 0);
	model_dequeue(m, r);
	assert_true(sched_claim(queue(), &t->e, ~0ul));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(deadlines_are_met_whatever_fair_ones_do),
		T(one_that_overruns_disturbs_nobody),
		T(a_reserved_one_runs_at_once),
		T(a_cap_holds),
		T(a_cap_holds_for_sleepers),
		T(admission_is_exact),
		T(one_that_was_urgent_waits_among_the_reserved),
		T(what_is_returned_is_free_at_its_deadline),
		T(nobody_disturbs_an_owner),
		T(an_owner_has_others_moved_away),
		T(reservations_keep_an_owner_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
