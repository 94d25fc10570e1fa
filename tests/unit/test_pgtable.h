/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_PGTABLE_H
#define TEST_PGTABLE_H

/* What the tests of the page-table walker share: memory, formats, a walker of their own. */
#include "../../arch/riscv64/include/asm/pgtable.h"
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

#define ODD_LEAF(prot) [prot] = 1 | (u64)(~(prot)&15) << 52

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

/* What the specifications say of a format, for spec_walk(). */
struct spec {
	const struct pgtable_format *fmt;
	unsigned int levels, va_bits;
	bool guest;
};

static const struct spec specs[] = {
	{ &sv39, 3, 39, false },       { &sv48, 4, 48, false },	 { &sv57, 5, 57, false },
	{ &sv39x4, 3, 41, true },      { &sv48x4, 4, 50, true }, { &sv57x4, 5, 59, true },
	{ &odd_format, 4, 44, false },
};
#define NR_SPECS ARRAY_SIZE(specs)

struct translation {
	u64 pa, size;
	unsigned int prot;
};

/* Privileged architecture 1.12, 4.3.2, with the changes of 8.5.1; fails the test on a reserved
 * encoding. */
static inline bool riscv_walk(const struct spec *s, u64 root, u64 va, struct translation *t)
{
	u64 a = root;
	int i;

	for (i = (int)s->levels - 1; i >= 0; i--) {
		unsigned int low = 12 + 9 * i;
		unsigned int width = i == (int)s->levels - 1 ? s->va_bits - low : 9;
		u64 pte = ((u64 *)a)[va >> low & ((1ull << width) - 1)];
		u64 ppn = pte >> 10 & ((1ull << 44) - 1);
		bool v = pte & 1, r = pte & 2, w = pte & 4, x = pte & 8, u = pte & 16, g = pte & 32;

		if (!v)
			return false;
		assert_false(w && !r);
		assert_int_equal(pte >> 54, 0);
		if (!r && !x) {
			assert_int_equal(pte & 0xf0, 0);
			assert_true(i > 0);
			a = ppn << 12;
			continue;
		}
		assert_true(pte & 64);	/* A */
		assert_true(pte & 128); /* D */
		assert_true(u == s->guest && g == !s->guest);
		assert_int_equal(ppn & ((1ull << 9 * i) - 1), 0);
		t->size = 1ull << low;
		t->pa = (ppn << 12) + (va & (t->size - 1));
		t->prot = (r ? PROT_R : 0) | (w ? PROT_W : 0) | (x ? PROT_X : 0);
		return true;
	}
	return false;
}

static inline bool odd_walk(u64 root, u64 va, struct translation *t)
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

/* Translates as the hardware would; PROT_DEVICE is not told. */
static inline bool spec_walk(const struct spec *s, struct pgtable *pt, u64 va,
			     struct translation *t)
{
	return s->fmt == &odd_format ? odd_walk(pt->root.v, va, t)
				     : riscv_walk(s, pt->root.v, va, t);
}

#endif
