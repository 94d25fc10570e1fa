// SPDX-License-Identifier: Apache-2.0
#include <arch/trap.h>
#include <guest/paging.h>
#include <guest/tap.h>

/*
 * The guest's own translation in every mode that the hart has. Every fault here is the
 * guest's own: it must arrive in its trap handler with its own cause and address.
 */

#define VA_4K	 0x1000000000UL /* fits Sv39 */
#define VA_2M	 0x1040000000UL
#define VA_1G	 0x2000000000UL
#define VA_ALIAS 0x3000000000UL
#define VA_USER	 0x3040000000UL

#define PTE_V BIT(0)
#define PTE_A BIT(6)
#define PTE_D BIT(7)

extern char __data_start[], __image_end[];

static const char *mode;

static u64 page(void)
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

static bool faults(struct trap_record r, u64 cause, u64 va)
{
	if (r.count == 1 && r.cause == cause && r.tval == va)
		return true;
	tap_note("%s: %lu traps, cause %lu, tval 0x%lx", mode, r.count, r.cause, r.tval);
	return false;
}

static struct trap_record try_load(u64 va)
{
	trap_catch();
	load(va);
	return trap_caught();
}

static struct trap_record try_store(u64 va)
{
	trap_catch();
	store(va, 1);
	return trap_caught();
}

static struct trap_record try_call(u64 va)
{
	trap_catch();
	((void (*)(void))va)();
	return trap_caught();
}

static void map_kernel(struct address_space *as)
{
	u64 text = platform.ram_base, data = (u64)__data_start;

	as_map(as, text, text, data - text, MAP_R | MAP_X, 1);
	as_map(as, data, data, ram_free_end() - data, MAP_R | MAP_W, 1);
	as_map(as, platform.uart, platform.uart, PAGE_SIZE, MAP_R | MAP_W, 0);
}

/* Pages mapped in reverse order: no two neighbours are neighbours in RAM. */
static void small_pages(struct address_space *as)
{
	enum { N = 64 };
	u64 pa[N];
	bool good = true;

	for (u64 i = N; i--;) {
		pa[i] = page();
		as_map(as, VA_4K + i * PAGE_SIZE, pa[i], PAGE_SIZE, MAP_R | MAP_W, 0);
	}
	arch_tlb_flush();
	for (u64 i = 0; i < N; i++)
		store(VA_4K + i * PAGE_SIZE + 8 * i, i + 1);
	for (u64 i = 0; i < N; i++)
		good &= load(pa[i] + 8 * i) == i + 1;
	tap_ok(good, "%s: 4 KiB pages", mode);
}

static void large_pages(struct address_space *as)
{
	u64 pa = (u64)ram_alloc(512);

	as_map(as, VA_2M, pa, MIB(2), MAP_R | MAP_W, 1);
	as_map(as, VA_1G, ALIGN_DOWN(platform.ram_base, GIB(1)), GIB(1), MAP_R | MAP_W, 2);
	arch_tlb_flush();
	store(VA_2M + MIB(1) + 8, 0x1122334455667788);
	tap_ok(load(pa + MIB(1) + 8) == 0x1122334455667788, "%s: 2 MiB page", mode);
	store(VA_1G + (pa & (GIB(1) - 1)), 0x99);
	tap_ok(load(pa) == 0x99, "%s: 1 GiB page", mode);
}

/* Where the mode's upper half begins, if the translation has one: sign extension. */
static void high_half(struct address_space *as)
{
	u64 va = ~0UL << (as->mode->va_bits - 1), pa = page();

	as_map(as, va, pa, PAGE_SIZE, MAP_R | MAP_W, 0);
	as_map(as, ~0UL - PAGE_SIZE + 1, pa, PAGE_SIZE, MAP_R | MAP_W, 0);
	arch_tlb_flush();
	store(va, 0x77);
	tap_ok(load(~0UL - PAGE_SIZE + 1) == 0x77, "%s: both ends of the upper half", mode);
	va = BIT(as->mode->va_bits - 1);
	tap_ok(faults(try_load(va), CAUSE_LOAD_PAGE, va),
	       "%s: an address between the halves faults", mode);
}

static void own_faults(struct address_space *as)
{
	u64 ro = VA_4K + MIB(1), rw = ro + PAGE_SIZE, none = ro + 2 * PAGE_SIZE;

	as_map(as, ro, page(), PAGE_SIZE, MAP_R, 0);
	as_map(as, rw, page(), PAGE_SIZE, MAP_R | MAP_W, 0);
	arch_tlb_flush();
	tap_ok(faults(try_load(none + 16), CAUSE_LOAD_PAGE, none + 16),
	       "%s: a load of what is not mapped", mode);
	tap_ok(faults(try_store(none + 24), CAUSE_STORE_PAGE, none + 24), "%s: a store", mode);
	tap_ok(faults(try_call(none), CAUSE_FETCH_PAGE, none), "%s: a fetch", mode);
	tap_ok(faults(try_store(ro), CAUSE_STORE_PAGE, ro), "%s: a store to a read-only page",
	       mode);
	tap_ok(faults(try_call(rw), CAUSE_FETCH_PAGE, rw), "%s: a fetch from a data page", mode);
}

