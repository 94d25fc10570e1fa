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
};

/** backoff_next() - it has ended @ran_us after its start: the pause before the next, in us. */
u64 backoff_next(struct backoff *b, u64 ran_us);

#endif
