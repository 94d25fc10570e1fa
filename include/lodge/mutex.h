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
};
/* clang-format on */

#define MUTEX_INIT(m)                                                   \
	{                                                               \
		.waiters = {.waiters = LIST_INIT((m).waiters.waiters) } \
	}

/** mutex_init() - @m is free. */
void mutex_init(struct mutex *m);

/** mutex_lock() - take @m; sleeps until it is free. */
void mutex_lock(struct mutex *m) __acquires(*m);

/** mutex_unlock() - give @m back; a thread that waits for it runs again. */
void mutex_unlock(struct mutex *m) __releases(*m);

#endif
