// SPDX-License-Identifier: Apache-2.0
#include <lodge/arch.h>
#include <lodge/errno.h>
#include <lodge/sched.h>
#include <lodge/time.h>

struct waiter {
	struct list node;
	struct thread *thread;
	struct timer timer;
	bool timed_out;
};

void waitq_init(struct waitq *q)
{
	q->lock = (struct spinlock)SPINLOCK_INIT;
	list_init(&q->waiters);
}

void waitq_wake(struct waitq *q)
{
	unsigned long flags = spin_lock_irqsave(&q->lock);
	struct waiter *w;

	list_for_each(w, &q->waiters, node)
		thread_make_ready(w->thread);
	spin_unlock_irqrestore(&q->lock, flags);
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
