/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_MUTEX_H
#define LODGE_MUTEX_H

#include <lodge/thread.h>

/*
 * A lock that may be held across a sleep. Threads only, never an interrupt; not recursive. Who
 * asks first has it first: one that takes it again and again keeps nobody else from it.
 */
/* clang-format off */
struct __capability("mutex") mutex {
	u32 next;    /* ticket of the next that asks */
	u32 serving; /* of the one that has it; it is free when both are the same */
	struct waitq waiters;
#ifdef CONFIG_DEBUG_LOCKS
	struct lock_debug debug;
#endif
};

#ifdef CONFIG_DEBUG_LOCKS
#define MUTEX_INIT(m) { .waiters = WAITQ_INIT((m).waiters), .debug = { .class = LOCK_SITE } }
#define mutex_init(m)                                                      \
	(lock_debug_init(&(m)->debug), mutex_init(m),                      \
	 (void)((m)->debug = (struct lock_debug){ .class = LOCK_SITE }))
#else
#define MUTEX_INIT(m) { .waiters = WAITQ_INIT((m).waiters) }
#endif
/* clang-format on */

/** mutex_init() - @m is free. Mutexes that are initialised at one place are a class. */
void(mutex_init)(struct mutex *m);

/** mutex_lock() - take @m; sleeps until it is free. */
void mutex_lock(struct mutex *m) __acquires(*m);

/** mutex_unlock() - give @m back; a thread that waits for it runs again. */
void mutex_unlock(struct mutex *m) __releases(*m);

#endif
