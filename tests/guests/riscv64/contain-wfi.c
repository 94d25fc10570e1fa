// SPDX-License-Identifier: Apache-2.0
#include <arch/trap.h>
#include <guest/tap.h>

/* Waits for ever, with nothing enabled that could end it. */
int guest_main(void)
{
	tap_note("waiting");
	csr_write(sie, 0);
	for (;;)
		wfi();
}
