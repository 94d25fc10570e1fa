// SPDX-License-Identifier: Apache-2.0
#include <lodge/mutex.h>
#include <lodge/printk.h>

void mutex_init(struct mutex *m)
{
	m->locked = 0;
	waitq_init(&m->waiters);
}

static bool mutex_try(struct mutex *m)
{
	/* ACQUIRE: what the section reads is not older than the lock. */
	return __atomic_exchange_n(&m->locked, 1, __ATOMIC_ACQUIRE) == 0;
}

static bool mutex_is_free(void *arg)
{
	struct mutex *m = arg;

	return READ_ONCE(m->locked) == 0;
}

void mutex_lock(struct mutex *m) __no_thread_safety
{
	/* The condition has no side effect, so that it may be asked any number of times. */
	while (!mutex_try(m))
		waitq_wait(&m->waiters, mutex_is_free, m, 0);
}

void mutex_unlock(struct mutex *m) __no_thread_safety
{
	BUG_ON(!READ_ONCE(m->locked));
	/* RELEASE: what the section wrote is seen before the lock is free. */
	__atomic_store_n(&m->locked, 0, __ATOMIC_RELEASE);
	waitq_wake(&m->waiters);
}
