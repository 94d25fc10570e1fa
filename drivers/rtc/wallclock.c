// SPDX-License-Identifier: Apache-2.0
/* The time of day: what a clock said once, and the counter since then. */
#include <lodge/time.h>
#include <lodge/wallclock.h>

#define NSEC_PER_SEC 1000000000ull

/* Time of day less the counter; written at boot only. */
static u64 wallclock_offset;

static u64 counter_ns(void)
{
	u64 ticks = time_now();
	u64 hz = time_hz();

	/* In two parts: ticks times a billion would overflow within minutes. */
	return ticks / hz * NSEC_PER_SEC + ticks % hz * NSEC_PER_SEC / hz;
}

u64 wallclock_ns(void)
{
	return READ_ONCE(wallclock_offset) + counter_ns();
}

void wallclock_set(u64 ns)
{
	WRITE_ONCE(wallclock_offset, ns - counter_ns());
}
