// SPDX-License-Identifier: Apache-2.0
/* A CPU's queue: who runs next, and until when. */
#include "policy.h"

void sched_exclude(struct sched_queue *q, u64 ticks)
{
	q->since += ticks;
}

/* Inline for sched_pick(), which is called at each switch. */
static __always_inline void charge(struct sched_queue *q, u64 now)
{
	struct sched_entity *e = q->current;
	u64 ticks;

	/* The clocks of two CPUs may differ a little. */
	if (!time_before(q->since, now))
		return;
	ticks = now - q->since;
	q->since = now;
	if (!e)
		return;
	if (unlikely(READ_ONCE(*e->owed)))
		ticks += sched_pay(e, DEBT_TENTHS * ticks);
	if (e->period)
		e->left -= (s64)ticks;
	e->urgent_left -= min(e->urgent_left, ticks);
	if (e->class == SCHED_FAIR)
		fair_charge(q, e, ticks);
}

void sched_charge(struct sched_queue *q, u64 now)
{
	charge(q, now);
}

static bool fair_alone(const struct sched_queue *q)
{
	return !q->fair.root && list_empty(&q->urgent);
}

static struct sched_tree *tree_of(struct sched_queue *q, const struct sched_entity *e)
{
	return e->class == SCHED_FAIR ? &q->fair : &q->reserved;
}

/* @e is to go into its tree. */
static void set_ready(struct sched_entity *e)
{
	e->state = SCHED_READY;
	e->urgent = SCHED_NOT_URGENT;
	e->node.key = e->class == SCHED_FAIR ? e->deadline : e->renew;
	e->node.value = e->v;
}

static void make_ready(struct sched_queue *q, struct sched_entity *e)
{
	set_ready(e);
	tree_insert(tree_of(q, e), &e->node);
}

/* @e, which does not compete, does so again at @time. */
static void throttle(struct sched_queue *q, struct sched_entity *e, u64 time)
{
	e->state = SCHED_THROTTLED;
	e->node.key = time;
	tree_insert(&q->throttled, &e->node);
}

void queue_insert(struct sched_queue *q, struct sched_entity *e, bool woken)
{
	if (server_empty(e)) {
		throttle(q, e, e->renew);
		return;
	}
	WRITE_ONCE(q->count, q->count + 1); /* sched_load_read() has no lock */
	if (e->class == SCHED_FAIR)
		fair_join(q, e);
	if (e->class == SCHED_FAIR && woken && fair_eligible(q, e))
		fair_urgent(q, e);
	else
		make_ready(q, e);
	if (e->class == SCHED_FAIR && woken && e->state == SCHED_READY)
		fair_coming(q, e);
}

/* Out of the tree or list in which it waits. */
static void take(struct sched_queue *q, struct sched_entity *e)
{
	if (e->state == SCHED_URGENT)
		list_remove(&e->link);
	else if (e->state == SCHED_READY)
		fair_forget_coming(e);
	if (e->state == SCHED_READY)
		tree_remove(tree_of(q, e), &e->node);
	else if (e->state == SCHED_THROTTLED)
		tree_remove(&q->throttled, &e->node);
}

void queue_remove(struct sched_queue *q, struct sched_entity *e)
{
	take(q, e);
	if (q->visitor == e)
		q->visitor = NULL;
	if (e->state == SCHED_THROTTLED)
		return;
	WRITE_ONCE(q->count, q->count - 1);
	if (e->class == SCHED_FAIR)
		fair_leave(q, e);
}

void queue_reweight(struct sched_queue *q, struct sched_entity *e, u32 weight)
{
	bool ready = e->state == SCHED_READY, comes = e->comes;

	if (ready)
		take(q, e);
	fair_reweight(q, e, weight);
	if (ready)
		make_ready(q, e);
	if (comes)
		fair_coming(q, e);
}

void sched_enqueue(struct sched_queue *q, struct sched_entity *e, u64 now, bool woken)
{
	sched_charge(q, now);
	/* One that was alone has made no requests. */
	if (q->current && q->current->class == SCHED_FAIR && fair_alone(q) &&
	    fair_request_over(q->current))
		fair_request(q->current);
	server_wake(e, now);
	queue_insert(q, e, woken);
	if (e->queue != q)
		e->arrived = now;
	e->queue = q;
}

/* An event has come for @e, of which time has been charged. Return: whether that changes anything. */
static bool urge(struct sched_queue *q, struct sched_entity *e)
{
	if (e->state != SCHED_READY || e->class != SCHED_FAIR || e->comes)
		return false;
	if (!fair_eligible(q, e)) {
		fair_coming(q, e);
	} else if (!fair_late(q, e)) {
		/* One that is late goes before the urgent ones as it is. */
		take(q, e);
		fair_urgent(q, e);
	}
	return true;
}

bool sched_urge(struct sched_entity *e, u64 now)
{
	if (e->state != SCHED_READY)
		return false;
	sched_charge(e->queue, now);
	return urge(e->queue, e);
}

void sched_urge_current(struct sched_queue *q)
{
	if (q->current && q->current->class == SCHED_FAIR)
		q->current->event = true;
}

