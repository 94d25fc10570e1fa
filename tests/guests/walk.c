// SPDX-License-Identifier: Apache-2.0
#include "walk.h"
#include <guest/code.h>
#include <guest/guest.h>
#include <guest/irq.h>
#include <guest/tap.h>

/*
 * Walks of the guest's own page tables that meet what is no memory: the guest takes that as on a
 * board, goes on, and finds the same address right when the table is.
 */

#define NO_MEMORY 0x50000000UL

static struct address_space as;
static u64 va; /* below no other entry of the root than its own */
static struct trap_record user_record;

static u64 page(void)
{
	return (u64)ram_alloc(1);
}

static struct trap_record try(u64 at, enum walk_access access)
{
	trap_catch();
	if (access == WALK_LOAD)
		(void)*(volatile u64 *)at;
	else if (access == WALK_STORE)
		*(volatile u64 *)at = 1;
	else
		((void (*)(void))at)();
	return trap_caught();
}

static void aborted(struct trap_record r, enum walk_access access, unsigned int level, bool user,
		    const char *what)
{
	static const char *const names[] = { "load", "store", "fetch" };

	if (!tap_ok(walk_is_aborted(r, access, va, level, user),
		    "%s: a %s%s is refused at level %u", what, user ? "user's " : "", names[access],
		    level))
		tap_note("%lu traps, cause 0x%lx, address 0x%lx", r.count, r.cause, r.tval);
}

static void on_user_fault(struct trap_record r)
{
	user_record = r;
	user_leave(0);
}

/* The table of level @level - 1, to which *@pte leads, is at @table. */
static void level_at(u64 *pte, unsigned int level, u64 table, const char *what)
{
	u64 old = *pte;
	unsigned int access;

	*pte = arch_pte_make_table(table);
	arch_tlb_flush();
	for (access = WALK_LOAD; access <= WALK_FETCH; access++)
		aborted(try(va, access), access, level - 1, false, what);
	user_record.count = 0;
	user_enter(va, va);
	aborted(user_record, WALK_FETCH, level - 1, true, what);
	if (level == as.mode->levels - 1)
		walk_arch(va);
	*pte = old;
	arch_tlb_flush();
}

/* The entry of level @level on the way to va. */
static u64 *entry(unsigned int level)
{
	u64 *table = (u64 *)as.root;
	unsigned int l;

	for (l = as.mode->levels - 1;; l--) {
		u64 *pte = &table[va >> (PAGE_SHIFT + 9 * l) & 511];

		if (l == level)
			return pte;
		table = (u64 *)arch_pte_addr(*pte);
	}
}

int guest_main(void)
{
	u64 data = page();
	unsigned int level;

	va = arch_paging_modes[0].levels > 3 ? 0x10000000000UL : 0x1000000000UL;
	user_fault = on_user_fault;
	code_write(data, CODE_RETURN, 0);
	code_sync();
	as_create(&as, &arch_paging_modes[0], page);
	as_map_kernel(&as, ram_free_end());
	as_map(&as, va, data, PAGE_SIZE, MAP_R | MAP_W | MAP_X, 0);
	if (!arch_paging_on(&as))
		return tap_done();
	for (level = 1; level < as.mode->levels; level++) {
		level_at(entry(level), level, NO_MEMORY, "no memory");
		level_at(entry(level), level, platform.intc & ~(PAGE_SIZE - 1), "a device");
	}
	tap_eq(try(va, WALK_LOAD).count, 0, "with its tables in memory it is there again");
	arch_paging_off();
	return tap_done();
}
