// SPDX-License-Identifier: Apache-2.0
#include <arch/trap.h>
#include <guest/tap.h>

/* Computes for ever with interrupts off: the others must get their share. */
int guest_main(void)
{
	tap_note("spinning");
	irq_disable();
	csr_write(sie, 0);
	for (;;)
		barrier();
}
