// SPDX-License-Identifier: Apache-2.0
#include "paging.h"
#include <guest/code.h>
#include <guest/irq.h>
#include <guest/tap.h>

/*
 * The guest's own translation in every mode that the CPU has. Every fault here is the
 * guest's own: it must arrive in its trap handler with its own cause and address.
 */

extern char __data_start[], __image_end[];

const char *paging_name;

u64 paging_page(void)
{
	return (u64)ram_alloc(1);
}

static u64 load(u64 va)
{
	return *(volatile u64 *)va;
}

static void store(u64 va, u64 val)
{
	*(volatile u64 *)va = val;
}

bool paging_faults(struct trap_record r, enum trap_kind kind, u64 va)
{
	if (trap_is(r, kind) && r.tval == va)
		return true;
	tap_note("%s: %lu traps, cause 0x%lx, tval 0x%lx", paging_name, r.count, r.cause, r.tval);
	return false;
}

struct trap_record paging_load(u64 va)
{
	trap_catch();
	load(va);
	return trap_caught();
}

struct trap_record paging_store(u64 va)
{
	trap_catch();
	store(va, 1);
	return trap_caught();
}

struct trap_record paging_call(u64 va)
{
	trap_catch();
	((void (*)(void))va)();
	return trap_caught();
}

void paging_map_kernel(struct address_space *as)
{
	u64 text = platform.ram_base, data = (u64)__data_start;

	as_map(as, text, text, data - text, MAP_R | MAP_X, 1);
	as_map(as, data, data, ram_free_end() - data, MAP_R | MAP_W, 1);
	as_map_devices(as);
}

/* Pages mapped in reverse order: no two neighbours are neighbours in RAM. */
static void small_pages(struct address_space *as)
{
	enum { N = 64 };
	u64 pa[N];
	bool good = true;

	for (u64 i = N; i--;) {
		pa[i] = paging_page();
		as_map(as, VA_4K + i * PAGE_SIZE, pa[i], PAGE_SIZE, MAP_R | MAP_W, 0);
	}
	arch_tlb_flush();
	for (u64 i = 0; i < N; i++)
		store(VA_4K + i * PAGE_SIZE + 8 * i, i + 1);
	for (u64 i = 0; i < N; i++)
		good &= load(pa[i] + 8 * i) == i + 1;
	tap_ok(good, "%s: 4 KiB pages", paging_name);
}

static void large_pages(struct address_space *as)
{
	u64 pa = (u64)ram_alloc(512);

	as_map(as, VA_2M, pa, MIB(2), MAP_R | MAP_W, 1);
	as_map(as, VA_1G, ALIGN_DOWN(platform.ram_base, GIB(1)), GIB(1), MAP_R | MAP_W, 2);
	arch_tlb_flush();
	store(VA_2M + MIB(1) + 8, 0x1122334455667788);
	tap_ok(load(pa + MIB(1) + 8) == 0x1122334455667788, "%s: 2 MiB page", paging_name);
	store(VA_1G + (pa & (GIB(1) - 1)), 0x99);
	tap_ok(load(pa) == 0x99, "%s: 1 GiB page", paging_name);
}

/* Where the mode's upper half begins, if the translation has one: sign extension. */
static void high_half(struct address_space *as)
{
	u64 va = ~0UL << (as->mode->va_bits - 1), pa = paging_page();
	struct trap_record r;

	as_map(as, va, pa, PAGE_SIZE, MAP_R | MAP_W, 0);
	as_map(as, ~0UL - PAGE_SIZE + 1, pa, PAGE_SIZE, MAP_R | MAP_W, 0);
	arch_tlb_flush();
	store(va, 0x77);
	tap_ok(load(~0UL - PAGE_SIZE + 1) == 0x77, "%s: both ends of the upper half", paging_name);
	va = BIT(as->mode->va_bits - 1);
	r = paging_load(va);
	tap_ok(paging_faults(r, TRAP_NO_ADDRESS, r.tval ? va : 0),
	       "%s: an address between the halves faults", paging_name);
}

