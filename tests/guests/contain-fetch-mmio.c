// SPDX-License-Identifier: Apache-2.0
#include <guest/tap.h>
#include <guest/trap.h>

/* Runs a device's registers as code. */
int guest_main(void)
{
	struct trap_record r;

	tap_note("jumping to the UART");
	trap_catch();
	((void (*)(void))platform.uart)();
	r = trap_caught();
	tap_ok(r.count > 0, "the fetch faulted");
	tap_note("%lu traps, cause 0x%lx", r.count, r.cause);
	return tap_done();
}
