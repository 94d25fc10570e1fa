/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCHED_POLICY_H
#define SCHED_POLICY_H

#include "tree.h"

/* What the classes and the queue share. Documentation/scheduling.rst has the reasons. */

/* Virtual time advances by this for each tick at weight 1. */
#define FAIR_UNIT_SHIFT 16
/* Of each tick that an entity gets, at most so many tenths pay what it owes. */
#define DEBT_TENTHS 9

/* Lengths in ticks, from the slice; see sched_policy_init(). */
struct sched_times {
	u64 request, urgent, visit, debt, cap_period, least_budget, stay;
};

extern struct sched_times sched_times;

static inline struct sched_entity *entity_of(struct sched_node *n)
{
	return n ? container_of(n, struct sched_entity, node) : NULL;
}

static inline s64 clamp_to(s64 v, s64 least, s64 most)
{
	return v < least ? least : v > most ? most : v;
}

/* fair.c: virtual time. An entity competes between fair_join() and fair_leave(). */

void fair_set_weight(struct sched_entity *e, u32 weight);
void fair_join(struct sched_queue *q, struct sched_entity *e);
void fair_leave(struct sched_queue *q, struct sched_entity *e);
void fair_charge(struct sched_queue *q, struct sched_entity *e, u64 ticks);
void fair_reweight(struct sched_queue *q, struct sched_entity *e, u32 weight);
/* @e, which competes, gives up what it is behind. */
void fair_forfeit(struct sched_queue *q, struct sched_entity *e);
/* @e, which does not compete, was on @q all the time as far as its lag is concerned. */
void fair_rehome(struct sched_queue *q, struct sched_entity *e);

/* @e, which is entitled to run and has no place in @q, goes before the others. */
void fair_urgent(struct sched_queue *q, struct sched_entity *e);
/*
 * Whether and how the current entity @e remains urgent. When its time as such is over, it goes on to
 * the end of its request, in steps, unless that delays another that is urgent, or by too much one
 * with an earlier deadline.
 */
enum sched_urgency fair_urgent_from_now(const struct sched_queue *q, struct sched_entity *e);
/* @e, which is READY and ahead of its share, is urgent once it is not. */
void fair_coming(struct sched_queue *q, struct sched_entity *e);
/* @e, which is READY, is no longer to be urgent. */
void fair_forget_coming(struct sched_entity *e);
/* Ticks until the first that comes is no longer ahead, while a fair one runs. */
u64 fair_coming_left(const struct sched_queue *q);

/* Another request, from where @e is. */
static inline void fair_request(struct sched_entity *e)
{
	e->deadline = e->v + e->length;
}

/* Ticks until @e has been served what it requests now. */
static inline u64 fair_request_left(const struct sched_entity *e)
{
	s64 left = (s64)(e->deadline - e->v);
	u64 ticks, owed;

	if (left <= 0)
		return 0;
	ticks = ((u64)left * e->weight - e->part + BIT(FAIR_UNIT_SHIFT) - 1) >> FAIR_UNIT_SHIFT;
	owed = READ_ONCE(*e->owed);
	if (likely(!owed))
		return ticks;
	return ticks - min(owed, ticks / 10 * DEBT_TENTHS);
}

/* Whether @e has not had more than its share. */
static inline bool fair_eligible(const struct sched_queue *q, const struct sched_entity *e)
{
	return !time_before(q->v, e->v);
}

static inline bool fair_request_over(const struct sched_entity *e)
{
	return !time_before(e->v, e->deadline);
}

/* Whether what woke has delayed @e too much already. */
static inline bool fair_late(const struct sched_queue *q, const struct sched_entity *e)
{
	return (s64)(q->v - e->deadline) >= (s64)(e->length / 4);
}

/* server.c: budgets, for reservations and caps. */

/* Whether @e has a budget and has used it up. */
static inline bool server_empty(const struct sched_entity *e)
{
	return e->period && e->left <= 0;
}

/* Whether @e has used nothing of what it has until the end of its period. */
static inline bool server_fresh(const struct sched_entity *e, u64 now)
{
	return !e->period || e->left >= (s64)e->budget || !time_before(now, e->renew);
}

void server_set(struct sched_entity *e, u64 budget, u64 period, u64 now);
/* The same; what it has had of its present budget it has not twice. */
void server_change(struct sched_entity *e, u64 budget, u64 period, u64 now);
/* @e wakes: it goes on with what it has left, unless that would be more than its bandwidth. */
void server_wake(struct sched_entity *e, u64 now);
/* The present period is over. */
void server_renew(struct sched_entity *e, u64 now);

/* queue.c */

/* Ticks, at most @most, that @e pays now of what it owes. */
u64 sched_pay(struct sched_entity *e, u64 most);
/* @e, which is not ASLEEP, leaves its place in @q. If it is the current one, it stays that. */
void queue_remove(struct sched_queue *q, struct sched_entity *e);
/* @e, which has no place in @q, gets one. */
void queue_insert(struct sched_queue *q, struct sched_entity *e, bool woken);
/* @e, which competes in the fair class, changes its weight. */
void queue_reweight(struct sched_queue *q, struct sched_entity *e, u32 weight);

#endif
