// SPDX-License-Identifier: Apache-2.0
#include <guest/irq.h>
#include <guest/tap.h>

/* Waits for ever, with nothing enabled that could end it. */
int guest_main(void)
{
	tap_note("waiting");
	irq_disable();
	for (;;)
		wfi();
}
