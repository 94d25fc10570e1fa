/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_SCHED_POLICY_H
#define LODGE_SCHED_POLICY_H

#include <lodge/list.h>
#include <lodge/types.h>

/*
 * The scheduler's policy: which entity runs next on a CPU, and until when. Documentation/
 * scheduling.rst explains the classes and their bounds. There are no locks, no clock and no hardware
 * here: the caller passes the time, in ticks, and holds the queue's lock for each function that takes
 * a queue or an entity of it.
 */

#define SCHED_WEIGHT_DEFAULT 256
#define SCHED_WEIGHT_MAX     65536
#define SCHED_NEVER	     (~(u64)0) /* a time that does not come */
#define SCHED_ANY_CPU	     (~(u64)0) /* an affinity */
#define SCHED_MAX_CPUS	     64
#define SCHED_HOST_CPU	     0	/* on which the machine has booted, and its devices interrupt */
#define SCHED_BALANCE_SLICES 10 /* between two of a CPU's calls of sched_rebalance() */

/* A node of a balanced tree in order of @key; @least is the least @value below it (tree.c). */
struct sched_node {
	struct sched_node *child[2], *parent;
	u64 key, value, least;
	unsigned int height;
};

struct sched_tree {
	struct sched_node *root;
};

enum sched_class { SCHED_FAIR, SCHED_RESERVED };

/* Where an entity is; all but ASLEEP count as runnable, all but these and THROTTLED compete. */
enum sched_state { SCHED_ASLEEP, SCHED_READY, SCHED_URGENT, SCHED_RUNNING, SCHED_THROTTLED };

/* Whether an entity goes before the others of its class: for its first moment, and as long as that
 * delays nobody who is urgent or late. */
enum sched_urgency { SCHED_NOT_URGENT, SCHED_URGENT_NOW, SCHED_URGENT_ON };

struct sched_queue;

/**
 * struct sched_entity - what the policy knows of a thread; embedded in it
 * @class:	reserved, or fair
 * @state:	where it is
 * @weight:	its share in the fair class, relative to those of others
 * @cap:	percent of a CPU that it may use; 0: no cap
 * @affinity:	bit n: it may run on CPU n
 * @queue:	where it is, or was when it went to sleep; NULL before its first
 * @owed:	ticks that others worked for it, which it has yet to pay; may be shared
 * @debt:	what @owed points to by default
 * @node:	in one of the queue's trees when READY or THROTTLED
 * @link:	in the queue's list when URGENT, or in @coming when READY and @comes
 * @v:		virtual time that it has received, and the @part that is not a whole unit yet
 * @deadline:	virtual time by which its present request is to be served
 * @length:	virtual length of a request at this weight
 * @lag:	when not competing: how far it was behind the queue's virtual time
 * @left_at, @left_weight: that virtual time and the others' weight, just after it left
 * @arrived:	when it came to @queue
 * @event:	of the current one: an event has come that it does not see before the next pick
 * @comes:	an event has come while it was ahead of its share: it is urgent once it is not
 * @urgent:	it goes before the others since its event, for @urgent_left ticks
 * @budget, @period: of its server: @budget ticks in each @period; no server if 0
 * @left:	of the budget; negative after an overrun
 * @renew:	end of the present period: the deadline of a reserved entity
 */
struct sched_entity {
	enum sched_class class;
	enum sched_state state;
	u32 weight, cap;
	u64 affinity;
	struct sched_queue *queue;
	u64 *owed, debt;
	struct sched_node node;
	struct list link;
	u64 v, part, deadline, length;
	s64 lag;
	u64 left_at, left_weight, arrived;
	bool comes, event;
	enum sched_urgency urgent;
	u64 urgent_left;
	u64 budget, period;
	s64 left;
	u64 renew;
};

/**
 * struct sched_queue - the entities of one CPU
 * @cpu:	its index
 * @fair:	READY ones by virtual deadline, least virtual time per subtree
 * @urgent:	those that woke entitled to run, first in first out
 * @coming:	READY ones in order of the virtual time from which they are entitled
 * @reserved:	READY ones by deadline
 * @throttled:	of both classes, by the time when their budget is renewed
 * @current:	whom the CPU's time is charged to; NULL: the CPU is idle
 * @visitor:	runs in place of @current, and of its time, until @visit_end
 * @owner:	has the CPU to itself
 * @yielded:	@current lets all others go first
 * @since:	until when time has been charged
 * @v:		virtual time: the mean of the competing ones' by weight, whose fraction is
 *		@fraction / @weight
 * @weight:	sum of competing fair entities, the running one included
 * @count:	competing entities of both classes, the running one included
 * @utilization: what reservations have of this CPU, in units of SCHED_WHOLE
 * @returned:	the part of it that is free once it is @returned_at
 */
