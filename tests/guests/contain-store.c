// SPDX-License-Identifier: Apache-2.0
#include <guest/tap.h>
#include <guest/trap.h>

/* Stores where nothing is: counted, reported once per address, and the guest goes on. */
int guest_main(void)
{
	u64 faults = 0;

	tap_note("storing 3 x 1000 times to addresses nothing claims");
	for (int i = 0; i < 1000; i++) {
		trap_catch();
		mmio_write32(0x50000000, 1);
		mmio_write32(0x50000004, 2);
		mmio_write8(0x57654321, 3);
		faults += trap_caught().count;
	}
	tap_ok(true, "the guest goes on");
	tap_note("%lu of them faulted", faults);
	return tap_done();
}
