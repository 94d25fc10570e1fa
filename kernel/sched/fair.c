// SPDX-License-Identifier: Apache-2.0
/*
 * The fair class: earliest eligible virtual deadline first (EEVDF; Stoica and Abdel-Wahab, 1995).
 *
 * The queue's virtual time is the mean of the competing entities' virtual times by weight, so that
 * what some are behind, others are ahead. It is kept exactly: a whole number and a fraction.
 */
#include "policy.h"

/* No charge counts as longer, so that products with a weight fit 64 bits: minutes in any case. */
#define TICKS_MAX ((u64)1 << 40)
/* One that comes back is at most a request behind, and so many ahead: ten slices. */
#define AHEAD_MAX 25

void sched_owe(struct sched_entity *e, u64 ticks)
{
	__atomic_fetch_add(e->owed, ticks, __ATOMIC_RELAXED);
}

u64 sched_pay(struct sched_entity *e, u64 most)
{
	u64 owed;

	if (!READ_ONCE(*e->owed))
		return 0;
	owed = __atomic_exchange_n(e->owed, 0, __ATOMIC_RELAXED);
	if (owed > most)
		__atomic_fetch_add(e->owed, owed - most, __ATOMIC_RELAXED);
	return min(owed, most);
}

static void set_length(struct sched_entity *e)
{
	e->length = (sched_times.request << FAIR_UNIT_SHIFT) / e->weight;
}

/* Moves whole units of the fraction, which may be negative, into the virtual time. */
static __always_inline void settle(struct sched_queue *q)
{
	s64 weight = (s64)q->weight, step;

	if (q->fraction >= 0 && q->fraction < weight)
		return;
	if (unlikely(!weight)) {
		q->fraction = 0;
		return;
	}
	step = q->fraction / weight;
	if (step * weight > q->fraction)
		step--;
	q->fraction -= step * weight;
	WRITE_ONCE(q->v, q->v + (u64)step);
}

/* Virtual time on @e's queue since it left; that may be another CPU's, a moment ago. */
static s64 passed(const struct sched_entity *e)
{
	s64 v = e->queue ? (s64)(READ_ONCE(e->queue->v) - e->left_at) : 0;

	/* One that has been away for so long that it wraps around has not been away. */
	return clamp_to(v, 0, ((s64)1 << 62) / (s64)e->weight);
}

void fair_rehome(struct sched_queue *q, struct sched_entity *e)
{
	e->left_at = q->v - (u64)passed(e);
	e->queue = q;
}

/*
 * How far behind @e is that comes back. What it was behind when it left is kept. What it was ahead,
 * and what it owes, was its share of the time that has passed as far as that goes: as if it had
 * competed meanwhile, when virtual time would have been slower by its weight.
 */
static s64 behind(struct sched_entity *e)
{
	s64 debt = (s64)((sched_pay(e, sched_times.debt) << FAIR_UNIT_SHIFT) / e->weight);
	s64 gain = passed(e), weight = (s64)e->weight;

	gain -= gain * weight / ((s64)e->left_weight + weight);
	return clamp_to(e->lag - debt + gain, -(s64)e->length * AHEAD_MAX, e->lag > 0 ? e->lag : 0);
}

void fair_join(struct sched_queue *q, struct sched_entity *e)
{
	s64 lag = behind(e), weight = (s64)e->weight;

	/* The virtual time goes back by what @e is behind, of which @e is a part: allow for that. */
	lag = q->weight ? lag + lag * weight / (s64)q->weight : 0;
	e->v = q->v - (u64)lag;
	fair_request(e);
	WRITE_ONCE(q->weight, q->weight + e->weight); /* sched_load_read() has no lock */
	q->fraction -= lag * weight;
	settle(q);
}

void fair_leave(struct sched_queue *q, struct sched_entity *e)
{
	s64 lag = (s64)(q->v - e->v);

	e->lag = clamp_to(lag, -(s64)e->length * AHEAD_MAX, (s64)e->length);
	WRITE_ONCE(q->weight, q->weight - e->weight);
	q->fraction += lag * (s64)e->weight;
	settle(q);
	e->left_at = q->v;
	e->left_weight = q->weight;
}

void fair_charge(struct sched_queue *q, struct sched_entity *e, u64 ticks)
{
	u64 units, step;

	units = (min(ticks, TICKS_MAX) << FAIR_UNIT_SHIFT) + e->part;
	step = units / e->weight;
	e->part = units - step * e->weight;
	e->v += step;
	q->fraction += (s64)(step * e->weight);
	settle(q);
}

void fair_forfeit(struct sched_queue *q, struct sched_entity *e)
{
	s64 behind = (s64)(q->v - e->v);

	if (behind > 0) {
		e->v = q->v;
		q->fraction += behind * (s64)e->weight;
		settle(q);
	}
}

/* So much service at the weight @from is so much virtual time at the weight @to. */
static s64 rescale(s64 v, u32 from, u32 to)
{
	return v * (s64)from / (s64)to;
}

void fair_set_weight(struct sched_entity *e, u32 weight)
{
	e->lag = rescale(e->lag, e->weight, weight);
	e->weight = weight;
	e->part = 0;
	set_length(e);
}

void fair_reweight(struct sched_queue *q, struct sched_entity *e, u32 weight)
{
	s64 ahead = (s64)(e->v - q->v), left = (s64)(e->deadline - e->v), from = (s64)e->weight;

	q->fraction -= ahead * from;
	ahead = rescale(ahead, e->weight, weight);
	left = rescale(left, e->weight, weight);
	WRITE_ONCE(q->weight, q->weight - e->weight + weight);
	q->fraction += ahead * (s64)weight;
	fair_set_weight(e, weight);
	e->v = q->v + (u64)ahead;
	e->deadline = e->v + (u64)left;
	settle(q);
}

/* ---- urgency ---- */

void fair_urgent(struct sched_queue *q, struct sched_entity *e)
{
	e->state = SCHED_URGENT;
	e->urgent = SCHED_URGENT_NOW;
	e->urgent_left = sched_times.urgent;
	list_push(&q->urgent, &e->link);
}

void fair_coming(struct sched_queue *q, struct sched_entity *e)
{
	struct sched_entity *pos;

	if (e->comes)
		return;
	list_for_each(pos, &q->coming, link)
		if (time_before(e->v, pos->v))
			break;
	list_insert(pos->link.prev, &e->link);
	e->comes = true;
}

void fair_forget_coming(struct sched_entity *e)
{
	if (unlikely(e->comes)) {
		list_remove(&e->link);
		e->comes = false;
	}
}

enum sched_urgency fair_urgent_from_now(const struct sched_queue *q, struct sched_entity *e)
{
	const struct sched_entity *first;

	if (e->urgent == SCHED_NOT_URGENT || (e->urgent == SCHED_URGENT_NOW && e->urgent_left))
		return e->urgent;
	first = entity_of(tree_first_until(&q->fair, q->v));
	if (fair_request_over(e) || !list_empty(&q->urgent) ||
	    (first &&
	     (s64)(e->deadline - first->deadline) > (s64)(first->length + first->length / 4)))
		return SCHED_NOT_URGENT;
	if (!e->urgent_left)
		e->urgent_left = sched_times.urgent;
	return SCHED_URGENT_ON;
}

u64 fair_coming_left(const struct sched_queue *q)
{
	const struct sched_entity *e = list_first(&q->coming, struct sched_entity, link);
	s64 ahead = (s64)(e->v - q->v);

	/* What takes longer than any request ends before. */
	return (u64)clamp_to(ahead, 0, (s64)1 << 39) * q->weight >> FAIR_UNIT_SHIFT;
}
