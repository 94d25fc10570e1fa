// SPDX-License-Identifier: Apache-2.0
#include "../contain-states.h"
#include <arch/psci.h>

/* PSCI 1.1, 5.4 */
#define STANDBY	  0
#define POWERDOWN BIT(16)

static void suspend(struct cpu *c)
{
	u64 state = c && c->id % 2 ? POWERDOWN : STANDBY;

	for (;;)
		psci_call(SMCCC_64(PSCI_CPU_SUSPEND), state, (u64)cpu_entry, (u64)c);
}

#include "../contain-suspend.h"
