/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_PGTABLE_H
#define TEST_PGTABLE_H

/* What the tests of the page-table walker share: memory, formats, a walker of their own. */
#include <lodge/errno.h>
#include <lodge/pgtable.h>
#include <shim.h>
#include <sys/mman.h>

#define ARENA_SIZE MIB(64)

static u64 arena_meta[ARENA_SIZE / PAGE_SIZE / 8 + 64];

static inline int arena_setup(void **state)
{
	static void *mem;

	if (!mem)
		mem = mmap(NULL, ARENA_SIZE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	assert_true(mem != MAP_FAILED);
	assert_true(page_alloc_meta_size(ARENA_SIZE) <= sizeof(arena_meta));
	page_alloc_init(hpa((u64)mem), ARENA_SIZE, arena_meta);
	page_alloc_add(hpa((u64)mem), ARENA_SIZE);
	(void)state;
	return 0;
}

static inline int arena_teardown(void **state)
{
	(void)state;
	return page_free_count() == page_total_count() ? 0 : -1;
}

/* <sys/mman.h> has no PROT_R and so on, so both can be used. */

static inline unsigned int odd_prot(u64 pte)
{
	return ~(pte >> 52) & 15;
}

#define ODD_LEAF(prot) [prot] = 1 | (u64)(15 & ~(prot)) << 52

/* No architecture's: unusual in all that a format may be unusual in. */
static const struct pgtable_format odd_format = {
	.name = "odd",
	.levels = 4,
	.va_bits = 44,	    /* a root of 32 entries */
	.leaf_levels = 0x5, /* 4 KiB and 1 GiB, but not 2 MiB */
	.break_before_make = true,
	.present_mask = 1,
	.table_mask = 3,
	.table_value = 1,
	.table_bits = 1,
	.page_bits = 4,
	.large_bits = 2,
	.pa_mask = GENMASK(47, 12),
	.leaf_bits = {
		ODD_LEAF(1), ODD_LEAF(2), ODD_LEAF(3), ODD_LEAF(4), ODD_LEAF(5), ODD_LEAF(6),
		ODD_LEAF(7), ODD_LEAF(9), ODD_LEAF(10), ODD_LEAF(11), ODD_LEAF(12), ODD_LEAF(13),
		ODD_LEAF(14), ODD_LEAF(15),
	},
	.prot = odd_prot,
};

struct translation {
	u64 pa, size;
	unsigned int prot;
};

/*
 * What the specifications say of a format. @walk translates as the hardware would (PROT_DEVICE
 * is not told), and fails the test on an encoding that is reserved. @always_r: all that is mapped
 * can be read; @w_reads: what can be written can; @no_wx: nothing is both writable and executable.
 */
struct spec {
	const struct pgtable_format *fmt;
	bool (*walk)(const struct spec *s, u64 root, u64 va, struct translation *t);
	unsigned int levels, va_bits, root_pages;
	bool guest, always_r, w_reads, no_wx;
};

static inline bool odd_walk(const struct spec *s, u64 root, u64 va, struct translation *t)
{
	u64 pte = ((u64 *)root)[va >> 39 & 31];
	int low;

	for (low = 39;; low -= 9, pte = ((u64 *)(pte & GENMASK(47, 12)))[va >> low & 511]) {
		assert_true(!(pte & 1) == !pte);
		if (!pte)
			return false;
		if (low == 12 || pte & 2)
			break;
	}
	assert_true(low == 12 ? (pte & 7) == 5 : low == 30 && (pte & 7) == 3);
	t->size = 1ull << low;
	assert_int_equal(pte & GENMASK(47, 12) & (t->size - 1), 0);
	t->pa = (pte & GENMASK(47, 12)) + (va & (t->size - 1));
	t->prot = ~(pte >> 52) & PROT_RWX;
	return true;
}

#include "pgtable_aarch64.h"
#include "pgtable_riscv64.h"
#include "pgtable_x86_64.h"

static const struct spec specs[] = {
	SPECS_RISCV64,
	SPECS_AARCH64,
	SPECS_X86_64,
	{ .fmt = &odd_format, .walk = odd_walk, .levels = 4, .va_bits = 44, .root_pages = 1 },
};
#define NR_SPECS ARRAY_SIZE(specs)

static inline bool spec_walk(const struct spec *s, struct pgtable *pt, u64 va,
			     struct translation *t)
{
	return s->walk(s, pt->root.v, va, t);
}

/* What comes out when @prot is mapped. */
static inline unsigned int spec_prot(const struct spec *s, unsigned int prot)
{
	return s->always_r || (prot & PROT_W && s->w_reads) ? prot | PROT_R : prot;
}

/* Whether the format has leaves of @prot. */
static inline bool spec_can(const struct spec *s, unsigned int prot)
{
	return prot & PROT_RWX && !(s->no_wx && prot & PROT_W && prot & PROT_X);
}

#endif
