// SPDX-License-Identifier: Apache-2.0
#include <guest/tap.h>
#include <guest/trap.h>

/* Runs a device's registers as code. The UART has none in memory. */
int guest_main(void)
{
	struct trap_record r;

	tap_note("jumping to the I/O APIC");
	trap_catch();
	((void (*)(void))platform.intc)();
	r = trap_caught();
	tap_ok(r.count > 0, "the fetch faulted");
	tap_note("%lu traps, cause 0x%lx", r.count, r.cause);
	return tap_done();
}
