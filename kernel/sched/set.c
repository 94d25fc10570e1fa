// SPDX-License-Identifier: Apache-2.0
/* Changes at run time of what a thread is entitled to, whatever it does and on whichever CPU. */
#include <lodge/arch.h>
#include <lodge/errno.h>
#include <lodge/printk.h>
#include "internal.h"

/*
 * All threads but the idle ones, and which CPUs have an owner: each thread, also one that sleeps, may
 * run on some CPU that has none, or has a home.
 */
static struct list threads = LIST_INIT(threads);
static struct spinlock claim_lock = SPINLOCK_INIT_RANKED("claim_lock", 0);

/* ---- locks ---- */

static u64 mask_of(const struct cpu *c)
{
	return c ? BIT(c->id) : 0;
}

/* Several locks of a kind: the CPU with the lowest number first. */
static void lock_cpus(u64 set) __no_thread_safety
{
	for (; set; set &= set - 1)
		spin_lock(&cpu_get(ctz64(set))->runq_lock);
}

static void unlock_cpus(u64 set) __no_thread_safety
{
	for (; set; set &= set - 1)
		spin_unlock(&cpu_get(ctz64(set))->runq_lock);
}

/*
 * Locks the queue of the CPU that @t belongs to, that of its home, if it has one, and those of the
 * CPUs in @others. Interrupts are off. Return: all of these CPUs, for unlock_cpus().
 */
static u64 lock_thread(struct thread *t, u64 others)
{
	for (;;) {
		struct cpu *c = READ_ONCE(t->cpu), *home = READ_ONCE(t->home);
		u64 set = mask_of(c) | mask_of(home) | others;

		lock_cpus(set);
		/* ACQUIRE: see place() */
		if (likely(c == __atomic_load_n(&t->cpu, __ATOMIC_ACQUIRE) &&
			   home == READ_ONCE(t->home)))
			return set;
		unlock_cpus(set);
	}
}

/* ---- after a change ---- */

/*
 * @t has been taken out of the queue of its CPU, whose lock is held and released here: it goes where
 * it may run. If it runs, it does so until its CPU looks, and switch_to_next() sends it on.
 */
static void send_on(struct thread *t, struct cpu *c) __no_thread_safety
{
	if (c->current == t)
		spin_unlock(&c->runq_lock);
	else
		place(t, c, choose_cpu(t), false);
	/* What runs there may be on a visit to it. */
	look_again(c);
}

/* What @t is entitled to has changed. The lock of its CPU is held and released here. */
static void changed(struct thread *t, struct cpu *c) __no_thread_safety
{
	u64 now = time_now(), affinity = t->se.affinity;
	bool look, waits;

	/* It sleeps, or is on its way: what becomes of it is decided when it wakes or arrives. */
	if (t->se.state == SCHED_ASLEEP) {
		spin_unlock(&c->runq_lock);
		return;
	}
	if (!may_run(t, c)) {
		sched_dequeue(runq(c), &t->se, now);
		send_on(t, c);
		return;
	}
	look = must_look(c, now);
	waits = c->current != t;
	spin_unlock(&c->runq_lock);
	if (look)
		look_again(c);
	if (waits)
		tell_idle(affinity);
}

/* The CPUs but @c that have no owner. */
static u64 cpus_for_all(const struct cpu *c)
{
	unsigned int i;
	u64 set = 0;

	for (i = 0; i < cpu_count(); i++)
		if (cpu_get(i) != c && !READ_ONCE(cpu_get(i)->runq.owner))
			set |= BIT(i);
	return set;
}

/* ---- of the fair class ---- */

static __no_thread_safety void set_fair(struct thread *t, u32 value,
					void (*set)(struct sched_entity *e, u32 value, u64 now))
{
	unsigned long flags = arch_irq_save();
	struct cpu *c = runq_lock_of(t);

	(void)runq(c);
	set(&t->se, value, time_now());
	changed(t, c);
	arch_irq_restore(flags);
}

void thread_set_weight(struct thread *t, u32 weight)
{
	set_fair(t, weight, sched_set_weight);
}

void thread_set_cap(struct thread *t, u32 percent)
{
	set_fair(t, percent, sched_set_cap);
}

