// SPDX-License-Identifier: Apache-2.0
#include <lodge/mutex.h>
#include <lodge/printk.h>

void(mutex_init)(struct mutex *m)
{
	m->next = 0;
	m->serving = 0;
	waitq_init(&m->waiters);
}

struct ticket {
	struct mutex *mutex;
	u32 number;
};

static bool has_turn(void *arg)
{
	const struct ticket *t = arg;

	/* ACQUIRE: what the section reads is not older than the lock. */
	return __atomic_load_n(&t->mutex->serving, __ATOMIC_ACQUIRE) == t->number;
}

#ifdef CONFIG_DEBUG_LOCKS
#define debug(m, step) lock_debug_mutex_##step(&(m)->debug, (u64)__builtin_return_address(0))
#else
#define debug(m, step) ((void)0)
#endif

void mutex_lock(struct mutex *m) __no_thread_safety
{
	struct ticket t = { .mutex = m };

	debug(m, acquire);
	t.number = __atomic_fetch_add(&m->next, 1, __ATOMIC_RELAXED);
	while (!has_turn(&t))
		waitq_wait(&m->waiters, has_turn, &t, 0);
	debug(m, acquired);
}

void mutex_unlock(struct mutex *m) __no_thread_safety
{
	debug(m, release);
	BUG_ON(READ_ONCE(m->next) == m->serving);
	/* RELEASE: what the section wrote is seen before the lock is free. */
	__atomic_store_n(&m->serving, m->serving + 1, __ATOMIC_RELEASE);
	waitq_wake(&m->waiters);
}
