// SPDX-License-Identifier: Apache-2.0
#include "../stop.h"
#include <arch/apic.h>
#include <arch/trap.h>
#include <guest/irq.h>
#include <guest/tap.h>

/*
 * The interrupt of the generic event device that the DSDT names, which this program does not read: an edge
 * says that the button is pressed. Who releases it is not told.
 */

#define GED_IRQ 9

u32 button_irq = GED_IRQ;

bool button_find(void)
{
	return tap_ok(platform.intc, "there is an I/O APIC");
}

void button_check(void)
{
	button_listen();
	tap_ok(!dev_irq_is_pending(button_irq), "the button is not pressed");
	dev_irq_disable(button_irq);
}

void button_listen(void)
{
	dev_irq_enable(button_irq);
	ioapic_write(IOAPIC_REDIR(button_irq), VECTOR_EXT + button_irq);
}

bool button_take(void)
{
	return true;
}
