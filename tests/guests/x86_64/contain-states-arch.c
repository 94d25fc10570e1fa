// SPDX-License-Identifier: Apache-2.0
#include "../contain-states.h"
#include <arch/apic.h>

/* Processors are suspended by INIT, and wait for a start-up IPI (APM vol. 2, 16.5). */

/* Some real-mode code: 0xeb 0xfe is a jump to itself. */
#define CODE 0x8000UL

static void init(u64 id)
{
	lapic_send(id, LAPIC_ICR_INIT | LAPIC_ICR_ASSERT);
}

static void spin(void)
{
	for (;;)
		barrier();
}

void states_suspend(struct cpu *c)
{
	if (!c)
		for_each_other_cpu(id) init(id);
	spin();
}

/* There is always one that is half started. */
void states_resume(struct cpu *c)
{
	if (c)
		spin();
	*(volatile u16 *)CODE = 0xfeeb;
	for (;;)
		for_each_other_cpu(id)
		{
			init(id);
			lapic_send(id, LAPIC_ICR_SIPI | LAPIC_ICR_ASSERT | CODE >> PAGE_SHIFT);
		}
}
