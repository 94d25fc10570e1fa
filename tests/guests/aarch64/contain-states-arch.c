// SPDX-License-Identifier: Apache-2.0
#include "../contain-states.h"
#include <arch/psci.h>
#include <guest/irq.h>

/* PSCI 1.1, 5.4 */
#define STANDBY	  0
#define POWERDOWN BIT(16)

static void suspend(struct cpu *c)
{
	u64 state = c && c->id % 2 ? POWERDOWN : STANDBY;

	for (;;)
		psci_call(SMCCC_64(PSCI_CPU_SUSPEND), state, (u64)cpu_entry, (u64)c);
}

void states_suspend(struct cpu *c)
{
	irq_disable();
	suspend(c);
}

/* One that has lost its state comes here again. */
void states_resume(struct cpu *c)
{
	irq_disable();
	ipi_send(c ? c->id : platform.boot_cpu);
	irq_unmask(IRQ_SOFT);
	suspend(c);
}
