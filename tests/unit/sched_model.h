/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCHED_MODEL_H
#define SCHED_MODEL_H

/*
 * CPUs on simulated time that do what the scheduler's policy says, and an oracle that knows what a
 * fluid machine would have served each thread, by other arithmetic than the policy's. sched_check.h
 * has what must hold at any time.
 */
#include <lodge/sched_policy.h>
#include <shim.h>

#define MODEL_CPUS    8
#define MODEL_THREADS 128

/* A clock of 10 MHz, the coarsest, unless a test says otherwise. */
#define SLICE	10000
#define REQUEST (SLICE * 2 / 5)
#define MS	SLICE
#define US	(SLICE / 1000)

/**
 * struct model_thread
 * @ran:	ticks that it was on a CPU, whoever paid
 * @competes:	in the fair class of @cpu, as the oracle knows
 * @s:		virtual time served while it competes
 * @up, @down:	ticks of its lag, or of what it is ahead, that came with others' joining and leaving:
 *		no policy can help it
 * @kept:	ticks that it was behind when it left
 * @left_at, @left_weight: its CPU's virtual time and weight then
 * @woke:	when it woke and was entitled to run; 0: it has run since
 */
struct model_thread {
	struct sched_entity e;
	unsigned int id;
	u64 ran;
	bool competes;
	unsigned int cpu;
	long double s, up, down, kept, left_at, left_weight;
	bool waits;
	u64 woke;
};

struct model_cpu {
	struct sched_queue q;
	struct sched_entity *runs;
	u64 until;
	long double v;
	u64 weight;
	u64 switches, idle;
};

/* @most_behind, @most_ahead (without @up, @down), @most_wait: of any thread at any time, in ticks */
struct model {
	u64 now;
	unsigned int nr_cpus, nr;
	long double most_behind, most_ahead;
	u64 most_wait;
	bool (*event)(void); /* whether one comes as a request ends; NULL: never */
	struct model_cpu cpu[MODEL_CPUS];
	struct model_thread t[MODEL_THREADS];
};

static inline struct model_thread *model_thread_of(struct sched_entity *e)
{
	return e ? container_of(e, struct model_thread, e) : NULL;
}

/* All clocks and virtual times are about to wrap around. */
static inline void model_init(struct model *m, unsigned int cpus)
{
	unsigned int i;

	memset(m, 0, sizeof(*m));
	m->now = -(u64)(37 * SLICE);
	m->nr_cpus = cpus;
	sched_policy_init(SLICE);
	for (i = 0; i < cpus; i++) {
		sched_queue_init(&m->cpu[i].q, i, m->now);
		m->cpu[i].q.v = -(u64)1234567;
		m->cpu[i].until = SCHED_NEVER;
	}
}

static inline bool model_competes(const struct sched_entity *e)
{
	return e->state == SCHED_READY || e->state == SCHED_URGENT || e->state == SCHED_RUNNING;
}

/* Ticks that @t is behind the fluid machine. */
static inline long double model_lag(const struct model *m, const struct model_thread *t)
{
	return (m->cpu[t->cpu].v - t->s) * t->e.weight;
}

static inline void model_note_lag(struct model *m, struct model_thread *t)
{
	long double lag = t->competes ? model_lag(m, t) : 0;

	t->up = min(t->up, max(lag, 0.0L));
	t->down = min(t->down, max(-lag, 0.0L));
	m->most_behind = max(m->most_behind, lag - t->up);
	m->most_ahead = max(m->most_ahead, -lag - t->down);
}

/* The virtual time of @cpu jumps, and with it the lag of all that compete there. */
static inline void model_shift(struct model *m, unsigned int cpu, long double v)
{
	unsigned int i;

	m->cpu[cpu].v += v;
	for (i = 0; i < m->nr; i++) {
		struct model_thread *t = &m->t[i];

		if (!t->competes || t->cpu != cpu)
			continue;
		t->up = max(t->up + v * t->e.weight, 0.0L);
		t->down = max(t->down - v * t->e.weight, 0.0L);
	}
}

static inline void model_leave(struct model *m, struct model_thread *t)
{
	struct model_cpu *c = &m->cpu[t->cpu];

	model_note_lag(m, t);
	t->kept = model_lag(m, t);
	t->competes = false;
	c->weight -= t->e.weight;
	/* What it was behind the others were ahead, and they are not any more. */
	if (c->weight)
		model_shift(m, t->cpu, t->kept / c->weight);
	if (t->kept > REQUEST)
		t->kept = REQUEST;
	t->left_at = c->v;
	t->left_weight = c->weight;
}

static inline void model_join(struct model *m, struct model_thread *t)
{
	struct model_cpu *c = &m->cpu[t->cpu];
	long double lag = t->kept, weight = t->e.weight;

	/* What it was ahead is its share of the time that has passed, as if it had been there. */
	if (lag < 0 && c->v > t->left_at)
		lag += weight * t->left_weight / (t->left_weight + weight) * (c->v - t->left_at);
	if (t->kept < 0 && lag > 0)
		lag = 0;
	t->cpu = t->e.queue->cpu;
	c = &m->cpu[t->cpu];
	if (c->weight)
		model_shift(m, t->cpu, -lag / c->weight);
	else
		lag = 0;
	c->weight += t->e.weight;
	t->s = c->v - lag / weight;
	t->competes = true;
}

/* The oracle follows what the policy has let in and out. */
static inline void model_follow(struct model *m, struct model_thread *t)
{
	bool competes = t->e.class == SCHED_FAIR && model_competes(&t->e);

	if (t->competes && (!competes || t->e.queue->cpu != t->cpu))
		model_leave(m, t);
	if (competes && !t->competes)
		model_join(m, t);
}

