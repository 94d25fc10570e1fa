// SPDX-License-Identifier: Apache-2.0
#include <guest/paging.h>
#include <guest/tap.h>
#include <guest/trap.h>

/*
 * A working translation, one table of which is moved to where there is no memory: only
 * an access through it fails, in the hardware's walk of the guest's own tables.
 */
#define VA 0x1000000000UL

static u64 page(void)
{
	return (u64)ram_alloc(1);
}

int guest_main(void)
{
	struct address_space as;
	struct trap_record r;

	as_create(&as, &arch_paging_modes[0], page);
	as_map(&as, platform.ram_base, platform.ram_base, platform.ram_size, MAP_R | MAP_W | MAP_X,
	       1);
	as_map_devices(&as);
	((u64 *)as.root)[VA >> (PAGE_SHIFT + 9 * (as.mode->levels - 1)) & 511] =
		arch_pte_make_table(0x50000000);
	arch_paging_on(&as);
	tap_note("loading through a table at 0x50000000");
	trap_catch();
	(void)*(volatile u64 *)VA;
	r = trap_caught();
	tap_ok(trap_is(r, TRAP_LOAD_ACCESS) || trap_is(r, TRAP_LOAD_PAGE), "the load faulted");
	tap_note("cause 0x%lx", r.cause);
	return tap_done();
}
