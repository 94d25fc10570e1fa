// SPDX-License-Identifier: Apache-2.0
#include <lodge/arch.h>
#include <lodge/errno.h>
#include <lodge/sched.h>
#include <lodge/time.h>
#include <asm/barrier.h>

struct waiter {
	struct list node;
	struct thread *thread;
	struct timer timer;
	bool timed_out;
};

void waitq_init(struct waitq *q)
{
	spin_lock_init(&q->lock, "waitq->lock");
	list_init(&q->waiters);
}

static void wake_all(struct waitq *q) __must_hold(q->lock)
{
	struct waiter *w;

	list_for_each(w, &q->waiters, node)
		thread_make_ready(w->thread);
}

void waitq_wake(struct waitq *q)
{
	unsigned long flags;

	/*
	 * What the caller made true before the look at the list: who is not in it yet looks at its
	 * condition after it has put itself there (thread_block_begin() has the other barrier).
	 */
	smp_mb();
	if (list_empty(&q->waiters))
		return;
	flags = spin_lock_irqsave(&q->lock);
	wake_all(q);
	spin_unlock_irqrestore(&q->lock, flags);
}

void completion_init(struct completion *c)
{
	waitq_init(&c->q);
	c->done = false;
}

void complete(struct completion *c)
{
	unsigned long flags = spin_lock_irqsave(&c->q.lock);

	__atomic_store_n(&c->done, true, __ATOMIC_RELEASE);
	wake_all(&c->q);
	/* From here on it may be gone. */
	spin_unlock_irqrestore(&c->q.lock, flags);
}

static bool is_done(void *arg)
{
	const struct completion *c = arg;

	return __atomic_load_n(&c->done, __ATOMIC_ACQUIRE);
}

void completion_wait(struct completion *c)
{
	unsigned long flags;

	(void)waitq_wait(&c->q, is_done, c, 0);
	/* complete() is done with it when it has released the lock. */
	flags = spin_lock_irqsave(&c->q.lock);
	spin_unlock_irqrestore(&c->q.lock, flags);
}

static void waiter_timeout(struct timer *t)
{
	struct waiter *w = container_of(t, struct waiter, timer);

	WRITE_ONCE(w->timed_out, true);
	thread_make_ready(w->thread);
}

int waitq_wait(struct waitq *q, bool (*cond)(void *arg), void *arg, u64 deadline)
{
	unsigned long flags = arch_irq_save();
	struct waiter w = { .thread = thread_current() };
	int err = 0;

	lock_may_sleep();
	if (cond(arg)) {
		arch_irq_restore(flags);
		return 0;
	}
	timer_init(&w.timer, waiter_timeout);
	if (deadline)
		timer_start(&w.timer, deadline);
	spin_lock(&q->lock);
	list_push(&q->waiters, &w.node);
	spin_unlock(&q->lock);
	for (;;) {
		/* BLOCKED before the last look: a wake-up after it is not lost. */
		thread_block_begin();
		if (cond(arg) || READ_ONCE(w.timed_out)) {
			thread_block_end();
			break;
		}
		thread_block();
	}
	spin_lock(&q->lock);
	list_remove(&w.node);
	spin_unlock(&q->lock);
	if (deadline)
		timer_cancel_sync(&w.timer);
	if (w.timed_out && !cond(arg))
		err = -ETIMEDOUT;
	arch_irq_restore(flags);
	return err;
}

static bool never(void *arg)
{
	(void)arg;
	return false;
}

void thread_sleep_us(u64 us)
{
	struct waitq q;

	waitq_init(&q);
	(void)waitq_wait(&q, never, NULL, time_now() + time_from_us(us));
}
