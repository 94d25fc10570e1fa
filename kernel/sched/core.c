// SPDX-License-Identifier: Apache-2.0
/* Threads and the round-robin scheduler: one queue per CPU, no migration. */
#include <lodge/arch.h>
#include <lodge/hostmap.h>
#include <lodge/init.h>
#include <lodge/irqsoff.h>
#include <lodge/printf.h>
#include <lodge/printk.h>
#include <lodge/sched.h>
#include <lodge/slab.h>
#include <lodge/smp.h>
#include <lodge/string.h>
#include <lodge/time.h>
#include <asm/barrier.h>
#include <asm/stack.h>

#define SLICE_US 10000
#define VISIT_US 100
#define LEAST_US 1000 /* of a slice that pays for what its owner has borrowed */

static struct thread boot_idle; /* what the boot CPU runs on from the start */
static u64 slice_ticks, visit_ticks, least_ticks;

static void idle_setup(struct cpu *c, struct thread *idle)
{
	scnprintf(idle->name, sizeof(idle->name), "idle");
	idle->cpu = c;
	idle->state = THREAD_RUNNING;
	list_init(&idle->node);
	c->idle = idle;
	c->current = idle;
}

void threads_init(void)
{
	slice_ticks = time_from_us(SLICE_US);
	visit_ticks = time_from_us(VISIT_US);
	least_ticks = time_from_us(LEAST_US);
	idle_setup(this_cpu(), &boot_idle);
}

struct thread *thread_create_idle(struct cpu *c)
{
	struct thread *t = kzalloc(sizeof(*t));

	if (t)
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
	if (this_cpu()->resched)
		thread_slice_over();
}

void thread_set_account(struct time_account *account)
{
	thread_current()->account = account;
}

void thread_slice_over(void)
{
	struct thread *t = thread_current();

	if (t->preempt_word)
		__atomic_fetch_or(t->preempt_word, t->preempt_bits, __ATOMIC_RELAXED);
}

/* Ends the switch that brought the running thread here: schedule() left the lock held. */
static __no_thread_safety void finish_switch(struct cpu *c)
{
	struct thread *dead = c->current->reap;

	spin_unlock(&c->runq_lock);
	if (dead) {
		c->current->reap = NULL;
		host_stack_free(dead->stack, STACK_PAGES);
		kfree(dead);
	}
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

/* The running thread's time until @now is charged. Interrupts are off. */
static void charge_until(struct cpu *c, u64 now)
{
	struct cpu_time *to = c->current->charge;

	/* Without what timers of others took, which is charged to those (timer_interrupt()). */
	now -= c->lent;
	/* Atomic: threads of one VM may run on several CPUs. */
	if (to)
		__atomic_fetch_add(&to->ticks, now - c->charged, __ATOMIC_RELAXED);
	c->charged = now;
}

struct cpu_time *thread_charge(struct cpu_time *to)
{
	unsigned long flags = arch_irq_save();
	struct thread *t = thread_current();
	struct cpu_time *before = t->charge;

	charge_until(this_cpu(), time_now());
	t->charge = to;
	arch_irq_restore(flags);
	return before;
}

u64 cpu_time_read(const struct cpu_time *t)
{
	unsigned long flags = arch_irq_save();

	charge_until(this_cpu(), time_now());
	arch_irq_restore(flags);
	return __atomic_load_n(&t->ticks, __ATOMIC_RELAXED);
}

/* What of its owner's debt a new slice of @t pays, in ticks. */
static u64 pay(const struct thread *t)
{
	struct time_account *a = t->account;
	u64 most = slice_ticks - least_ticks, owed;

	if (!a || !READ_ONCE(a->owed))
		return 0;
	owed = __atomic_exchange_n(&a->owed, 0, __ATOMIC_RELAXED);
	if (owed > most)
		__atomic_fetch_add(&a->owed, owed - most, __ATOMIC_RELAXED);
	return min(owed, most);
}

/* When the slice of @t ends, which runs next: a new one's, or where it let another in. */
static u64 take_slice(struct thread *t, u64 now)
{
	u64 end = t->slice_end ? t->slice_end : now + slice_ticks - pay(t);

	t->slice_end = 0;
	return end;
}

/* From @prev to the first in the queue. Interrupts are off, and the queue's lock held. */
static __no_thread_safety void switch_to_first(struct cpu *c, struct thread *prev)
{
	u64 now = time_now();
	struct thread *next;

	if (list_empty(&c->runq)) {
		next = c->idle;
	} else {
		next = list_first(&c->runq, struct thread, node);
		list_remove(&next->node);
	}
	next->state = THREAD_RUNNING;
	timer_set_slice(next == c->idle ? 0 : take_slice(next, now));
	if (next == prev) {
		spin_unlock(&c->runq_lock);
		return;
	}
	charge_until(c, now);
	c->current = next;
	if (prev->state == THREAD_DEAD)
		next->reap = prev;
	arch_context_switch(&prev->ctx, &next->ctx);
	finish_switch(this_cpu());
}

/* Interrupts are off. The running thread's state says what becomes of it. */
static __no_thread_safety void schedule(void)
{
	struct cpu *c = this_cpu();
	struct thread *prev = c->current;

	spin_lock(&c->runq_lock);
	c->resched = false;
	if (prev->state == THREAD_RUNNING && prev != c->idle) {
		prev->state = THREAD_READY;
		list_push(&c->runq, &prev->node);
	}
	switch_to_first(c, prev);
}

/* Nothing is known of @t but where it would be. */
static struct thread *find_ready(struct cpu *c, const struct thread *t)
{
	struct thread *ready;

	list_for_each(ready, &c->runq, node)
		if (ready == t)
			return ready;
	return NULL;
}

struct thread *thread_create(const char *name, void (*fn)(void *arg), void *arg, unsigned int cpu)
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
	t->cpu = cpu_get(cpu);
	t->state = THREAD_BLOCKED;
	list_init(&t->node);
	arch_context_init(&t->ctx, t->stack, thread_entry);
	return t;
}

