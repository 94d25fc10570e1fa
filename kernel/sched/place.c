// SPDX-License-Identifier: Apache-2.0
/* Threads between CPUs: where one that wakes runs, and what an idle CPU takes from others. */
#include <lodge/arch.h>
#include <asm/barrier.h>
#include "internal.h"

/* CPUs that have nothing to run. Who takes a bit out has a thread for that CPU, and tells it. */
static u64 idle_cpus;

struct cpu *runq_lock_of(struct thread *t) __no_thread_safety
{
	for (;;) {
		struct cpu *c = READ_ONCE(t->cpu);

		spin_lock(&c->runq_lock);
		/* ACQUIRE: what was done to it with another CPU's lock held; see place(). */
		if (likely(c == __atomic_load_n(&t->cpu, __ATOMIC_ACQUIRE)))
			return c;
		spin_unlock(&c->runq_lock);
	}
}

/* ---- idle CPUs ---- */

void idle_begin(struct cpu *c)
{
	if (unlikely(READ_ONCE(c->runq.owner)))
		return;
	if (READ_ONCE(idle_cpus) >> c->id & 1)
		return;
	__atomic_fetch_or(&idle_cpus, BIT(c->id), __ATOMIC_RELAXED);
	/* Seen to be idle before it looks for work: see tell_idle(). */
	smp_mb();
}

void idle_end(struct cpu *c)
{
	if (READ_ONCE(idle_cpus) >> c->id & 1)
		__atomic_fetch_and(&idle_cpus, ~BIT(c->id), __ATOMIC_RELAXED);
}

static bool claim_idle(unsigned int cpu)
{
	return __atomic_fetch_and(&idle_cpus, ~BIT(cpu), __ATOMIC_RELAXED) >> cpu & 1;
}

/* One of the idle CPUs that @t may run on, best the one that it was on; NULL: there is none. */
static struct cpu *find_idle(const struct thread *t)
{
	u64 idle = READ_ONCE(idle_cpus) & READ_ONCE(t->se.affinity);
	unsigned int cpu = t->cpu->id;

	while (idle) {
		if (!(idle >> cpu & 1))
			cpu = ctz64(idle);
		if (claim_idle(cpu))
			return cpu_get(cpu);
		idle &= ~BIT(cpu);
	}
	return NULL;
}

void tell_idle(u64 affinity)
{
	u64 idle;

	/*
	 * The thread is in its queue before this look. A CPU that becomes idle sets its bit before it
	 * looks into the queues: one of the two sees the other.
	 */
	smp_mb();
	for (idle = READ_ONCE(idle_cpus) & affinity; idle; idle &= idle - 1)
		if (claim_idle(ctz64(idle))) {
			arch_cpu_kick(cpu_get(ctz64(idle)));
			return;
		}
}

/* ---- placing ---- */

bool may_run(const struct thread *t, const struct cpu *c)
{
	const struct sched_entity *owner = READ_ONCE(c->runq.owner);

	if (unlikely(t->home))
		return t->home == c;
	return READ_ONCE(t->se.affinity) >> c->id & 1 && (!owner || owner == &t->se);
}

unsigned int read_loads(void)
{
	struct sched_load *load = this_cpu()->loads;
	unsigned int n = cpu_count(), i;

	for (i = 0; i < n; i++)
		sched_load_read(&cpu_get(i)->runq, &load[i]);
	return n;
}

/* As the policy says, by what the CPUs last knew; @t's own, if it may run on none. */
static __noinline struct cpu *best_cpu(const struct thread *t)
{
	unsigned int n = read_loads(), best = sched_place(this_cpu()->loads, n, &t->se);

	return best < n ? cpu_get(best) : t->cpu;
}

struct cpu *choose_cpu(const struct thread *t)
{
	struct cpu *c;

	if (unlikely(t->home))
		return t->home;
	c = find_idle(t);
	if (c)
		return c;
	/* Where it was, much of what it needs may still be; a new one has been nowhere. */
	if (t->se.queue && may_run(t, t->cpu))
		return t->cpu;
	return best_cpu(t);
}

bool must_look(struct cpu *c, u64 now)
{
	return c->current == c->idle || sched_preempts(runq(c), now) ||
	       sched_until(&c->runq, now) < c->until;
}

void look_again(struct cpu *c)
{
	WRITE_ONCE(c->resched, true);
	if (c != this_cpu())
		arch_cpu_kick(c);
	else
		thread_slice_over();
}

