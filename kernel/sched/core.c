// SPDX-License-Identifier: Apache-2.0
/* Threads on one CPU: made, switched between, put to sleep, ended. */
#include <lodge/arch.h>
#include <lodge/hostmap.h>
#include <lodge/init.h>
#include <lodge/irqsoff.h>
#include <lodge/printf.h>
#include <lodge/printk.h>
#include <lodge/slab.h>
#include <lodge/string.h>
#include <asm/barrier.h>
#include <asm/stack.h>
#include "internal.h"

#define SLICE_US     1000
#define ALONE_SLICES 10

u64 slice_ticks;

static struct sched_load boot_loads[CONFIG_NR_CPUS];
static struct thread boot_idle; /* what the boot CPU runs on from the start */

static void idle_setup(struct cpu *c, struct thread *idle)
{
	scnprintf(idle->name, sizeof(idle->name), "idle");
	idle->cpu = c;
	idle->state = THREAD_RUNNING;
	c->idle = idle;
	c->current = idle;
	sched_queue_init(&c->runq, c->id, time_now());
}

void threads_init(void)
{
	slice_ticks = time_from_us(SLICE_US);
	sched_policy_init(slice_ticks);
	this_cpu()->loads = boot_loads;
	idle_setup(this_cpu(), &boot_idle);
}

struct thread *thread_create_idle(struct cpu *c)
{
	struct thread *t = kzalloc(sizeof(*t));

	c->loads = kzalloc(CONFIG_NR_CPUS * sizeof(*c->loads));
	if (!t || !c->loads) {
		kfree(t);
		return NULL;
	}
	idle_setup(c, t);
	return t;
}

struct thread *thread_current(void)
{
	return this_cpu()->current;
}

bool thread_can_sleep(void)
{
	struct cpu *c = this_cpu();

	return c->current && c->current != c->idle;
}

void thread_set_preempt(u32 *word, u32 bits)
{
	struct thread *t = thread_current();

	t->preempt_bits = bits;
	t->preempt_word = word;
	/* A slice that ended before there was a word to say so is over all the same. */
	if (READ_ONCE(this_cpu()->resched))
		thread_slice_over();
}

void thread_set_account(struct time_account *account)
{
	unsigned long flags = arch_irq_save();
	struct cpu *c = this_cpu();
	struct thread *t = c->current;

	t->account = account;
	/* Whoever charges the thread holds the lock, on any CPU: nobody looks at @account after this. */
	spin_lock(&c->runq_lock);
	t->se.owed = account ? &account->owed : &t->se.debt;
	spin_unlock(&c->runq_lock);
	arch_irq_restore(flags);
}

void thread_slice_over(void)
{
	struct thread *t = thread_current();

	if (t->preempt_word)
		__atomic_fetch_or(t->preempt_word, t->preempt_bits, __ATOMIC_RELAXED);
}

/* ---- switching ---- */

static void bury(struct thread *dead)
{
	strike(dead);
	host_stack_free(dead->stack, STACK_PAGES);
	if (dead->joinable)
		complete(&dead->dead); /* the last that is done with it */
	else
		kfree(dead);
}

/* What the thread before @t has left to be done. */
static __noinline __no_thread_safety void finish_last(struct cpu *c, struct thread *t)
{
	struct thread *dead = t->reap, *moving = t->moving;

	t->reap = NULL;
	t->moving = NULL;
	spin_unlock(&c->runq_lock);
	if (dead)
		bury(dead);
	if (moving)
		push_away(c, moving);
}

/*
 * Ends the switch that brought the running thread here: schedule() left the lock held. So nobody
 * runs a thread elsewhere before its registers are saved.
 */
static __no_thread_safety void finish_switch(struct cpu *c)
{
	struct thread *t = c->current;

	if (unlikely((u64)t->reap | (u64)t->moving))
		finish_last(c, t);
	else
		spin_unlock(&c->runq_lock);
}

/* First instruction of every thread, on its own stack, interrupts off. */
static void thread_entry(void)
{
	struct thread *t = thread_current();

	finish_switch(this_cpu());
	arch_irq_enable();
	t->fn(t->arg);
	thread_exit();
}

/* What becomes of @prev, which the CPU leaves. */
static void leave(struct cpu *c, struct thread *prev, struct thread *next, u64 now)
{
	if (prev->state == THREAD_RUNNING && prev != c->idle) {
		WRITE_ONCE(prev->state, THREAD_READY);
		prev->ready_since = now;
		/* It was taken out of the queue while it ran. */
		if (unlikely(prev->se.state == SCHED_ASLEEP))
			next->moving = prev;
	} else if (prev->state == THREAD_DEAD) {
		next->reap = prev;
	}
}

static __always_inline void enter(struct cpu *c, struct thread *next, u64 now, u64 until)
{
	/* Also one that is alone is looked at now and then, unless the CPU is its own. */
	if (until == SCHED_NEVER && next != c->idle && !c->runq.owner)
		until = now + ALONE_SLICES * slice_ticks;

	/* It may have become ready by another CPU's clock, which may differ a little. */
	if (next->state == THREAD_READY && (s64)(now - next->ready_since) > 0)
		WRITE_ONCE(next->waited, next->waited + (now - next->ready_since));
	WRITE_ONCE(next->state, THREAD_RUNNING);
	c->until = until;
	timer_set_slice(until == SCHED_NEVER ? 0 : until);
}

