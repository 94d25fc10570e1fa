/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_BACKOFF_H
#define LODGE_BACKOFF_H

#include <lodge/types.h>

/* What ended within BACKOFF_QUICK_US waits twice as long before each new start, up to
 * BACKOFF_MAX_US, until it has run for BACKOFF_FORGIVE_US. */
#define BACKOFF_QUICK_US   1000000
#define BACKOFF_MIN_US	   100000
#define BACKOFF_MAX_US	   10000000
#define BACKOFF_FORGIVE_US 10000000

/**
 * struct backoff - how long something that ends again and again waits before its next start
 * All zero is something that never has.
 */
struct backoff {
	u64 pause_us;
	u32 count; /* of its new starts, since it ran for long enough */
};

/** backoff_next() - it has ended @ran_us after its start: the pause before the next, in us. */
u64 backoff_next(struct backoff *b, u64 ran_us);

/**
 * backoff_is_over() - it has ended @ran_us after its start, and was started @count times before: whether
 * that is to be the last time
 * @limit: so many new starts are allowed in a row; 0 for any number
 */
static inline bool backoff_is_over(u32 count, u64 ran_us, u32 limit)
{
	return limit && count >= limit && ran_us < BACKOFF_FORGIVE_US;
}

#endif
