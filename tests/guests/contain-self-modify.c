// SPDX-License-Identifier: Apache-2.0
#include <guest/code.h>
#include <guest/irq.h>
#include <guest/paging.h>
#include <guest/tap.h>

/*
 * The instruction at the faulting pc is not the one that faulted: the page is mapped
 * for execution only through the tables as they were. What the host decodes when it
 * fetches the instruction itself must not be trusted further than a load from a device.
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
	u64 code = page(), other = page();
	unsigned int level;
	u64 *pte;

	code_write(code, CODE_LOAD32, 0);
	code_write(other, CODE_UNDEFINED, 0);
	as_create(&as, &arch_paging_modes[0], page);
	as_map(&as, platform.ram_base, platform.ram_base, platform.ram_size, MAP_R | MAP_W | MAP_X,
	       1);
	as_map_devices(&as);
	as_map(&as, platform.intc, platform.intc, PAGE_SIZE, MAP_R | MAP_W | MAP_D, 0);
	as_map(&as, VA, code, PAGE_SIZE, MAP_X, 0);
	arch_paging_on(&as);
	code_sync();
	tap_note("a device load from a page that can only be executed");
	trap_catch();
	((void (*)(u64))VA)(intc_register());
	r = trap_caught();
	tap_ok(true, "survived");
	tap_note("%lu traps, cause 0x%lx", r.count, r.cause);

	pte = as_walk(&as, VA, &level);
	*pte = arch_pte_make_leaf(other, MAP_X, 0);
	tap_note("the same through an entry changed without a fence");
	trap_catch();
	((void (*)(u64))VA)(intc_register());
	r = trap_caught();
	tap_ok(true, "survived");
	tap_note("%lu traps, cause 0x%lx", r.count, r.cause);
	return tap_done();
}
