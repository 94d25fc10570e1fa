// SPDX-License-Identifier: Apache-2.0
/* Times, queues and entities before anything runs. */
#include "policy.h"

struct sched_times sched_times;

void sched_policy_init(u64 slice)
{
	sched_times = (struct sched_times){
		.request = slice * 2 / 5,
		.urgent = slice / 10,
		.visit = slice / 10,
		.debt = slice * 10,
		.cap_period = slice * 4,
		.least_budget = slice / 100,
		.stay = slice * 20,
	};
}

void sched_queue_init(struct sched_queue *q, unsigned int cpu, u64 now)
{
	*q = (struct sched_queue){ .cpu = cpu, .since = now };
	list_init(&q->urgent);
	list_init(&q->coming);
}

void sched_entity_init(struct sched_entity *e)
{
	*e = (struct sched_entity){ .weight = SCHED_WEIGHT_DEFAULT, .affinity = SCHED_ANY_CPU };
	e->owed = &e->debt;
	list_init(&e->link);
	fair_set_weight(e, SCHED_WEIGHT_DEFAULT);
}