struct sched_queue {
	unsigned int cpu;
	struct sched_tree fair;
	struct list urgent, coming;
	struct sched_tree reserved;
	struct sched_tree throttled;
	struct sched_entity *current, *visitor, *owner;
	u64 visit_end;
	bool yielded;
	u64 since;
	u64 v;
	s64 fraction;
	u64 weight;
	unsigned int count;
	u64 utilization, returned, returned_at;
};

/** sched_policy_init() - before all else: a slice, the bound of a fair entity's lag, has so many ticks. */
void sched_policy_init(u64 slice);
/** sched_queue_init() - nothing is on CPU @cpu, and the time is @now. */
void sched_queue_init(struct sched_queue *q, unsigned int cpu, u64 now);
/** sched_entity_init() - asleep, in the fair class with the default weight, allowed on all CPUs. */
void sched_entity_init(struct sched_entity *e);

/* Running. The caller switches to what sched_pick() returns, and comes back at sched_until(). */

/** sched_charge() - charge time until @now to the current entity. Others of these functions do so first. */
void sched_charge(struct sched_queue *q, u64 now);
/** sched_exclude() - @ticks of the time since the last charge were not the current entity's. */
void sched_exclude(struct sched_queue *q, u64 ticks);
/**
 * sched_owe() - charge @ticks of work that was done for @e elsewhere: in interrupts, I/O, timers
 * It pays when it competes next, at most nine tenths of what it gets. Needs no lock.
 */
void sched_owe(struct sched_entity *e, u64 ticks);
/**
 * sched_enqueue() - @e becomes runnable on @q; @woken: by an event, rather than moved or new
 * The caller asks sched_preempts() then. If not, @q's CPU asks sched_until() again: one that was
 * alone had no end of its request.
 */
void sched_enqueue(struct sched_queue *q, struct sched_entity *e, u64 now, bool woken);
/**
 * sched_urge() - an event has come for @e: as if it woke now, if it waits for its turn
 * It goes before the others as soon as it is not ahead of its share. Return: whether the caller has to ask
 * sched_preempts(), and sched_until() if not.
 */
bool sched_urge(struct sched_entity *e, u64 now);
/**
 * sched_urge_current() - an event that the current entity does not see before the next sched_pick()
 * If others go first then, it is as if sched_urge() were called when it has made room.
 */
void sched_urge_current(struct sched_queue *q);
/** sched_dequeue() - @e, of whatever state, is no longer runnable: asleep, dead, or to be moved. */
void sched_dequeue(struct sched_queue *q, struct sched_entity *e, u64 now);
/** sched_pick() - which entity runs from now on, NULL: none can, and sched_until() then in @until. */
struct sched_entity *sched_pick(struct sched_queue *q, u64 now, u64 *until);
/** sched_until() - when to call sched_pick() again if nothing happens; SCHED_NEVER if not at all. */
u64 sched_until(const struct sched_queue *q, u64 now);
/** sched_preempts() - whether what runs has to make room at once: after sched_enqueue() and changes. */
bool sched_preempts(struct sched_queue *q, u64 now);
/** sched_yield_current() - the next sched_pick() prefers all others to the current entity. */
void sched_yield_current(struct sched_queue *q, u64 now);
/**
 * sched_visit() - directed yield: let @target run of the current entity's time
 * For a tenth of a slice at most. Nobody else waits longer: the current entity's request ends when
 * it would have, and continues when @target's visit is over. Return: whether @target is ready on @q;
 * sched_pick() then returns it.
 */
bool sched_visit(struct sched_queue *q, struct sched_entity *target, u64 now);

/* Changes at run time, in any state of @e. The caller then asks sched_preempts(). */

