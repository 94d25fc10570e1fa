// SPDX-License-Identifier: Apache-2.0
/*
 * Constant-bandwidth servers (Abeni and Buttazzo, 1998), of the kind that waits for its deadline
 * when its budget is used up. A reserved entity is scheduled by its server's deadline; a cap is the
 * same server round an entity of the fair class.
 */
#include <lodge/errno.h>
#include "policy.h"

void server_set(struct sched_entity *e, u64 budget, u64 period, u64 now)
{
	e->budget = budget;
	e->period = period;
	e->left = (s64)budget;
	e->renew = now + period;
}

void server_change(struct sched_entity *e, u64 budget, u64 period, u64 now)
{
	u64 renew = e->renew;
	bool fresh = server_fresh(e, now);

	server_set(e, budget, period, now);
	if (!fresh && period) {
		e->left = 0;
		e->renew = renew;
	}
}

/* A new period begins; what was used too much is taken from it. */
static void refill(struct sched_entity *e)
{
	e->left = min(e->left, (s64)0) + (s64)e->budget;
}

void server_wake(struct sched_entity *e, u64 now)
{
	u64 rest = e->renew - now;

	if (!e->period)
		return;
	if (!time_before(now, e->renew)) {
		refill(e);
		e->renew = now + e->period;
	} else if (e->left > 0 && (unsigned __int128)(u64)e->left * e->period >
					  (unsigned __int128)rest * e->budget) {
		/* Until the old deadline that would be more than its bandwidth. */
		e->left = (s64)e->budget;
		e->renew = now + e->period;
	}
}

void server_renew(struct sched_entity *e, u64 now)
{
	e->renew += e->period;
	/* Whole periods that passed are lost rather than saved up. */
	if (!time_before(now, e->renew))
		e->renew = now + e->period;
	refill(e);
}

u64 sched_utilization(u64 budget, u64 period)
{
	return ((budget << 24) + period - 1) / period;
}

bool sched_admit(u64 reserved, u64 budget, u64 period)
{
	return reserved + sched_utilization(budget, period) <= SCHED_RESERVED_MAX;
}