/* Supervisor code never runs from a user page: the page fault is the guest's, cause 12. */
static void user_pages(struct address_space *as)
{
	u64 pa = page(), va = VA_USER;

	*(u16 *)pa = 0x8082; /* c.jr ra */
	__asm__ volatile("fence.i" ::: "memory");
	as_map(as, va, pa, PAGE_SIZE, MAP_R | MAP_W | MAP_X | MAP_U, 0);
	as_map(as, va + PAGE_SIZE, pa, PAGE_SIZE, MAP_R | MAP_X, 0);
	arch_tlb_flush();
	tap_ok(faults(try_call(va), CAUSE_FETCH_PAGE, va),
	       "%s: a supervisor fetch from a user page faults", mode);
	tap_ok(!try_call(va + PAGE_SIZE).count, "%s: from its own page it does not", mode);
	csr_clear(sstatus, SSTATUS_SUM);
	tap_ok(faults(try_load(va), CAUSE_LOAD_PAGE, va), "%s: a load of one without SUM faults",
	       mode);
	csr_set(sstatus, SSTATUS_SUM);
	tap_ok(!try_load(va).count, "%s: with SUM it does not", mode);
	csr_clear(sstatus, SSTATUS_SUM);
}

static void change_mapping(struct address_space *as)
{
	u64 a = page(), b = page(), va = VA_ALIAS;
	unsigned int level;
	u64 *pte;

	store(a, 1);
	store(b, 2);
	as_map(as, va, a, PAGE_SIZE, MAP_R | MAP_W, 0);
	arch_tlb_flush();
	tap_ok(load(va) == 1, "%s: a page", mode);
	as_map(as, va, b, PAGE_SIZE, MAP_R | MAP_W, 0);
	__asm__ volatile("sfence.vma %0, zero" ::"r"(va) : "memory");
	tap_ok(load(va) == 2, "%s: another one after sfence.vma of its address", mode);
	pte = as_walk(as, va, &level);
	*pte &= ~PTE_V;
	__asm__ volatile("sfence.vma zero, zero" ::: "memory");
	tap_ok(faults(try_load(va), CAUSE_LOAD_PAGE, va), "%s: none after it is unmapped", mode);
	*pte |= PTE_V;
	*pte &= ~(PTE_A | PTE_D);
	arch_tlb_flush();
	{
		struct trap_record r = try_store(va);

		tap_ok(r.count ? r.cause == CAUSE_STORE_PAGE
			       : (*pte & (PTE_A | PTE_D)) == (PTE_A | PTE_D),
		       "%s: A and D are set, or fault", mode);
	}
}

/* A 2 MiB leaf whose address is not aligned to 2 MiB is a page fault, not a page. */
static void bad_entries(struct address_space *as)
{
	u64 va = VA_2M + MIB(4);
	unsigned int level;
	u64 *pte;

	as_map(as, va, platform.ram_base, MIB(2), MAP_R | MAP_W, 1);
	pte = as_walk(as, va, &level);
	*pte |= 1UL << 10;
	arch_tlb_flush();
	tap_ok(faults(try_load(va), CAUSE_LOAD_PAGE, va), "%s: a misaligned large page faults",
	       mode);
	*pte = arch_pte_make_leaf(platform.ram_base, MAP_W, 1);
	arch_tlb_flush();
	tap_ok(faults(try_load(va), CAUSE_LOAD_PAGE, va), "%s: write without read faults", mode);
	*pte = 0;
}

/* Device registers through a translation of one's own: what the host decodes is virtual. */
static void devices(struct address_space *as)
{
	u64 va = VA_ALIAS + MIB(64);

	as_map(as, va, platform.uart, PAGE_SIZE, MAP_R | MAP_W, 0);
	arch_tlb_flush();
	mmio_write8(va + 7, 0x3c);
	tap_ok(mmio_read8(va + 7) == 0x3c, "%s: a device at another address", mode);
}

static void in_mode(const struct paging_mode *m)
{
	struct address_space as;

	mode = m->name;
	as_create(&as, m, page);
	map_kernel(&as);
	if (!arch_paging_on(&as)) {
		tap_skip("%s: not on this hart", mode);
		return;
	}
	small_pages(&as);
	large_pages(&as);
	high_half(&as);
	own_faults(&as);
	user_pages(&as);
	change_mapping(&as);
	bad_entries(&as);
	devices(&as);
	arch_paging_off();
}

static void asids(void)
{
	struct address_space a, b;
	u64 satp, bits;

	mode = "Sv39";
	as_create(&a, &arch_paging_modes[0], page);
	map_kernel(&a);
	if (!arch_paging_on(&a))
		return;
	csr_set(satp, 0xffffUL << 44);
	satp = csr_read(satp);
	arch_paging_off();
	bits = (satp >> 44) & 0xffff;
	tap_note("ASID mask 0x%lx", bits);
	if (!bits) {
		tap_skip("no ASIDs");
		return;
	}
	as_create(&b, &arch_paging_modes[0], page);
	map_kernel(&b);
	as_map(&a, VA_4K, page(), PAGE_SIZE, MAP_R | MAP_W, 0);
	as_map(&b, VA_4K, page(), PAGE_SIZE, MAP_R | MAP_W, 0);
	csr_write(satp, 8UL << 60 | 1UL << 44 | a.root >> PAGE_SHIFT);
	arch_tlb_flush();
	store(VA_4K, 1);
	csr_write(satp, 8UL << 60 | 2UL << 44 | b.root >> PAGE_SHIFT);
	store(VA_4K, 2);
	csr_write(satp, 8UL << 60 | 1UL << 44 | a.root >> PAGE_SHIFT);
	tap_ok(load(VA_4K) == 1, "address spaces with ASIDs need no flush");
	arch_paging_off();
}

int guest_main(void)
{
	for (unsigned int i = 0; i < arch_nr_paging_modes; i++)
		in_mode(&arch_paging_modes[i]);
	asids();
	return tap_done();
}