void sched_dequeue(struct sched_queue *q, struct sched_entity *e, u64 now)
{
	sched_charge(q, now);
	queue_remove(q, e);
	e->event = false;
	e->state = SCHED_ASLEEP;
	if (q->current == e) {
		q->yielded = false;
		q->current = NULL;
		q->visitor = NULL;
	}
}

/* Those whose budget is renewed by @now compete again. */
static void release(struct sched_queue *q, u64 now)
{
	struct sched_entity *e;

	while ((e = entity_of(tree_first(&q->throttled))) && !time_before(now, e->node.key)) {
		take(q, e);
		if (server_empty(e))
			server_renew(e, now);
		else
			server_wake(e, now);
		queue_insert(q, e, false);
	}
}

/* Time has passed: those whose event came when they were ahead of their share may be entitled now. */
static void promote(struct sched_queue *q)
{
	struct sched_entity *e;

	while (!list_empty(&q->coming)) {
		e = list_first(&q->coming, struct sched_entity, link);
		if (!fair_eligible(q, e))
			return;
		take(q, e);
		fair_urgent(q, e);
	}
}

/* Charges until @now, and what follows from that. */
static void advance(struct sched_queue *q, u64 now)
{
	sched_charge(q, now);
	if (unlikely(!list_empty(&q->coming)))
		promote(q);
}

/* Whether the current entity runs on, with all that are ready in their places. */
static bool goes_on(const struct sched_queue *q)
{
	const struct sched_entity *e = q->current, *first = NULL;

	if (unlikely(q->reserved.root))
		first = entity_of(tree_first(&q->reserved));
	if (q->yielded || server_empty(e))
		return false;
	if (q->owner)
		return q->owner == e || q->owner->state == SCHED_THROTTLED ||
		       q->owner->state == SCHED_ASLEEP;
	if (e->class == SCHED_RESERVED)
		return !first || !time_before(first->renew, e->renew);
	if (first)
		return false;
	if (fair_alone(q))
		return true;
	if (fair_request_over(e) || (e->urgent && !e->urgent_left) ||
	    (e->urgent == SCHED_URGENT_ON && !list_empty(&q->urgent)))
		return false;
	if (fair_late(q, e))
		return true;
	first = entity_of(tree_first_until(&q->fair, q->v));
	return (e->urgent || list_empty(&q->urgent)) &&
	       (!first || !time_before(first->deadline, e->deadline));
}

/*
 * Whether only fair entities without budgets compete, of which none goes before the others: then their
 * deadlines alone decide, as in pick_by_deadline().
 */
static inline bool by_deadline(const struct sched_queue *q, const struct sched_entity *e)
{
	return !((u64)q->reserved.root | (u64)q->throttled.root | (u64)q->owner | (u64)q->visitor |
		 q->yielded | e->class | e->urgent | e->event | e->period) &&
	       list_empty(&q->urgent) && list_empty(&q->coming);
}

/* Which of those that wait is to run; NULL: none does. */
static struct sched_entity *first_of(const struct sched_queue *q)
{
	struct sched_entity *e = q->owner;

	if (e && (e->state == SCHED_READY || e->state == SCHED_URGENT))
		return e;
	if (q->reserved.root)
		return entity_of(tree_first(&q->reserved));
	e = entity_of(tree_first_until(&q->fair, q->v));
	if (!list_empty(&q->urgent) && (!e || !fair_late(q, e)))
		return list_first(&q->urgent, struct sched_entity, link);
	/* None is eligible if the current one is, and that may have yielded. */
	return e ? e : entity_of(tree_first(&q->fair));
}

/* Whether the current entity @e is to run rather than @next, the first of those that wait. */
static bool stays(const struct sched_queue *q, const struct sched_entity *e,
		  const struct sched_entity *next)
{
	if (q->owner && (next == q->owner || e == q->owner))
		return e == q->owner;
	if (e->class != next->class)
		return e->class == SCHED_RESERVED;
	if (e->class == SCHED_RESERVED)
		return time_before(e->renew, next->renew);
	if (e->urgent)
		return !fair_late(q, next);
	if (!fair_eligible(q, e))
		return false;
	if (next->urgent)
		return fair_late(q, e);
	return !fair_eligible(q, next) || time_before(e->deadline, next->deadline);
}

/* The current entity waits like others. */
static void put_back(struct sched_queue *q, struct sched_entity *e)
{
	if (!e->urgent) {
		make_ready(q, e);
		if (e->event)
			urge(q, e);
		return;
	}
	e->state = SCHED_URGENT;
	list_insert(&q->urgent, &e->link);
}

/*
 * Which runs after the current entity @e, NULL: there is none. What a reserved one that yields does
 * not use now it must not have later, at the cost of others' deadlines: it sleeps a little.
 */
static struct sched_entity *switch_from(struct sched_queue *q, struct sched_entity *e, u64 now)
{
	bool yielded = q->yielded;
	struct sched_entity *next;

