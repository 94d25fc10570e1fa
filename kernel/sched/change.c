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
	if (e->cap)
		server_set(e, period * e->cap / 100, period, now);
	else
		server_set(e, 0, 0, now);
	put_in(q, e);
}

int sched_reserve(struct sched_queue *q, struct sched_entity *e, u64 budget, u64 period, u64 now)
{
	struct sched_queue *from;
	u64 others = q->utilization;

	if (e->class == SCHED_RESERVED)
		others -= sched_utilization(e->budget, e->period);
	if (budget) {
		if (budget < sched_times.least_budget || budget > period ||
		    period > SCHED_PERIOD_MAX)
			return -EINVAL;
		if (!sched_admit(others, budget, period))
			return -ENOSPC;
		others += sched_utilization(budget, period);
	}
	from = take_out(e, now);
	q->utilization = others;
	e->cap = 0;
	e->class = budget ? SCHED_RESERVED : SCHED_FAIR;
	server_set(e, budget, budget ? period : 0, now);
	put_in(from, e);
	return 0;
}

bool sched_claim(struct sched_queue *q, struct sched_entity *e)
{
	unsigned int own = e->queue == q && e->state != SCHED_ASLEEP && e->state != SCHED_THROTTLED;

	if (q->owner || q->count > own || q->throttled.root || q->utilization)
		return false;
	q->owner = e;
	return true;
}

void sched_release(struct sched_queue *q)
{
	q->owner = NULL;
}