__no_thread_safety int thread_set_affinity(struct thread *t, u64 cpus)
{
	unsigned long flags;
	struct cpu *c;
	int err = 0;

	if (!(cpus & (BIT(cpu_count()) - 1)))
		return -EINVAL;
	flags = arch_irq_save();
	spin_lock(&claim_lock);
	c = runq_lock_of(t);
	if (t->home ? !(cpus & mask_of(t->home)) : !(cpus & cpus_for_all(NULL)))
		err = -EBUSY;
	else
		WRITE_ONCE(t->se.affinity, cpus);
	changed(t, c);
	spin_unlock(&claim_lock);
	arch_irq_restore(flags);
	return err;
}

/* ---- a home: a reservation, or a CPU of its own ---- */

/* The locks of its CPU and of its home are held. */
static __no_thread_safety void leave_home(struct thread *t)
{
	struct cpu *home = t->home;

	if (!home)
		return;
	if (home->runq.owner == &t->se)
		sched_release(&home->runq);
	else if (sched_reserve(runq(home), &t->se, 0, 0, time_now()))
		BUG(); /* it asks for nothing */
	WRITE_ONCE(t->home, NULL);
}

static bool is_owner(const struct thread *t)
{
	return t->home && t->home->runq.owner == &t->se;
}

/* It has no home any more, if it @owned that or had a reservation there. */
static void give_up(struct thread *t, bool owned)
{
	u64 set = lock_thread(t, 0);
	struct cpu *c = t->cpu, *home = is_owner(t) == owned ? t->home : NULL;

	if (home)
		leave_home(t);
	unlock_cpus(set & ~mask_of(c));
	changed(t, c);
	/* Others may run there now, and are to have their turns. */
	if (home)
		look_again(home);
}

/*
 * Makes @home, whose lock is held, the home of @t: if that is in another CPU's queue it leaves it.
 * Return: whether it has, for settle().
 */
static __no_thread_safety bool move_out(struct thread *t, struct cpu *home)
{
	struct cpu *c = t->cpu;

	WRITE_ONCE(t->home, home);
	if (c == home || t->se.state == SCHED_ASLEEP)
		return false;
	sched_dequeue(runq(c), &t->se, time_now());
	return true;
}

/* Afterwards, with the lock of its CPU held, which is released. */
static void settle(struct thread *t, struct cpu *c, bool moves)
{
	if (moves)
		send_on(t, c);
	else
		changed(t, c);
}

/* Why @t can't have that reservation on @home; the locks are held. */
static __no_thread_safety int refuse(struct thread *t, struct cpu *home, u64 budget, u64 period)
{
	if (READ_ONCE(t->state) == THREAD_DEAD || is_owner(t))
		return -EBUSY;
	if (!(t->se.affinity & mask_of(home)))
		return -ENOSPC;
	return sched_can_reserve(runq(home), &t->se, budget, period, time_now());
}

static __no_thread_safety int reserve_on(struct thread *t, struct cpu *home, u64 budget, u64 period)
{
	u64 set = lock_thread(t, mask_of(home));
	struct cpu *c = t->cpu;
	bool moves;
	int err = refuse(t, home, budget, period);

	if (err) {
		unlock_cpus(set);
		return err;
	}
	if (t->home != home)
		leave_home(t);
	moves = move_out(t, home);
	if (sched_reserve(runq(home), &t->se, budget, period, time_now()))
		BUG(); /* sched_can_reserve() has said so, and the lock has been held since */
	unlock_cpus(set & ~mask_of(c));
	settle(t, c, moves);
	return 0;
}

/* Where it is, or else on the CPU of which most is left. */
static int reserve(struct thread *t, u64 budget, u64 period)
{
	struct cpu *home = READ_ONCE(t->home);
	int err = home ? reserve_on(t, home, budget, period) : -ENOSPC;
	unsigned int n, cpu;

	if (err != -ENOSPC)
		return err;
	n = read_loads();
	for (;;) {
		cpu = sched_place_reserved(this_cpu()->loads, n, &t->se, budget, period);
		if (cpu == n)
			return -ENOSPC;
		err = reserve_on(t, cpu_get(cpu), budget, period);
		if (err != -ENOSPC)
			return err;
		/* It has less than it seemed. */
		this_cpu()->loads[cpu].online = false;
	}
}

