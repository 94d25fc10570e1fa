// SPDX-License-Identifier: Apache-2.0
#include <guest/paging.h>
#include <guest/tap.h>

/* Turns paging on with a root where there is no memory. */
int guest_main(void)
{
	struct address_space as = { .mode = &arch_paging_modes[0], .root = 0x50000000UL };

	tap_note("turning paging on with the root at 0x50000000");
	arch_paging_on(&as);
	tap_ok(false, "there was no translation, and it ran on");
	return tap_done();
}
