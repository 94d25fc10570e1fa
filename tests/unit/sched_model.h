/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCHED_MODEL_H
#define SCHED_MODEL_H

/*
 * CPUs on simulated time that do what the scheduler's policy says, and an oracle that knows what a
 * fluid machine would have served each thread, by other arithmetic than the policy's.
 */
#include <lodge/sched_policy.h>
#include <shim.h>

#define MODEL_CPUS    8
#define MODEL_THREADS 128

struct model_thread {
	struct sched_entity e;
	unsigned int id;
	u64 ran;	  /* ticks that it was on a CPU */
	bool competes;	  /* as the oracle knows */
	long double lag;  /* ticks that it is behind the fluid machine */
	long double kept; /* virtual time that it was behind when it left, ... */
	long double left; /* ... and the CPU's then */
	unsigned int cpu;
	u64 wakes_at, sleeps_at; /* what the test makes of them */
	u64 since;
	u64 most;
};

struct model_cpu {
	struct sched_queue q;
	struct sched_entity *runs;
	u64 until;
	long double v;
	u64 weight;
	u64 switches;
};

struct model {
	u64 slice, now;
	unsigned int nr_cpus, nr;
	long double most_lag; /* of any thread at any time */
	struct model_cpu cpu[MODEL_CPUS];
	struct model_thread t[MODEL_THREADS];
};

static inline struct model_thread *model_thread_of(struct sched_entity *e)
{
	return e ? container_of(e, struct model_thread, e) : NULL;
}

/* With @slice ticks in a slice, and all clocks and virtual times about to wrap around. */
static void model_init(struct model *m, unsigned int cpus, u64 slice)
{
	unsigned int i;

	memset(m, 0, sizeof(*m));
	m->slice = slice;
	m->now = -(u64)(37 * slice);
	m->nr_cpus = cpus;
	sched_policy_init(slice);
	for (i = 0; i < cpus; i++) {
		sched_queue_init(&m->cpu[i].q, i, m->now);
		m->cpu[i].q.v = -(u64)1234567;
		m->cpu[i].until = SCHED_NEVER;
	}
}

static bool model_competes(const struct model_thread *t)
{
	return t->e.class == SCHED_FAIR &&
	       (t->e.state == SCHED_READY || t->e.state == SCHED_URGENT ||
		t->e.state == SCHED_RUNNING);
}

static void model_shift(struct model *m, unsigned int cpu, long double by)
{
	unsigned int i;

	m->cpu[cpu].v += by;
	for (i = 0; i < m->nr; i++)
		if (m->t[i].competes && m->t[i].cpu == cpu)
			m->t[i].lag += by * m->t[i].e.weight;
}

static void model_leave(struct model *m, struct model_thread *t)
{
	struct model_cpu *c = &m->cpu[t->cpu];
	long double jump = 0;

	t->competes = false;
	c->weight -= t->e.weight;
	if (c->weight)
		jump = t->lag / c->weight;
	model_shift(m, t->cpu, jump);
	t->kept = t->lag / t->e.weight + jump;
	if (t->kept > (long double)m->slice / t->e.weight)
		t->kept = (long double)m->slice / t->e.weight;
	t->left = c->v;
}

static void model_join(struct model *m, struct model_thread *t)
{
	struct model_cpu *from = &m->cpu[t->cpu], *c;
	long double behind = t->kept;

	/* What it was ahead is its share of the time that has passed. */
	if (behind < 0) {
		behind += from->v > t->left ? from->v - t->left : 0;
		if (behind > 0)
			behind = 0;
	}
	t->cpu = t->e.queue->cpu;
	c = &m->cpu[t->cpu];
	model_shift(m, t->cpu, -behind * t->e.weight / (c->weight + t->e.weight));
	t->lag = behind * t->e.weight * c->weight / (c->weight + t->e.weight);
	c->weight += t->e.weight;
	t->competes = true;
}

/* The oracle follows what the policy has let in and out. */
static void model_follow(struct model *m, struct model_thread *t)
{
	bool competes = model_competes(t);

	if (t->competes && (!competes || t->e.queue->cpu != t->cpu))
		model_leave(m, t);
	if (competes && !t->competes)
		model_join(m, t);
}

static void model_look(struct model *m, unsigned int cpu)
{
	struct model_cpu *c = &m->cpu[cpu];
	struct sched_entity *before = c->runs;
	unsigned int i;

	c->runs = sched_pick(&c->q, m->now);
	c->switches += c->runs != before;
	c->until = sched_until(&c->q, m->now);
	for (i = 0; i < m->nr; i++)
		if (m->t[i].e.queue == &c->q)
			model_follow(m, &m->t[i]);
}

/* @ticks pass on @cpu. */
static void model_serve(struct model *m, unsigned int cpu, u64 ticks)
{
	struct model_cpu *c = &m->cpu[cpu];
	struct model_thread *t = model_thread_of(c->runs), *payer = model_thread_of(c->q.current);
	unsigned int i;

	if (!t)
		return;
	t->ran += ticks;
	if (!payer->competes)
		return;
	model_shift(m, cpu, (long double)ticks / c->weight);
	payer->lag -= ticks;
	for (i = 0; i < m->nr; i++) {
		long double lag = m->t[i].lag;

		if (m->t[i].competes && (lag < 0 ? -lag : lag) > m->most_lag)
			m->most_lag = lag < 0 ? -lag : lag;
	}
}

/* Until @end, with looks where the policy wants them. */
static void model_run(struct model *m, u64 end)
{
	unsigned int i;
	u64 step;

	while ((s64)(end - m->now) > 0) {
		step = end - m->now;
		for (i = 0; i < m->nr_cpus; i++)
			if (m->cpu[i].until != SCHED_NEVER)
				step = min(step, m->cpu[i].until - m->now);
		for (i = 0; i < m->nr_cpus; i++)
			model_serve(m, i, step);
		m->now += step;
		for (i = 0; i < m->nr_cpus; i++)
			if (m->cpu[i].until == m->now)
				model_look(m, i);
	}
}

static struct model_thread *model_add(struct model *m, u32 weight)
{
	struct model_thread *t = &m->t[m->nr];

	t->id = m->nr++;
	sched_entity_init(&t->e);
	sched_set_weight(&t->e, weight, m->now);
	return t;
}

/* @t becomes runnable on @cpu, which looks again at once, or when its time has come. */
static void model_wake(struct model *m, struct model_thread *t, unsigned int cpu, bool woken)
{
	struct model_cpu *c = &m->cpu[cpu];

	sched_enqueue(&c->q, &t->e, m->now, woken);
	t->since = m->now;
	model_follow(m, t);
	if (sched_preempts(&c->q, m->now))
		model_look(m, cpu);
	else
		c->until = sched_until(&c->q, m->now);
}

static void model_sleep(struct model *m, struct model_thread *t)
{
	struct model_cpu *c = &m->cpu[t->e.queue->cpu];
	bool ran = c->runs == &t->e || c->q.current == &t->e;

	sched_dequeue(&c->q, &t->e, m->now);
	model_follow(m, t);
	if (ran)
		model_look(m, c->q.cpu);
	else
		c->until = sched_until(&c->q, m->now);
}

/* The policy's own idea of how far @t is behind, in ticks. */
static inline long double model_policy_lag(const struct model_thread *t)
{
	const struct sched_queue *q = t->e.queue;

	return ((long double)(s64)(q->v - t->e.v) + (long double)q->fraction / q->weight) *
	       t->e.weight / 65536;
}

#endif
