// SPDX-License-Identifier: Apache-2.0
#include <arch/thread.h>
#include <guest/guest.h>
#include <guest/irq.h>
#include <guest/thread.h>

#define STACK_PAGES 4

static struct thread boot_thread, idle_thread;
static struct thread *current = &boot_thread;
static struct thread_queue ready;
static bool resched; /* at the end of the interrupt */

static void queue_put(struct thread_queue *q, struct thread *t)
{
	t->next = NULL;
	if (q->first)
		q->last->next = t;
	else
		q->first = t;
	q->last = t;
}

static struct thread *queue_get(struct thread_queue *q)
{
	struct thread *t = q->first;

	if (t)
		q->first = t->next;
	return t;
}

/* The caller's thread is in some queue, or has ended, or is the idle thread. */
static void schedule(void)
{
	struct thread *prev = current, *next = queue_get(&ready);

	current = next ? next : &idle_thread;
	resched = false;
	if (current != prev)
		thread_switch(&prev->sp, current->sp);
}

void thread_wait(struct thread_queue *q)
{
	queue_put(q, current);
	schedule();
}

void thread_wake(struct thread_queue *q)
{
	struct thread *t = queue_get(q);

	if (!t)
		return;
	queue_put(&ready, t);
	resched |= current == &idle_thread;
}

void thread_tick(void)
{
	resched = true;
}

void thread_preempt(void)
{
	if (!resched || !ready.first)
		return;
	if (current != &idle_thread) {
		current->preempted++;
		queue_put(&ready, current);
	}
	schedule();
}

/* Where a thread begins: from schedule(), with interrupts off. */
static void thread_begin(void)
{
	irq_enable();
	current->fn(current->arg);
	irq_disable();
	current->done = true;
	while (current->joiners.first)
		thread_wake(&current->joiners);
	schedule();
}

/* A stack on which thread_switch() returns to thread_begin(). */
static void thread_prepare(struct thread *t, void (*fn)(void *arg), void *arg)
{
	u64 *top = (u64 *)ram_alloc(STACK_PAGES) + STACK_PAGES * PAGE_SIZE / sizeof(u64);

	*t = (struct thread){ .fn = fn, .arg = arg, .sp = (u64)(top - SWITCH_WORDS) };
	top[SWITCH_RETURN - SWITCH_WORDS] = (u64)thread_begin;
}

void thread_create(struct thread *t, void (*fn)(void *arg), void *arg)
{
	thread_prepare(t, fn, arg);
	irq_disable();
	queue_put(&ready, t);
	irq_enable();
}

void thread_join(struct thread *t)
{
	irq_disable();
	while (!t->done)
		thread_wait(&t->joiners);
	irq_enable();
}

/* Whoever an interrupt wakes takes its place at once. */
static void idle(void *arg)
{
	(void)arg;
	for (;;)
		wfi();
}

void threads_init(void)
{
	thread_prepare(&idle_thread, idle, NULL);
	irq_enable();
}

/* ---- what threads wait for each other with ---- */

void mutex_lock(struct mutex *m)
{
	irq_disable();
	while (m->locked)
		thread_wait(&m->waiters);
	m->locked = true;
	irq_enable();
}

static void unlock(struct mutex *m)
{
	m->locked = false;
	thread_wake(&m->waiters);
}

void mutex_unlock(struct mutex *m)
{
	irq_disable();
	unlock(m);
	irq_enable();
}

void cond_wait(struct cond *c, struct mutex *m)
{
	irq_disable();
	current->waited++;
	unlock(m);
	thread_wait(&c->waiters);
	irq_enable();
	mutex_lock(m);
}

void cond_signal(struct cond *c)
{
	irq_disable();
	thread_wake(&c->waiters);
	irq_enable();
}
