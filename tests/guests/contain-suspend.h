/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTAIN_SUSPEND_H
#define CONTAIN_SUSPEND_H

/* For firmware that suspends a CPU. It is included behind suspend(), which does so for ever. */
#include <guest/irq.h>

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

#endif