/** sched_set_weight() - 1 to SCHED_WEIGHT_MAX; its lag stays. */
void sched_set_weight(struct sched_entity *e, u32 weight, u64 now);
/** sched_set_cap() - to @percent of a CPU; 0 or >= 100: none. Not for reserved entities. */
void sched_set_cap(struct sched_entity *e, u32 percent, u64 now);
/**
 * sched_reserve() - give @e @budget ticks in each @period of @q's CPU; @budget 0: fair again
 * @e is on @q or asleep, and has no reservation on another queue. It stays on @q. If it has one here
 * and has used some of it, the new one begins with the next period, as does what others may reserve of
 * what was returned. Return: -EINVAL if no such reservation makes sense, -ENOSPC if too little is left.
 */
__must_check int sched_reserve(struct sched_queue *q, struct sched_entity *e, u64 budget,
			       u64 period, u64 now);
/**
 * sched_can_reserve() - whether sched_reserve() would give @e that; @e may be anywhere
 * Return: 0, -EINVAL or -ENOSPC likewise.
 */
__must_check int sched_can_reserve(struct sched_queue *q, const struct sched_entity *e, u64 budget,
				   u64 period, u64 now);
/**
 * sched_claim() - @e, wherever it is, has @q's CPU to itself from now on
 * Others that are there are to move: see sched_evicted(). False if the CPU has an owner or
 * reservations, or another entity there may run on none of the CPUs of the mask @elsewhere.
 */
__must_check bool sched_claim(struct sched_queue *q, struct sched_entity *e, u64 elsewhere);
/** sched_evicted() - one of @q that has to move to a CPU of @elsewhere, as it is not the owner; or NULL. */
struct sched_entity *sched_evicted(struct sched_queue *q, u64 elsewhere);
/** sched_release() - no longer. */
void sched_release(struct sched_queue *q);

/* Admission. */

#define SCHED_WHOLE	   (1u << 24)			  /* all of a CPU */
#define SCHED_RESERVED_MAX ((SCHED_WHOLE * 19 + 19) / 20) /* what can be reserved of it: 95 % */
#define SCHED_PERIOD_MAX   ((u64)1 << 36)		  /* ticks */

/** sched_utilization() - what @budget in each @period is of a CPU, rounded up. */
u64 sched_utilization(u64 budget, u64 period);
/** sched_admit() - whether that fits a CPU of which @reserved is taken. */
bool sched_admit(u64 reserved, u64 budget, u64 period);

/*
 * Balance. The caller has an array of the loads of CPUs 0 to @n - 1, read without their locks, and
 * looks again under the lock. To move an entity is to dequeue it there and to enqueue it here: it
 * neither loses its lag nor gains by it.
 */

/**
 * struct sched_load - of a CPU, for decisions
 * @weight, @count, @utilization, @owner: as in struct sched_queue
 * @online:	entities may be placed on it
 */
struct sched_load {
	u64 weight;
	unsigned int count;
	u64 utilization;
	const struct sched_entity *owner;
	bool online;
};

/** sched_load_read() - of a CPU that is online. Needs no lock. */
void sched_load_read(const struct sched_queue *q, struct sched_load *load);
/** sched_place() - the CPU on which @e, which is asleep, should become runnable; @n: there is none. */
unsigned int sched_place(const struct sched_load *load, unsigned int n,
			 const struct sched_entity *e);
/** sched_place_reserved() - the CPU for such a reservation of @e; @n: it fits none. */
unsigned int sched_place_reserved(const struct sched_load *load, unsigned int n,
				  const struct sched_entity *e, u64 budget, u64 period);
/**
 * sched_busiest() - from which CPU @cpu, which is idle, should pull an entity; @n: none
 * @tried: bit n: not from CPU n.
 */
unsigned int sched_busiest(const struct sched_load *load, unsigned int n, unsigned int cpu,
			   u64 tried);
/** sched_movable() - an entity that waits on @q and may run on a CPU of the mask @cpus; NULL: none. */
struct sched_entity *sched_movable(struct sched_queue *q, u64 cpus);
/**
 * sched_rebalance() - an entity that should move from @from to @to, now and then; NULL: none
 * Each CPU calls this every SCHED_BALANCE_SLICES slices for the busiest other CPU. Both locks are held.
 */
struct sched_entity *sched_rebalance(struct sched_queue *from, const struct sched_queue *to,
				     u64 now);

#endif