	q->yielded = false;
	if (e && server_empty(e)) {
		queue_remove(q, e);
		throttle(q, e, e->renew);
		/* Its period may have been over before its budget was. */
		release(q, now);
		e = NULL;
	}
	next = first_of(q);
	if (e) {
		e->urgent = fair_urgent_from_now(q, e);
		if (e->class == SCHED_FAIR && fair_request_over(e))
			fair_request(e);
		if (!next || (!yielded && stays(q, e, next)))
			return e;
	}
	if (!next)
		return NULL;
	if (e && !e->urgent && !e->event && e->class == SCHED_FAIR && next->class == SCHED_FAIR &&
	    next->state == SCHED_READY) {
		set_ready(e);
		fair_forget_coming(next);
		tree_exchange(&q->fair, &next->node, &e->node);
		next->state = SCHED_RUNNING;
		return next;
	}
	take(q, next);
	next->state = SCHED_RUNNING;
	if (e && yielded && e->class == SCHED_RESERVED) {
		queue_remove(q, e);
		throttle(q, e, now + sched_times.visit);
	} else if (e) {
		put_back(q, e);
	}
	return next;
}

/*
 * As goes_on() and switch_from() do, where by_deadline(). If none of those that wait is eligible, the
 * current one is.
 */
static struct sched_entity *pick_by_deadline(struct sched_queue *q, struct sched_entity *e)
{
	struct sched_entity *next = entity_of(tree_first_until(&q->fair, q->v));

	if (fair_request_over(e)) {
		fair_request(e);
		if (!next || (fair_eligible(q, e) && time_before(e->deadline, next->deadline)))
			return e;
	} else if (!next || fair_late(q, e) || !time_before(next->deadline, e->deadline)) {
		return e;
	}
	set_ready(e);
	tree_exchange(&q->fair, &next->node, &e->node);
	next->state = SCHED_RUNNING;
	q->current = next;
	return next;
}

static __noinline struct sched_entity *pick_by_class(struct sched_queue *q, struct sched_entity *e,
						     u64 now)
{
	if (!list_empty(&q->coming))
		promote(q);
	if (unlikely(q->throttled.root))
		release(q, now);
	if (!e || !goes_on(q)) {
		q->visitor = NULL;
		q->current = switch_from(q, e, now);
		if (e)
			e->event = false;
		return q->current;
	}
	e->event = false;
	if (e->class == SCHED_FAIR && fair_request_over(e))
		fair_request(e);
	if (q->visitor && !time_before(now, q->visit_end))
		q->visitor = NULL;
	return q->visitor ? q->visitor : e;
}

static u64 left_until(u64 time, u64 now)
{
	return time_before(now, time) ? time - now : 0;
}

static u64 until_by_class(const struct sched_queue *q, const struct sched_entity *e, u64 now)
{
	u64 until = SCHED_NEVER;

	if (q->owner && q->owner == e)
		return SCHED_NEVER;
	if (unlikely(q->throttled.root))
		until = left_until(tree_first(&q->throttled)->key, now);
	if (e && e->period)
		until = min(until, (u64)max(e->left, (s64)0));
	if (e && e->class == SCHED_FAIR && !fair_alone(q)) {
		until = min(until, fair_request_left(e));
		if (e->urgent)
			until = min(until, e->urgent_left);
		if (unlikely(!list_empty(&q->coming)))
			until = min(until, fair_coming_left(q) + 1);
	}
	if (q->visitor)
		until = min(until, left_until(q->visit_end, now));
	return until == SCHED_NEVER ? SCHED_NEVER : now + until;
}

u64 sched_until(const struct sched_queue *q, u64 now)
{
	return until_by_class(q, q->current, now);
}

struct sched_entity *sched_pick(struct sched_queue *q, u64 now, u64 *until)
{
	struct sched_entity *e = q->current;

	charge(q, now);
	if (likely(e && by_deadline(q, e))) {
		e = pick_by_deadline(q, e);
		/* Whose turn it is may have a budget. */
		if (likely(!e->period)) {
			*until = q->fair.root ? now + fair_request_left(e) : SCHED_NEVER;
			return e;
		}
	} else {
		e = pick_by_class(q, e, now);
	}
	*until = until_by_class(q, q->current, now);
	return e;
}

bool sched_preempts(struct sched_queue *q, u64 now)
{
	advance(q, now);
	return !q->current || !goes_on(q);
}

void sched_yield_current(struct sched_queue *q, u64 now)
{
	struct sched_entity *e = q->current;

	sched_charge(q, now);
	if (!e)
		return;
	q->yielded = true;
	e->urgent_left = 0;
	if (e->class == SCHED_FAIR) {
		fair_forfeit(q, e);
		fair_request(e);
	}
}

bool sched_visit(struct sched_queue *q, struct sched_entity *target, u64 now)
{
	advance(q, now);
	if (!q->current || !goes_on(q))
		return false;
	/* A visitor that visits the one that it visits lets that go on. */
	if (target == q->current) {
		q->visitor = NULL;
		return true;
	}
	if (target->queue != q || (target->state != SCHED_READY && target->state != SCHED_URGENT))
		return false;
	if (!q->visitor)
		q->visit_end = now + sched_times.visit;
	q->visitor = target;
	return true;
}