void place(struct thread *t, struct cpu *from, struct cpu *to, bool woken) __no_thread_safety
{
	bool look, waits;
	u64 now;

	while (from != to) {
		/* RELEASE: who finds it here with the lock of @to held has not held that of @from. */
		__atomic_store_n(&t->cpu, to, __ATOMIC_RELEASE);
		spin_unlock(&from->runq_lock);
		spin_lock(&to->runq_lock);
		from = to;
		/* It may have been told where to run meanwhile. */
		if (unlikely(!may_run(t, to)))
			to = choose_cpu(t);
	}
	now = time_now();
	/* One that is moved has waited since before, or since leave(). */
	if (woken)
		t->ready_since = now;
	sched_enqueue(runq(to), &t->se, now, woken);
	look = must_look(to, now);
	waits = to->current != to->idle;
	spin_unlock(&to->runq_lock);
	if (look)
		look_again(to);
	if (waits)
		tell_idle(READ_ONCE(t->se.affinity));
}

__no_thread_safety void thread_make_ready(struct thread *t)
{
	unsigned long flags;
	struct cpu *c;

	smp_mb(); /* what the caller made true before the state: see thread_block_begin() */
	if (READ_ONCE(t->state) != THREAD_BLOCKED)
		return;
	flags = arch_irq_save();
	c = runq_lock_of(t);
	if (READ_ONCE(t->state) != THREAD_BLOCKED) {
		spin_unlock(&c->runq_lock);
	} else if (c->current == t) {
		/* It has not gone to sleep yet, and does not. */
		WRITE_ONCE(t->state, THREAD_RUNNING);
		spin_unlock(&c->runq_lock);
	} else {
		WRITE_ONCE(t->state, THREAD_READY);
		place(t, c, choose_cpu(t), true);
	}
	arch_irq_restore(flags);
}

__no_thread_safety void thread_urge(struct thread *t)
{
	unsigned long flags = arch_irq_save();
	struct cpu *c = runq_lock_of(t);
	bool look = false;
	u64 now;

	if (READ_ONCE(t->state) == THREAD_READY) {
		now = time_now();
		(void)runq(c);
		look = sched_urge(&t->se, now) && must_look(c, now);
	}
	spin_unlock(&c->runq_lock);
	if (look)
		look_again(c);
	arch_irq_restore(flags);
}

/* ---- moving ---- */

/* @t, which waits in the queue of @from, whose lock is held, goes to @to. */
static void move(struct thread *t, struct cpu *from, struct cpu *to) __no_thread_safety
{
	sched_dequeue(runq(from), &t->se, time_now());
	place(t, from, to, false);
}

static bool pull_from(struct cpu *c, struct cpu *from) __no_thread_safety
{
	struct thread *t;

	spin_lock(&from->runq_lock);
	t = thread_of(sched_movable(&from->runq, BIT(c->id)));
	if (!t || t == from->current) {
		spin_unlock(&from->runq_lock);
		return false;
	}
	move(t, from, c);
	return true;
}

static __noinline bool pull_from_busiest(struct cpu *c, unsigned int n)
{
	unsigned int from;
	u64 tried = 0;

	read_loads();
	while ((from = sched_busiest(this_cpu()->loads, n, c->id, tried)) < n) {
		if (pull_from(c, cpu_get(from)))
			return true;
		tried |= BIT(from);
	}
	return false;
}

bool pull(struct cpu *c)
{
	unsigned int n = cpu_count();

	return n > 1 && !READ_ONCE(c->runq.owner) && pull_from_busiest(c, n);
}

/* The CPU with the least to do, other than @c. */
static struct cpu *idlest(const struct cpu *c)
{
	struct cpu *best = NULL, *other;
	unsigned int i;

	for (i = 0; i < cpu_count(); i++) {
		other = cpu_get(i);
		if (other != c &&
		    (!best || READ_ONCE(other->runq.weight) < READ_ONCE(best->runq.weight)))
			best = other;
	}
	return best;
}

void balance(struct cpu *c) __no_thread_safety
{
	struct cpu *to = cpu_count() > 1 ? idlest(c) : NULL;
	struct thread *t = NULL;
	u64 now = time_now();

	c->balance_at = now + SCHED_BALANCE_SLICES * slice_ticks;
	if (!to || READ_ONCE(to->runq.weight) >= READ_ONCE(c->runq.weight))
		return;
	/* Two locks of a kind: the CPU with the lower number first. */
	spin_lock(c->id < to->id ? &c->runq_lock : &to->runq_lock);
	spin_lock(c->id < to->id ? &to->runq_lock : &c->runq_lock);
	t = thread_of(sched_rebalance(runq(c), runq(to), now));
	spin_unlock(&to->runq_lock);
	if (t && t != c->current)
		move(t, c, to);
	else
		spin_unlock(&c->runq_lock);
}

void push_away(struct cpu *c, struct thread *t) __no_thread_safety
{
	spin_lock(&c->runq_lock);
	place(t, c, choose_cpu(t), false);
}
