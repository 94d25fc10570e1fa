// SPDX-License-Identifier: Apache-2.0
#include <guest/irq.h>
#include <guest/tap.h>

/*
 * Computes for ever with interrupts off: the others must get their share. The boot argument "after="
 * has it sleep for so many milliseconds first.
 */
int guest_main(void)
{
	timer_sleep_ms(bootarg_number("after", 0));
	tap_note("spinning");
	irq_disable();
	for (;;)
		barrier();
}
