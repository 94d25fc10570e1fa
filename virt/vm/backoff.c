// SPDX-License-Identifier: Apache-2.0
#include <lodge/backoff.h>

u64 backoff_next(struct backoff *b, u64 ran_us)
{
	if (ran_us >= BACKOFF_FORGIVE_US)
		*b = (struct backoff){ 0 };
	else if (ran_us < BACKOFF_QUICK_US)
		b->pause_us = b->pause_us ? min(2 * b->pause_us, (u64)BACKOFF_MAX_US)
					  : BACKOFF_MIN_US;
	if (b->count < ~(u32)0)
		b->count++;
	return b->pause_us;
}
