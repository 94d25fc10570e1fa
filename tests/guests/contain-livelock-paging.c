// SPDX-License-Identifier: Apache-2.0
#include <guest/paging.h>
#include <guest/tap.h>

/*
 * Maps itself with user pages and turns paging on: the next fetch is a page fault, and
 * so is that of the trap vector, for ever and without an exit.
 */
static u64 page(void)
{
	return (u64)ram_alloc(1);
}

int guest_main(void)
{
	struct address_space as;

	as_create(&as, &arch_paging_modes[0], page);
	as_map(&as, platform.ram_base, platform.ram_base, platform.ram_size,
	       MAP_R | MAP_W | MAP_X | MAP_U, 1);
	tap_note("turning paging on with the kernel in user pages");
	arch_paging_on(&as);
	tap_ok(false, "supervisor code ran from a user page");
	return tap_done();
}
