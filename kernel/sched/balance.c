// SPDX-License-Identifier: Apache-2.0
/* Which CPU an entity goes to: decisions over the loads of all, which may be old by a moment. */
#include "policy.h"

void sched_load_read(const struct sched_queue *q, struct sched_load *load)
{
	load->weight = READ_ONCE(q->weight);
	load->count = READ_ONCE(q->count);
	load->utilization = READ_ONCE(q->utilization);
	load->owner = READ_ONCE(q->owner);
	load->online = true;
}

/* How much a unit of weight counts on a CPU, as reservations leave only part of it. */
static u64 scale(u64 utilization)
{
	return (u64)256 * SCHED_WHOLE / (SCHED_WHOLE - utilization);
}

static u64 density(const struct sched_load *l)
{
	return l->weight * scale(l->utilization);
}

static bool allowed(const struct sched_load *l, const struct sched_entity *e, unsigned int cpu)
{
	return (READ_ONCE(e->affinity) >> cpu & 1) && l->online && (!l->owner || l->owner == e);
}

/* An idle CPU for @e: @prev if it can be, else the next one behind it. */
static unsigned int find_idle(const struct sched_load *load, unsigned int n,
			      const struct sched_entity *e, unsigned int prev)
{
	unsigned int i, cpu;

	for (i = 0; i < n; i++) {
		cpu = prev + i < n ? prev + i : prev + i - n;
		if (!load[cpu].count && allowed(&load[cpu], e, cpu))
			return cpu;
	}
	return n;
}

unsigned int sched_place(const struct sched_load *load, unsigned int n,
			 const struct sched_entity *e)
{
	unsigned int prev = e->queue && e->queue->cpu < n ? e->queue->cpu : 0, best, i;
	bool stays = e->queue && allowed(&load[prev], e, prev);

	/* A reservation is of one CPU. */
	if (e->class == SCHED_RESERVED)
		return stays ? prev : n;
	best = find_idle(load, n, e, prev);
	if (best < n)
		return best;
	for (i = 0; i < n; i++)
		if (allowed(&load[i], e, i) &&
		    (best == n || density(&load[i]) < density(&load[best])))
			best = i;
	/* Its caches are where it ran: it moves only if it is better off with itself counted. */
	if (stays &&
	    density(&load[best]) + e->weight * scale(load[best].utilization) > density(&load[prev]))
		return prev;
	return best;
}

unsigned int sched_place_reserved(const struct sched_load *load, unsigned int n,
				  const struct sched_entity *e, u64 budget, u64 period)
{
	unsigned int best = n, i;

	for (i = 0; i < n; i++)
		if (allowed(&load[i], e, i) && !load[i].owner &&
		    sched_admit(load[i].utilization, budget, period) &&
		    (best == n || load[i].utilization < load[best].utilization))
			best = i;
	return best;
}

unsigned int sched_busiest(const struct sched_load *load, unsigned int n, unsigned int cpu,
			   u64 tried)
{
	unsigned int best = n, i, k;

	/* Among equals the next one behind it, so that all have their turn. */
	for (k = 1; k < n; k++) {
		i = cpu + k < n ? cpu + k : cpu + k - n;
		if (!(tried >> i & 1) && load[i].count > 1 &&
		    (best == n || density(&load[i]) > density(&load[best])))
			best = i;
	}
	return best;
}

static bool can_move(const struct sched_queue *q, const struct sched_entity *e, u64 cpus)
{
	return (e->affinity & cpus) && e != q->visitor && e != q->owner;
}

struct sched_entity *sched_movable(struct sched_queue *q, u64 cpus)
{
	struct sched_entity *e;
	struct sched_node *n;

	list_for_each(e, &q->urgent, link)
		if (can_move(q, e, cpus))
			return e;
	for (n = tree_first(&q->fair); n; n = tree_next(n))
		if (can_move(q, entity_of(n), cpus))
			return entity_of(n);
	return NULL;
}

struct sched_entity *sched_rebalance(struct sched_queue *from, const struct sched_queue *to,
				     u64 now)
{
	u64 less = scale(from->utilization), more = scale(to->utilization);
	s64 diff = (s64)(from->weight * less - to->weight * more), rest = diff, after;
	struct sched_entity *e, *best = NULL;
	struct sched_node *n;

	if (diff <= 0 || to->owner)
		return NULL;
	for (n = tree_first(&from->fair); n; n = tree_next(n)) {
		e = entity_of(n);
		after = diff - (s64)(e->weight * (less + more));
		after = max(after, -after);
		if (!can_move(from, e, BIT(to->cpu)) || after > rest ||
		    (after == rest && best && !time_before(e->arrived, best->arrived)))
			continue;
		best = e;
		rest = after;
	}
	if (!best || rest < diff)
		return best;
	/* It would be the same the other way round: in turn, so that each is the lonelier one. */
	e = from->current;
	if (e && e->class == SCHED_FAIR && time_before(e->arrived, best->arrived))
		return NULL;
	return now - best->arrived >= sched_times.stay ? best : NULL;
}
