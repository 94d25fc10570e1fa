// SPDX-License-Identifier: Apache-2.0
#include <guest/irq.h>
#include <guest/paging.h>
#include <guest/tap.h>

/*
 * Walks from TTBR1_EL1 that meet what is no memory, with each size of pages and number of levels:
 * the abort tells the level that could not be read (Arm ARM D19.2.39). TTBR0_EL1 has this code.
 */

#define NO_MEMORY  0x50000000UL
#define PTE_TABLE  3UL
#define PTE_PAGE   (3UL | BIT(10) | 3UL << 8 | BIT(2)) /* accessed, shared, normal memory */
#define TCR_T1SZ   (0x3fUL << 16)
#define TCR_TG1	   (3UL << 30)
#define TABLES_MAX 4

static const struct granule {
	const char *name;
	unsigned int page; /* log2 */
	u64 tg1;
	unsigned int id_shift; /* of ID_AA64MMFR0_EL1 */
	unsigned int none;     /* that it reads as without */
	unsigned int size_least, size_most;
} granules[] = {
	{ "4 KiB", 12, 2, 28, 15, 16, 39 },
	{ "16 KiB", 14, 1, 20, 0, 16, 39 },
	{ "64 KiB", 16, 3, 24, 15, 16, 39 },
};

static struct address_space as;
static u64 *table[TABLES_MAX], data;

static u64 page(void)
{
	return (u64)ram_alloc(1);
}

static struct trap_record load(u64 va, bool write)
{
	trap_catch();
	if (write)
		*(volatile u64 *)va = 1;
	else
		(void)*(volatile u64 *)va;
	return trap_caught();
}

static bool aborts(u64 va, unsigned int level)
{
	unsigned int write;

	arch_tlb_flush();
	for (write = 0; write < 2; write++) {
		struct trap_record r = load(va, write);

		if (r.count == 1 && ESR_EC(r.cause) == EC_DABT && r.tval == va &&
		    ESR_FSC(r.cause) == (FSC_EXT_WALK | level))
			continue;
		tap_note("level %u: %lu traps, cause 0x%lx, address 0x%lx", level, r.count, r.cause,
			 r.tval);
		return false;
	}
	return true;
}

/* Addresses of 64 - @sz bits. */
static bool try(const struct granule *g, unsigned int sz)
{
	unsigned int stride = g->page - 3, levels = (64 - sz - g->page + stride - 1) / stride;
	unsigned int first = 4 - levels, n;
	u64 va = ~0UL << (64 - sz) | (0x5a5a5a5a5a5aa8UL & (BIT(64 - sz) - 1));
	u64 *pte[TABLES_MAX], old;
	bool good = true;

	for (n = 0; n < levels; n++) {
		unsigned int shift = g->page + stride * (levels - 1 - n);
		u64 mask = BIT(min(stride, 64 - sz - shift)) - 1;

		pte[n] = &table[n][va >> shift & mask];
		*pte[n] = n + 1 < levels ? (u64)table[n + 1] | PTE_TABLE : data | PTE_PAGE;
	}
	sysreg_write(tcr_el1,
		     (sysreg_read(tcr_el1) & ~(TCR_T1SZ | TCR_TG1)) | (u64)sz << 16 | g->tg1 << 30);
	sysreg_write(ttbr1_el1, NO_MEMORY);
	good &= aborts(va, first);
	sysreg_write(ttbr1_el1, table[0]);
	for (n = 0; n + 1 < levels; n++) {
		old = *pte[n];
		*pte[n] = NO_MEMORY | PTE_TABLE;
		good &= aborts(va, first + n + 1);
		*pte[n] = old;
	}
	arch_tlb_flush();
	if (load(va, false).count)
		good = false;
	for (n = 0; n < levels; n++)
		*pte[n] = 0;
	return good;
}

static void with(const struct granule *g)
{
	unsigned int sz, has = sysreg_read(id_aa64mmfr0_el1) >> g->id_shift & 15, bad = 0;

	if (has == g->none) {
		tap_note("no pages of %s", g->name);
		return;
	}
	for (sz = g->size_least; sz <= g->size_most; sz++)
		if (!try(g, sz)) {
			tap_note("%u bits", 64 - sz);
			bad++;
		}
	tap_ok(!bad, "pages of %s: each level is told", g->name);
}

int guest_main(void)
{
	unsigned int i;

	for (i = 0; i < TABLES_MAX; i++)
		table[i] = ram_alloc(16);
	data = (u64)ram_alloc(16);
	as_create(&as, &arch_paging_modes[0], page);
	as_map_kernel(&as, ram_free_end());
	if (!arch_paging_on(&as))
		return tap_done();
	for (i = 0; i < ARRAY_SIZE(granules); i++)
		with(&granules[i]);
	arch_paging_off();
	return tap_done();
}
