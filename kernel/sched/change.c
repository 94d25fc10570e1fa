// SPDX-License-Identifier: Apache-2.0
/* Changes at run time of what an entity is entitled to. */
#include <lodge/errno.h>
#include "policy.h"

/* Out of its place in its queue, if it has one. Return: the queue, for put_in(). */
static struct sched_queue *take_out(struct sched_entity *e, u64 now)
{
	struct sched_queue *q = e->queue;

	if (e->state == SCHED_ASLEEP)
		return NULL;
	sched_charge(q, now);
	queue_remove(q, e);
	return q;
}

static void put_in(struct sched_queue *q, struct sched_entity *e)
{
	if (!q)
		return;
	if (q->current != e) {
		queue_insert(q, e, false);
		return;
	}
	/* It runs on until the next sched_pick(), which throttles it if need be. */
	WRITE_ONCE(q->count, q->count + 1);
	e->state = SCHED_RUNNING;
	if (e->class == SCHED_FAIR)
		fair_join(q, e);
	else
		e->urgent = SCHED_NOT_URGENT;
}

void sched_set_weight(struct sched_entity *e, u32 weight, u64 now)
{
	weight = min(max(weight, 1u), (u32)SCHED_WEIGHT_MAX);
	if (e->class != SCHED_FAIR || e->state == SCHED_ASLEEP || e->state == SCHED_THROTTLED) {
		fair_set_weight(e, weight);
		return;
	}
	sched_charge(e->queue, now);
	queue_reweight(e->queue, e, weight);
}

void sched_set_cap(struct sched_entity *e, u32 percent, u64 now)
{
	struct sched_queue *q;
	u64 period = sched_times.cap_period;

	if (e->class != SCHED_FAIR)
		return;
	q = take_out(e, now);
	e->cap = percent < 100 ? percent : 0;
	server_change(e, period * e->cap / 100, e->cap ? period : 0, now);
	put_in(q, e);
}

/* What was returned is free when those who returned it would have had it again. */
static u64 utilization_at(struct sched_queue *q, u64 now)
{
	if (q->returned && !time_before(now, q->returned_at)) {
		WRITE_ONCE(q->utilization, q->utilization - q->returned);
		q->returned = 0;
	}
	return q->utilization;
}

/* @e no longer has its reservation. */
static void give_back(struct sched_queue *q, const struct sched_entity *e, u64 now)
{
	u64 part = sched_utilization(e->budget, e->period);

	if (server_fresh(e, now)) {
		WRITE_ONCE(q->utilization, q->utilization - part);
		return;
	}
	if (!q->returned || time_before(q->returned_at, e->renew))
		q->returned_at = e->renew;
	q->returned += part;
}

int sched_can_reserve(struct sched_queue *q, const struct sched_entity *e, u64 budget, u64 period,
		      u64 now)
{
	u64 total = utilization_at(q, now);

	if (budget < sched_times.least_budget || budget > period || period > SCHED_PERIOD_MAX)
		return -EINVAL;
	if (e->class == SCHED_RESERVED && e->queue == q)
		total -= sched_utilization(e->budget, e->period);
	return !q->owner && sched_admit(total, budget, period) ? 0 : -ENOSPC;
}

int sched_reserve(struct sched_queue *q, struct sched_entity *e, u64 budget, u64 period, u64 now)
{
	int err = budget ? sched_can_reserve(q, e, budget, period, now) : 0;
	struct sched_queue *from;
	u64 total = utilization_at(q, now);

	if (err)
		return err;
	if (e->class == SCHED_RESERVED)
		total -= sched_utilization(e->budget, e->period);
	from = take_out(e, now);
	if (budget)
		WRITE_ONCE(q->utilization, total + sched_utilization(budget, period));
	else if (e->class == SCHED_RESERVED)
		give_back(q, e, now);
	fair_rehome(q, e);
	e->cap = 0;
	e->class = budget ? SCHED_RESERVED : SCHED_FAIR;
	if (budget)
		server_change(e, budget, period, now);
	else
		server_set(e, 0, 0, now);
	put_in(from, e);
	return 0;
}

/* Whether @e is not @but and may run on some CPU of @cpus, or on none if not @may. */
static bool matches(const struct sched_entity *e, const struct sched_entity *but, u64 cpus,
		    bool may)
{
	return e && e != but && !!(e->affinity & cpus) == may;
}

/* An entity of @q for which that holds; no reserved ones. NULL: there is none. */
static struct sched_entity *find(const struct sched_queue *q, const struct sched_entity *but,
				 u64 cpus, bool may)
{
	struct sched_entity *e;
	struct sched_node *n;

	if (matches(q->current, but, cpus, may))
		return q->current;
	list_for_each(e, &q->urgent, link)
		if (matches(e, but, cpus, may))
			return e;
	for (n = tree_first(&q->fair); n; n = tree_next(n))
		if (matches(entity_of(n), but, cpus, may))
			return entity_of(n);
	for (n = tree_first(&q->throttled); n; n = tree_next(n))
		if (matches(entity_of(n), but, cpus, may))
			return entity_of(n);
	return NULL;
}

bool sched_claim(struct sched_queue *q, struct sched_entity *e, u64 elsewhere)
{
	/* What was returned nobody has any more, and nobody is to have it. */
	if (q->owner || q->utilization != q->returned || e->class == SCHED_RESERVED ||
	    find(q, e, elsewhere, false))
		return false;
	WRITE_ONCE(q->owner, e);
	return true;
}

struct sched_entity *sched_evicted(struct sched_queue *q, u64 elsewhere)
{
	return q->owner ? find(q, q->owner, elsewhere, true) : NULL;
}

void sched_release(struct sched_queue *q)
{
	WRITE_ONCE(q->owner, NULL);
}