void thread_make_ready(struct thread *t)
{
	struct cpu *c = t->cpu;
	unsigned long flags;
	bool idle = false;

	smp_mb(); /* what the caller made true before the state: see thread_block_begin() */
	flags = spin_lock_irqsave(&c->runq_lock);
	if (READ_ONCE(t->state) == THREAD_BLOCKED) {
		WRITE_ONCE(t->state, THREAD_READY);
		list_push(&c->runq, &t->node);
		idle = c->current == c->idle;
	}
	spin_unlock_irqrestore(&c->runq_lock, flags);
	if (idle && c != this_cpu())
		arch_cpu_kick(c);
}

void thread_start(struct thread *t)
{
	thread_make_ready(t);
}

void thread_block_begin(void)
{
	WRITE_ONCE(thread_current()->state, THREAD_BLOCKED);
	smp_mb(); /* the state before the last look at the condition; thread_make_ready() has the other */
}

void thread_block_end(void)
{
	struct cpu *c = this_cpu();
	struct thread *t = c->current;

	/* Somebody may have made it ready already; then it stands in the queue. */
	spin_lock(&c->runq_lock);
	if (t->state == THREAD_READY)
		list_remove(&t->node);
	t->state = THREAD_RUNNING;
	spin_unlock(&c->runq_lock);
}

void thread_block(void)
{
	schedule();
}

void thread_yield(void)
{
	unsigned long flags = arch_irq_save();

	schedule();
	arch_irq_restore(flags);
}

__no_thread_safety void thread_visit(const struct thread *visited)
{
	unsigned long flags = arch_irq_save();
	struct cpu *c = this_cpu();
	struct thread *prev = c->current, *t;

	spin_lock(&c->runq_lock);
	t = find_ready(c, visited);
	if (t && c->slice_end && !c->resched) {
		prev->state = THREAD_READY;
		prev->slice_end = c->slice_end;
		list_remove(&t->node);
		list_insert(&c->runq, &prev->node);
		list_insert(&c->runq, &t->node);
		/* One that is itself on a visit here goes on where it left off. */
		if (!t->slice_end)
			t->slice_end = min(time_now() + visit_ticks, c->slice_end);
		switch_to_first(c, prev);
	} else {
		spin_unlock(&c->runq_lock);
	}
	arch_irq_restore(flags);
}

void thread_make_room(void)
{
	if (READ_ONCE(this_cpu()->resched))
		thread_yield();
}

void thread_exit(void)
{
	arch_irq_disable();
	thread_current()->state = THREAD_DEAD;
	schedule();
	BUG(); /* nobody makes a dead thread ready */
}

void thread_idle(void)
{
	struct cpu *c = this_cpu();

	for (;;) {
		arch_irq_disable();
		schedule();
		if (list_empty(&c->runq)) {
			/* Waiting keeps nobody waiting. */
			trace_irqs_on();
			arch_cpu_wait();
			trace_irqs_off();
		}
		arch_irq_enable();
	}
}
