// SPDX-License-Identifier: Apache-2.0
/* Which CPU an entity goes to. */
/* links: kernel/sched/tree.c kernel/sched/fair.c kernel/sched/server.c kernel/sched/init.c kernel/sched/queue.c kernel/sched/change.c kernel/sched/balance.c */
#include "sched_check.h"
#define CPUS 4
#include "sched_fixture.h"

static unsigned int place(const struct model_thread *t)
{
	struct sched_load load[MODEL_CPUS] = { 0 };
	unsigned int i;

	for (i = 0; i < m->nr_cpus; i++)
		sched_load_read(&m->cpu[i].q, &load[i]);
	return sched_place(load, m->nr_cpus, &t->e);
}

static struct model_thread *add_busy(u32 weight, unsigned int cpu)
{
	struct model_thread *t = model_add(m, weight);

	model_enqueue(m, t, cpu, false);
	return t;
}

/* Each CPU looks at the busiest other, in turn, every SCHED_BALANCE_SLICES. */
static void run_balanced(u64 ticks)
{
	struct sched_load load[MODEL_CPUS] = { 0 };
	u64 end = m->now + ticks;
	unsigned int cpu, from, i;
	struct sched_entity *e;

	while (time_before(m->now, end))
		for (cpu = 0; cpu < m->nr_cpus; cpu++) {
			model_run(m, SCHED_BALANCE_SLICES * SLICE / m->nr_cpus);
			for (i = 0; i < m->nr_cpus; i++)
				sched_load_read(&m->cpu[i].q, &load[i]);
			from = sched_busiest(load, m->nr_cpus, cpu, 0);
			if (from == m->nr_cpus)
				continue;
			e = sched_rebalance(&m->cpu[from].q, &m->cpu[cpu].q, m->now);
			if (!e)
				continue;
			model_dequeue(m, model_thread_of(e));
			model_enqueue(m, model_thread_of(e), cpu, false);
			check_all(m);
		}
}

static void a_waking_one_prefers_its_cpu_if_idle(void **state)
{
	struct model_thread *t = add_busy(256, 2);

	model_dequeue(m, t);
	assert_int_equal(place(t), 2);
	/* Then another idle one, ... */
	add_busy(256, 2);
	assert_int_equal(place(t), 3);
	add_busy(256, 3);
	assert_int_equal(place(t), 0);
	t->e.affinity = BIT(1) | BIT(3);
	assert_int_equal(place(t), 1);
	/* ... then its own, unless another is better by what it is itself. */
	add_busy(256, 0);
	add_busy(256, 1);
	t->e.affinity = SCHED_ANY_CPU;
	assert_int_equal(place(t), 2);
	add_busy(255, 2);
	assert_int_equal(place(t), 2);
	add_busy(1, 2);
	assert_int_equal(place(t), 0);
	t->e.affinity = BIT(2) | BIT(3);
	assert_int_equal(place(t), 3);
	t->e.affinity = BIT(5);
	assert_int_equal(place(t), 4);
}

/* What reservations leave of a CPU counts, and they themselves stay where they were admitted. */
static void reservations_make_a_cpu_smaller(void **state)
{
	struct model_thread *r = model_add(m, 256), *t = model_add(m, 256);
	struct sched_load load[MODEL_CPUS] = { 0 };
	unsigned int i;

	for (i = 0; i < 4; i++)
		add_busy(256, i);
	assert_int_equal(sched_reserve(&m->cpu[0].q, &r->e, 5 * MS, 10 * MS, m->now), 0);
	assert_int_equal(place(t), 1);
	assert_int_equal(place(r), 0);
	for (i = 0; i < 4; i++)
		sched_load_read(&m->cpu[i].q, &load[i]);
	assert_int_equal(sched_place_reserved(load, 4, &t->e, 5 * MS, 10 * MS), 1);
	t->e.affinity = BIT(0);
	assert_int_equal(sched_place_reserved(load, 4, &t->e, 5 * MS, 10 * MS), 4);
	assert_int_equal(sched_place_reserved(load, 4, &t->e, 4 * MS, 10 * MS), 0);
}

static void an_idle_cpu_pulls_from_the_busiest(void **state)
{
	struct sched_load load[MODEL_CPUS] = { 0 };
	struct model_thread *bound, *t;
	unsigned int i;

	add_busy(256, 0);
	add_busy(256, 1);
	bound = add_busy(256, 1);
	bound->e.affinity = BIT(1);
	add_busy(100, 2);
	t = add_busy(100, 2);
	for (i = 0; i < 4; i++)
		sched_load_read(&m->cpu[i].q, &load[i]);
	assert_int_equal(sched_busiest(load, 4, 3, 0), 1);
	assert_int_equal(sched_busiest(load, 4, 3, BIT(1)), 2);
	assert_int_equal(sched_busiest(load, 4, 3, BIT(1) | BIT(2)), 4);
	assert_null(sched_movable(&m->cpu[1].q, BIT(3)));
	assert_ptr_equal(sched_movable(&m->cpu[2].q, BIT(3)), &t->e);
	/* One that runs on a visit cannot be moved away. */
	assert_true(sched_visit(&m->cpu[2].q, &t->e, m->now));
	assert_null(sched_movable(&m->cpu[2].q, BIT(3)));
}

/* Over a second each gets what it would on a machine whose CPUs can be divided, within @off. */
static void check_seconds(unsigned int cpus, const u32 *weights, unsigned int n,
			  const double *share, double off)
{
	u64 before[MODEL_THREADS];
	unsigned int i, k;

	model_init(m, cpus);
	for (i = 0; i < n; i++)
		add_busy(weights[i], i % cpus);
	run_balanced(200 * MS);
	for (k = 0; k < 10; k++) {
		for (i = 0; i < n; i++)
			before[i] = m->t[i].ran;
		run_balanced(1000 * MS);
		for (i = 0; i < n; i++) {
			double is = (double)(m->t[i].ran - before[i]) / (1000 * MS);

			if (getenv("DBG"))
				printf("%u CPUs: thread %u of weight %u: %f, wanted %f\n", cpus, i,
				       weights[i], is, share[i]);
			assert_true(is <= share[i] + off && is >= share[i] - off);
		}
	}
}

static void weights_hold_across_cpus(void **state)
{
	static const u32 equal[] = { 256, 256, 256, 256, 256, 256, 256 };
	static const u32 weights[] = { 256, 512, 1024 };
	static const double thirds[] = { 2 / 3.0, 2 / 3.0, 2 / 3.0 };
	static const double fifths[] = { .8, .8, .8, .8, .8 };
	static const double sevenths[] = { 4 / 7.0, 4 / 7.0, 4 / 7.0, 4 / 7.0,
					   4 / 7.0, 4 / 7.0, 4 / 7.0 };
	static const double one_alone[] = { 1 / 3.0, 2 / 3.0, 1 };

	check_seconds(2, equal, 3, thirds, .02);
	check_seconds(4, equal, 5, fifths, .02);
	check_seconds(4, equal, 7, sevenths, .02);
	/* None can have more than a CPU. */
	check_seconds(2, weights, 3, one_alone, .01);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_waking_one_prefers_its_cpu_if_idle),
		T(reservations_make_a_cpu_smaller),
		T(an_idle_cpu_pulls_from_the_busiest),
		T(weights_hold_across_cpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
