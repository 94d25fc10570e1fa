// SPDX-License-Identifier: Apache-2.0
#include <arch/trap.h>
#include <guest/tap.h>

/* Takes a trap to where there is no memory: whatever is done about it faults again. */
int guest_main(void)
{
	tap_note("trapping to 0x50000000");
	csr_write(stvec, 0x50000000UL);
	__asm__ volatile("ebreak");
	tap_ok(false, "the trap came to nothing");
	return tap_done();
}