/* From @prev to whose turn it is. Interrupts are off, and the queue's lock held. */
static __always_inline __no_thread_safety void switch_to_next(struct cpu *c, struct thread *prev,
							      u64 now)
{
	u64 until;
	struct thread *next = thread_of(sched_pick(runq(c), now, &until));

	if (!next)
		next = c->idle;
	WRITE_ONCE(c->resched, false);
	if (next != prev)
		leave(c, prev, next, now);
	enter(c, next, now, until);
	if (next == prev) {
		spin_unlock(&c->runq_lock);
		return;
	}
	charge_until(c, now);
	WRITE_ONCE(c->current, next);
	arch_context_switch(&prev->ctx, &next->ctx);
	finish_switch(this_cpu());
}

/* @t, which runs, lets others go first; one that is on a visit lets its host go on. */
static void yield_to_others(struct cpu *c, struct thread *t, u64 now) __must_hold(c->runq_lock)
{
	struct sched_queue *q = runq(c);

	if (q->current == &t->se)
		sched_yield_current(q, now);
	else if (q->current)
		(void)sched_visit(q, q->current, now);
}

/* Interrupts are off. The running thread's state says what becomes of it. */
static __no_thread_safety void schedule(bool yield)
{
	struct cpu *c = this_cpu();
	struct thread *prev = c->current;
	u64 now;

	lock_may_sleep();
	spin_lock(&c->runq_lock);
	now = time_now();
	if (prev == c->idle)
		idle_end(c);
	else if (unlikely(prev->se.state == SCHED_ASLEEP))
		(void)runq(c); /* it is to leave the CPU, and no longer in its queue */
	else if (prev->state != THREAD_RUNNING)
		sched_dequeue(runq(c), &prev->se, now);
	else if (yield)
		yield_to_others(c, prev, now);
	switch_to_next(c, prev, now);
}

void thread_yield(void)
{
	unsigned long flags = arch_irq_save();

	schedule(true);
	arch_irq_restore(flags);
}

__no_thread_safety void thread_urge_self(void)
{
	struct cpu *c = this_cpu();

	spin_lock(&c->runq_lock);
	/* Who is on a visit waits in the queue like others. */
	if (c->runq.current == &c->current->se)
		sched_urge_current(runq(c));
	else
		(void)sched_urge(&c->current->se, time_now());
	spin_unlock(&c->runq_lock);
}

void thread_resched(void)
{
	unsigned long flags = arch_irq_save();
	struct cpu *c = this_cpu();

	if (time_now() >= c->balance_at)
		balance(c);
	schedule(false);
	arch_irq_restore(flags);
}

__no_thread_safety void thread_visit(struct thread *t)
{
	unsigned long flags = arch_irq_save();
	struct cpu *c = this_cpu();
	u64 now;

	spin_lock(&c->runq_lock);
	now = time_now();
	if (READ_ONCE(t->cpu) == c && t != c->current && t->state == THREAD_READY &&
	    sched_visit(runq(c), &t->se, now))
		switch_to_next(c, c->current, now);
	else
		spin_unlock(&c->runq_lock);
	arch_irq_restore(flags);
}

void thread_make_room(void)
{
	if (READ_ONCE(this_cpu()->resched))
		thread_resched();
}

/* ---- sleeping ---- */

void thread_block_begin(void)
{
	WRITE_ONCE(thread_current()->state, THREAD_BLOCKED);
	smp_mb(); /* the state before the last look at the condition; thread_make_ready() has the other */
}

void thread_block_end(void)
{
	struct cpu *c = this_cpu();

	spin_lock(&c->runq_lock);
	/* Somebody may have woken it already. */
	WRITE_ONCE(c->current->state, THREAD_RUNNING);
	spin_unlock(&c->runq_lock);
}

void thread_block(void)
{
	schedule(false);
}

/* ---- the first and the last of a thread ---- */

static struct thread *create(const char *name, void (*fn)(void *arg), void *arg, struct cpu *c)
{
	struct thread *t = kzalloc(sizeof(*t));

	if (!t)
		return NULL;
	t->stack = host_stack_alloc(STACK_PAGES);
	if (!t->stack) {
		kfree(t);
		return NULL;
	}
	scnprintf(t->name, sizeof(t->name), "%s", name);
	t->fn = fn;
	t->arg = arg;
	t->cpu = c;
	t->state = THREAD_BLOCKED;
	sched_entity_init(&t->se);
	completion_init(&t->dead);
	arch_context_init(&t->ctx, t->stack, thread_entry);
	enroll(t);
	return t;
}

struct thread *thread_create(const char *name, void (*fn)(void *arg), void *arg, unsigned int cpu)
{
	struct thread *t = create(name, fn, arg, cpu_get(cpu));

	if (t)
		WRITE_ONCE(t->se.affinity, BIT(cpu));
	return t;
}

struct thread *thread_create_any(const char *name, void (*fn)(void *arg), void *arg)
{
	struct thread *t = create(name, fn, arg, this_cpu());

	if (t)
		t->joinable = true;
	return t;
}

void thread_start(struct thread *t)
{
	thread_make_ready(t);
}

void thread_exit(void)
{
	if (IS_ENABLED(CONFIG_DEBUG_LOCKS))
		lock_debug_thread_exit();
	arch_irq_disable();
	retire(thread_current());
	schedule(false);
	BUG(); /* nobody makes a dead thread ready */
}

void thread_join(struct thread *t)
{
	completion_wait(&t->dead);
	kfree(t);
}

void thread_idle(void)
{
	struct cpu *c = this_cpu();

	for (;;) {
		arch_irq_disable();
		schedule(false);
		for (;;) {
			/* Each time: who was about to give it a thread may have found none. */
			idle_begin(c);
			if (READ_ONCE(c->resched) || pull(c))
				break;
			/* Waiting keeps nobody waiting. */
			trace_irqs_on();
			arch_cpu_wait();
			trace_irqs_off();
			arch_irq_enable();
			arch_irq_disable();
		}
		arch_irq_enable();
	}
}