static inline void model_follow_all(struct model *m, unsigned int cpu)
{
	unsigned int i;

	for (i = 0; i < m->nr; i++)
		if (m->t[i].e.queue == &m->cpu[cpu].q)
			model_follow(m, &m->t[i]);
}

/* When to look again. A time that happens to be SCHED_NEVER comes a tick later. */
static inline u64 model_until(const struct sched_queue *q, u64 now)
{
	u64 until = sched_until(q, now);

	return until == SCHED_NEVER ? sched_until(q, now + 1) : until;
}

static inline void model_look(struct model *m, unsigned int cpu)
{
	struct model_cpu *c = &m->cpu[cpu];
	struct sched_entity *before = c->runs;
	struct sched_entity *current = c->q.current;
	bool event = m->event && m->event();
	bool stays = !c->q.throttled.root && !sched_preempts(&c->q, m->now);
	struct model_thread *t;

	if (event)
		sched_urge_current(&c->q);
	c->runs = sched_pick(&c->q, m->now, &c->until);
	c->switches += c->runs != before;
	/* The short way says the same as the long one. */
	assert_true(!stays || c->q.current == current);
	assert_true(c->until == sched_until(&c->q, m->now));
	c->until = model_until(&c->q, m->now);
	model_follow_all(m, cpu);
	t = model_thread_of(c->runs);
	if (t && t->waits) {
		t->waits = false;
		m->most_wait = max(m->most_wait, m->now - t->woke);
	}
}

/* Something has changed on @cpu. */
static inline void model_changed(struct model *m, unsigned int cpu)
{
	struct sched_queue *q = &m->cpu[cpu].q;

	model_follow_all(m, cpu);
	if (sched_preempts(q, m->now))
		model_look(m, cpu);
	else
		m->cpu[cpu].until = model_until(q, m->now);
}

/* @ticks pass on @cpu. */
static inline void model_serve(struct model *m, unsigned int cpu, u64 ticks)
{
	struct model_cpu *c = &m->cpu[cpu];
	struct model_thread *t = model_thread_of(c->runs), *payer = model_thread_of(c->q.current);

	if (!t) {
		c->idle += ticks;
		return;
	}
	t->ran += ticks;
	if (!payer->competes)
		return;
	model_note_lag(m, payer);
	c->v += (long double)ticks / c->weight;
	payer->s += (long double)ticks / payer->e.weight;
	model_note_lag(m, payer);
}

/* Until @end, with looks where the policy wants them; @then() after each. */
static inline void model_run_then(struct model *m, u64 end, void (*then)(struct model *m))
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
		if (then)
			then(m);
	}
}

static inline void model_run(struct model *m, u64 ticks)
{
	model_run_then(m, m->now + ticks, NULL);
}

static inline struct model_thread *model_add(struct model *m, u32 weight)
{
	struct model_thread *t = &m->t[m->nr];

	t->id = m->nr++;
	sched_entity_init(&t->e);
	sched_set_weight(&t->e, weight, m->now);
	return t;
}

/* @t becomes runnable on @cpu. */
static inline void model_enqueue(struct model *m, struct model_thread *t, unsigned int cpu,
				 bool woken)
{
	sched_enqueue(&m->cpu[cpu].q, &t->e, m->now, woken);
	model_follow(m, t);
	/* Behind its share, or even. */
	t->waits = woken && t->competes && model_lag(m, t) >= 0;
	t->woke = m->now;
	model_changed(m, cpu);
}

static inline void model_dequeue(struct model *m, struct model_thread *t)
{
	struct model_cpu *c = &m->cpu[t->e.queue->cpu];

	sched_dequeue(&c->q, &t->e, m->now);
	t->waits = false;
	model_follow(m, t);
	if (c->runs == &t->e)
		c->runs = NULL;
	if (!c->q.current || !c->runs)
		model_look(m, c->q.cpu);
	else
		model_changed(m, c->q.cpu);
}

/* @t has an interrupt. */
static inline void model_urge(struct model *m, struct model_thread *t)
{
	if (!t->waits && t->e.state == SCHED_READY && t->competes && model_lag(m, t) > 1) {
		t->waits = true;
		t->woke = m->now;
	}
	if (sched_urge(&t->e, m->now))
		model_changed(m, t->e.queue->cpu);
}

/* What runs on @cpu lets others go first, and forgoes what it is behind. */
static inline void model_yield(struct model *m, unsigned int cpu)
{
	struct model_cpu *c = &m->cpu[cpu];
	struct model_thread *t = model_thread_of(c->q.current);

	if (t && t->competes && c->v > t->s) {
		long double lag = model_lag(m, t);

		t->s = c->v;
		model_shift(m, cpu, lag / c->weight);
	}
	sched_yield_current(&c->q, m->now);
	model_look(m, cpu);
}

static inline void model_set_weight(struct model *m, struct model_thread *t, u32 weight)
{
	long double scale = (long double)t->e.weight / weight;
	struct model_cpu *c = &m->cpu[t->cpu];

	if (t->competes) {
		c->weight = c->weight - t->e.weight + weight;
		t->s = c->v - (c->v - t->s) * scale;
	}
	sched_set_weight(&t->e, weight, m->now);
	if (model_competes(&t->e))
		model_changed(m, t->e.queue->cpu);
}

/* The policy's own idea of how far @t is behind, in ticks. */
static inline long double model_policy_lag(const struct model_thread *t)
{
	const struct sched_queue *q = t->e.queue;

	return ((long double)(s64)(q->v - t->e.v) + (long double)q->fraction / q->weight) *
	       t->e.weight / 65536;
}

#endif