static void own_faults(struct address_space *as)
{
	u64 ro = VA_4K + MIB(1), rw = ro + PAGE_SIZE, none = ro + 2 * PAGE_SIZE;

	as_map(as, ro, paging_page(), PAGE_SIZE, MAP_R, 0);
	as_map(as, rw, paging_page(), PAGE_SIZE, MAP_R | MAP_W, 0);
	arch_tlb_flush();
	tap_ok(paging_faults(paging_load(none + 16), TRAP_LOAD_PAGE, none + 16),
	       "%s: a load of what is not mapped", paging_name);
	tap_ok(paging_faults(paging_store(none + 24), TRAP_STORE_PAGE, none + 24), "%s: a store",
	       paging_name);
	tap_ok(paging_faults(paging_call(none), TRAP_FETCH_PAGE, none), "%s: a fetch", paging_name);
	tap_ok(paging_faults(paging_store(ro), TRAP_STORE_PAGE, ro),
	       "%s: a store to a read-only page", paging_name);
	tap_ok(paging_faults(paging_call(rw), TRAP_FETCH_PAGE, rw), "%s: a fetch from a data page",
	       paging_name);
}

/* Supervisor code never runs from a user page: the page fault is the guest's, cause 12. */
static void user_pages(struct address_space *as)
{
	u64 pa = paging_page(), va = VA_USER;

	code_write(pa, CODE_RETURN, 0);
	code_sync();
	as_map(as, va, pa, PAGE_SIZE, MAP_R | MAP_W | MAP_X | MAP_U, 0);
	as_map(as, va + PAGE_SIZE, pa, PAGE_SIZE, MAP_R | MAP_X, 0);
	arch_tlb_flush();
	tap_ok(paging_faults(paging_call(va), TRAP_FETCH_PAGE, va),
	       "%s: a supervisor fetch from a user page faults", paging_name);
	tap_ok(!paging_call(va + PAGE_SIZE).count, "%s: from its own page it does not",
	       paging_name);
	if (!paging_guard_user(true)) {
		tap_skip("%s: nothing keeps the kernel from user pages", paging_name);
		return;
	}
	tap_ok(paging_faults(paging_load(va), TRAP_LOAD_PAGE, va),
	       "%s: a load of one faults where that is forbidden", paging_name);
	paging_guard_user(false);
	tap_ok(!paging_load(va).count, "%s: and not where it is allowed", paging_name);
	paging_guard_user(true);
}

static void change_mapping(struct address_space *as)
{
	u64 a = paging_page(), b = paging_page(), va = VA_ALIAS;
	struct trap_record r;
	unsigned int level;
	u64 *pte, leaf;

	store(a, 1);
	store(b, 2);
	as_map(as, va, a, PAGE_SIZE, MAP_R | MAP_W, 0);
	arch_tlb_flush();
	tap_ok(load(va) == 1, "%s: a page", paging_name);
	as_map(as, va, b, PAGE_SIZE, MAP_R | MAP_W, 0);
	paging_flush(va);
	tap_ok(load(va) == 2, "%s: another one after a flush of its address", paging_name);
	pte = as_walk(as, va, &level);
	leaf = *pte;
	*pte = 0;
	arch_tlb_flush();
	tap_ok(paging_faults(paging_load(va), TRAP_LOAD_PAGE, va), "%s: none after it is unmapped",
	       paging_name);
	*pte = leaf;
	paging_clear_accessed(pte);
	arch_tlb_flush();
	r = paging_store(va);
	tap_ok(r.count ? trap_is(r, TRAP_STORE_PAGE) : paging_is_accessed(*pte),
	       "%s: a page not accessed yet is marked, or faults", paging_name);
}

/* Device registers through a translation of one's own: what the host decodes is virtual. */
static void devices(struct address_space *as)
{
	u64 va = VA_ALIAS + MIB(64);
	u32 value;

	as_map(as, va, ALIGN_DOWN(intc_register(), PAGE_SIZE), PAGE_SIZE, MAP_R | MAP_W | MAP_D, 0);
	arch_tlb_flush();
	va += intc_register() % PAGE_SIZE;
	mmio_write32(va, INTC_VALUE);
	value = mmio_read32(va);
	mmio_write32(va, 0);
	tap_ok(value == INTC_VALUE && !mmio_read32(va), "%s: a device at another address",
	       paging_name);
}

static void in_mode(const struct paging_mode *m)
{
	struct address_space as;

	paging_name = m->name;
	as_create(&as, m, paging_page);
	paging_map_kernel(&as);
	if (!arch_paging_on(&as)) {
		tap_skip("%s: not on this CPU", paging_name);
		return;
	}
	small_pages(&as);
	large_pages(&as);
	high_half(&as);
	own_faults(&as);
	user_pages(&as);
	change_mapping(&as);
	paging_arch_entries(&as);
	devices(&as);
	arch_paging_off();
}

int guest_main(void)
{
	for (unsigned int i = 0; i < arch_nr_paging_modes; i++)
		in_mode(&arch_paging_modes[i]);
	paging_arch();
	return tap_done();
}
