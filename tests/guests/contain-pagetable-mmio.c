// SPDX-License-Identifier: Apache-2.0
#include <guest/paging.h>
#include <guest/tap.h>

/* Turns paging on with a device for a root. */
int guest_main(void)
{
	struct address_space as = { .mode = &arch_paging_modes[0], .root = platform.intc };

	tap_note("turning paging on with the root in the interrupt controller");
	arch_paging_on(&as);
	tap_ok(false, "there was no translation, and it ran on");
	return tap_done();
}
