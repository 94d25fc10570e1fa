// SPDX-License-Identifier: Apache-2.0
#include <guest/irq.h>
#include <guest/tap.h>

/* Computes for ever with interrupts off: the others must get their share. */
int guest_main(void)
{
	tap_note("spinning");
	irq_disable();
	for (;;)
		barrier();
}
