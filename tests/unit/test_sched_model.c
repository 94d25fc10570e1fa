// SPDX-License-Identifier: Apache-2.0
/* Random events on several CPUs; after each, all that sched_check.h knows must hold. */
/* links: kernel/sched/tree.c kernel/sched/fair.c kernel/sched/server.c kernel/sched/init.c kernel/sched/queue.c kernel/sched/change.c kernel/sched/balance.c */
#include <lodge/errno.h>
#include "sched_check.h"

static u64 seed;
static struct model *m;

static unsigned int below(unsigned int n)
{
	return (unsigned int)(shim_random(&seed) % n);
}

static void read_loads(struct sched_load *load)
{
	unsigned int i;

	for (i = 0; i < m->nr_cpus; i++)
		sched_load_read(&m->cpu[i].q, &load[i]);
}

static void wake(struct model_thread *t, bool woken)
{
	struct sched_load load[MODEL_CPUS] = { 0 };
	unsigned int cpu;

	read_loads(load);
	cpu = sched_place(load, m->nr_cpus, &t->e);
	assert_in_range(cpu, 0, m->nr_cpus - 1);
	model_enqueue(m, t, cpu, woken);
}

static void move(struct sched_entity *e, unsigned int cpu)
{
	struct model_thread *t = model_thread_of(e);

	model_dequeue(m, t);
	model_enqueue(m, t, cpu, false);
}

/* Each idle CPU pulls, as the policy says. */
static void pull(struct model *model)
{
	struct sched_load load[MODEL_CPUS] = { 0 };
	unsigned int cpu, from;
	struct sched_entity *e;
	u64 tried;

	for (cpu = 0; cpu < m->nr_cpus; cpu++) {
		tried = 0;
		while (!m->cpu[cpu].q.count && !m->cpu[cpu].q.owner) {
			read_loads(load);
			from = sched_busiest(load, m->nr_cpus, cpu, tried);
			if (from == m->nr_cpus)
				break;
			e = sched_movable(&m->cpu[from].q, BIT(cpu));
			if (e)
				move(e, cpu);
			tried |= BIT(from);
		}
	}
	check_all(m);
}

static void balance(unsigned int cpu)
{
	struct sched_load load[MODEL_CPUS] = { 0 };
	struct sched_entity *e;
	unsigned int from;

	read_loads(load);
	from = sched_busiest(load, m->nr_cpus, cpu, 0);
	if (from == m->nr_cpus || m->cpu[cpu].q.owner)
		return;
	e = sched_rebalance(&m->cpu[from].q, &m->cpu[cpu].q, m->now);
	if (e)
		move(e, cpu);
}

/* The last CPU may be somebody's own, so that nobody is bound to it alone. */
static u64 random_affinity(void)
{
	u64 others = BIT(m->nr_cpus - 1) - 1, mask = shim_random(&seed);

	if (!others || !(mask & others) || below(2))
		return SCHED_ANY_CPU;
	return mask;
}

static void set_affinity(struct model_thread *t)
{
	u64 mask = random_affinity();

	if (t->e.class == SCHED_RESERVED || (t->e.queue && t->e.queue->owner == &t->e))
		return;
	t->e.affinity = mask;
	if (t->e.state == SCHED_ASLEEP || (mask >> t->e.queue->cpu & 1))
		return;
	model_dequeue(m, t);
	wake(t, false);
}

static void reserve(struct model_thread *t)
{
	u64 period = (500 + below(10000)) * US, budget = period * (2 + below(60)) / 100;
	struct sched_queue *q = t->e.queue;
	bool active = t->e.state != SCHED_ASLEEP;
	int err;

	if (!q || q->owner || !may_run(m, &t->e, q->cpu))
		return;
	if (t->e.class == SCHED_RESERVED && below(3))
		budget = 0;
	err = sched_reserve(q, &t->e, budget, period, m->now);
	assert_true(!err || err == -ENOSPC);
	if (active)
		model_changed(m, q->cpu);
	else
		model_follow(m, t);
}

