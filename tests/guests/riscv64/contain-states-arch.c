// SPDX-License-Identifier: Apache-2.0
#include "../contain-states.h"
#include <arch/sbi.h>

/* SBI 2.0, 9.4 */
#define RETENTIVE     0
#define NON_RETENTIVE 0x80000000

static void suspend(struct cpu *c)
{
	u64 type = c && c->id % 2 ? NON_RETENTIVE : RETENTIVE;

	for (;;)
		sbi_call3(SBI_HSM, 3, type, (u64)cpu_entry, (u64)c);
}

#include "../contain-suspend.h"
