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
	q->count++;
	e->state = SCHED_RUNNING;
	if (e->class == SCHED_FAIR)
		fair_join(q, e);
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

int sched_reserve(struct sched_queue *q, struct sched_entity *e, u64 budget, u64 period, u64 now)
{
	struct sched_queue *from;
	u64 total = utilization_at(q, now);

	if (budget &&
	    (budget < sched_times.least_budget || budget > period || period > SCHED_PERIOD_MAX))
		return -EINVAL;
	if (e->class == SCHED_RESERVED)
		total -= sched_utilization(e->budget, e->period);
	if (budget && !sched_admit(total, budget, period))
		return -ENOSPC;
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

bool sched_claim(struct sched_queue *q, struct sched_entity *e)
{
	unsigned int own = e->queue == q && e->state != SCHED_ASLEEP && e->state != SCHED_THROTTLED;

	if (q->owner || q->count > own || q->throttled.root || q->utilization)
		return false;
	WRITE_ONCE(q->owner, e);
	return true;
}

void sched_release(struct sched_queue *q)
{
	WRITE_ONCE(q->owner, NULL);
}