static void claim(struct model_thread *t)
{
	unsigned int cpu = m->nr_cpus - 1;
	struct sched_queue *q = &m->cpu[cpu].q;
	struct sched_entity *e;
	bool possible;

	if (q->owner) {
		sched_release(q);
		return;
	}
	if (!cpu || t->e.cap || !(t->e.affinity >> cpu & 1))
		return;
	possible = t->e.class != SCHED_RESERVED && q->utilization == q->returned;
	assert_int_equal(sched_claim(q, &t->e, BIT(cpu) - 1), possible);
	if (!possible)
		return;
	if (t->e.state != SCHED_ASLEEP)
		model_dequeue(m, t);
	while ((e = sched_evicted(q, BIT(cpu) - 1))) {
		model_dequeue(m, model_thread_of(e));
		wake(model_thread_of(e), false);
	}
	model_enqueue(m, t, cpu, false);
	assert_int_equal(m->cpu[cpu].until, SCHED_NEVER);
}

static void event(struct model_thread *t, unsigned int what)
{
	struct sched_queue *q = t->e.queue;

	if (what < 60) {
		if (t->e.state == SCHED_ASLEEP)
			wake(t, below(4));
		else if (below(2))
			model_urge(m, t);
		else if (q->current == &t->e || q->visitor == &t->e || !below(4))
			model_dequeue(m, t);
	} else if (what < 68) {
		model_set_weight(m, t, 1 + (shim_random(&seed) & (BIT(below(17)) - 1)));
	} else if (what < 72) {
		if (!q || q->owner != &t->e)
			sched_set_cap(&t->e, below(130), m->now);
		if (t->e.state != SCHED_ASLEEP)
			model_changed(m, q->cpu);
	} else if (what < 76) {
		set_affinity(t);
	} else if (what < 80) {
		reserve(t);
	} else if (what < 85) {
		balance(below(m->nr_cpus));
	} else if (what < 88) {
		claim(t);
	} else if (t->e.state != SCHED_ASLEEP && what < 93) {
		model_yield(m, q->cpu);
	} else if (t->e.state != SCHED_ASLEEP) {
		(void)sched_visit(q, &t->e, m->now);
		model_look(m, q->cpu);
	}
}

static bool now_and_then(void)
{
	return !below(4);
}

/* @sleep_only: all have the same weight and nothing changes but who is asleep and where. */
static void run(unsigned int cpus, unsigned int threads, unsigned int events, bool sleep_only)
{
	unsigned int i;

	model_init(m, cpus);
	m->event = now_and_then;
	for (i = 0; i < threads; i++)
		model_add(m, SCHED_WEIGHT_DEFAULT);
	for (i = 0; i < events; i++) {
		event(&m->t[below(threads)], below(sleep_only ? 60 : 100));
		pull(m);
		if (below(2))
			model_run_then(m, m->now + below(BIT(below(15))), pull);
	}
	print_message("# %u CPUs, %u threads: behind <= %Lf, ahead <= %Lf, wait <= %f slices\n",
		      cpus, threads, m->most_behind / SLICE, m->most_ahead / SLICE,
		      (double)m->most_wait / SLICE);
	assert_true(m->most_behind <= (sleep_only ? SLICE : 3 * SLICE));
	assert_true(m->most_ahead <= (sleep_only ? SLICE : 3 * SLICE));
}

static void run_all(unsigned int events, bool sleep_only)
{
	run(1, 5, 2 * events, sleep_only);
	run(1, 100, events, sleep_only);
	run(2, 9, events, sleep_only);
	run(4, 100, events, sleep_only);
	run(8, 40, events, sleep_only);
}

static int setup(void **state)
{
	seed = shim_seed(1);
	m = malloc(sizeof(*m));
	return 0;
}

static int teardown(void **state)
{
	free(m);
	return 0;
}

static void it_holds_whatever_happens(void **state)
{
	run_all(shim_rounds(8500), false);
}

static void nobody_who_sleeps_and_wakes_is_a_slice_off(void **state)
{
	run_all(shim_rounds(2000), true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(it_holds_whatever_happens, setup, teardown),
		cmocka_unit_test_setup_teardown(nobody_who_sleeps_and_wakes_is_a_slice_off, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