int thread_set_reservation(struct thread *t, u64 budget_ns, u64 period_ns)
{
	u64 budget = time_from_ns(budget_ns), period = time_from_ns(period_ns);
	unsigned long flags;
	int err = 0;

	if (budget_ns && (!budget || budget > period || period > SCHED_PERIOD_MAX))
		return -EINVAL;
	flags = arch_irq_save();
	if (budget)
		err = reserve(t, budget, period);
	else
		give_up(t, false);
	arch_irq_restore(flags);
	return err;
}

u64 thread_reservable(u64 cpus)
{
	unsigned long flags = arch_irq_save();
	const struct sched_load *load = this_cpu()->loads;
	unsigned int n = read_loads(), i;
	u64 most = 0;

	for (i = 0; i < n; i++)
		if (cpus >> i & 1 && !load[i].owner)
			most = max(most, SCHED_RESERVED_MAX - load[i].utilization);
	arch_irq_restore(flags);
	return most;
}

/* All that is not the owner's leaves @c. */
static void evict(struct cpu *c, u64 elsewhere) __no_thread_safety
{
	struct thread *t;

	for (;;) {
		spin_lock(&c->runq_lock);
		t = thread_of(sched_evicted(&c->runq, elsewhere));
		if (!t)
			break;
		sched_dequeue(runq(c), &t->se, time_now());
		send_on(t, c);
	}
	spin_unlock(&c->runq_lock);
	look_again(c);
}

/* Whether there is a thread other than @t that would have no CPU but those outside of @elsewhere. */
static bool is_needed(const struct thread *t, u64 elsewhere)
{
	const struct thread *other;

	list_for_each(other, &threads, all)
		if (other != t && READ_ONCE(other->state) != THREAD_DEAD &&
		    !READ_ONCE(other->home) && !(READ_ONCE(other->se.affinity) & elsewhere))
			return true;
	return false;
}

static int claim(struct thread *t, struct cpu *home)
{
	u64 elsewhere = cpus_for_all(home), set = lock_thread(t, mask_of(home));
	struct cpu *c = t->cpu;
	bool moves;

	if (READ_ONCE(t->state) == THREAD_DEAD || t->home || !(t->se.affinity & mask_of(home)) ||
	    is_needed(t, elsewhere) || !sched_claim(&home->runq, &t->se, elsewhere)) {
		unlock_cpus(set);
		return -EBUSY;
	}
	idle_end(home);
	moves = move_out(t, home);
	unlock_cpus(set & ~mask_of(c));
	settle(t, c, moves);
	evict(home, elsewhere);
	timers_leave(home);
	return 0;
}

/* The CPU where it is, if it can be had, else the next one. */
static int claim_any(struct thread *t)
{
	unsigned int n = cpu_count(), first = READ_ONCE(t->cpu)->id, i, cpu;
	struct cpu *home = READ_ONCE(t->home);
	int err = -EBUSY;

	if (home && READ_ONCE(home->runq.owner) == &t->se)
		return 0;
	spin_lock(&claim_lock);
	for (i = 0; err && i < n; i++) {
		cpu = first + i < n ? first + i : first + i - n;
		if (cpu != SCHED_HOST_CPU && READ_ONCE(t->se.affinity) >> cpu & 1)
			err = claim(t, cpu_get(cpu));
	}
	spin_unlock(&claim_lock);
	return err;
}

int thread_set_exclusive(struct thread *t, bool exclusive)
{
	unsigned long flags = arch_irq_save();
	int err = 0;

	if (exclusive)
		err = claim_any(t);
	else
		give_up(t, true);
	arch_irq_restore(flags);
	return err;
}

void retire(struct thread *t)
{
	u64 set = lock_thread(t, 0);
	struct cpu *home = t->home;

	leave_home(t);
	WRITE_ONCE(t->state, THREAD_DEAD);
	unlock_cpus(set);
	if (home)
		look_again(home);
}

void enroll(struct thread *t)
{
	unsigned long flags = spin_lock_irqsave(&claim_lock);

	list_push(&threads, &t->all);
	spin_unlock_irqrestore(&claim_lock, flags);
}

void strike(struct thread *t)
{
	unsigned long flags = spin_lock_irqsave(&claim_lock);

	list_remove(&t->all);
	spin_unlock_irqrestore(&claim_lock, flags);
}
