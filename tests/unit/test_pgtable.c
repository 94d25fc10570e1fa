// SPDX-License-Identifier: Apache-2.0
/* mm/pgtable*.c: one behaviour each; test_pgtable_model.c has the random sequences. */
/* links: mm/page_alloc.c mm/zero.c mm/pgtable.c mm/pgtable_change.c arch/riscv64/mm/formats.c arch/aarch64/mm/formats.c arch/x86_64/mm/formats.c */
#include "test_pgtable.h"

static struct mem_account acct;

static struct {
	unsigned int calls;
	u64 va, size;
	int walk; /* what the first call found where it was told to flush */
} flushed;

static void flush(struct pgtable *pt, u64 va, u64 size)
{
	struct pgtable_leaf leaf;

	if (!flushed.calls++)
		flushed.walk = pgtable_walk(pt, va, &leaf);
	flushed.va = va;
	flushed.size = size;
}

static void init(struct pgtable *pt, const struct pgtable_format *fmt)
{
	acct = (struct mem_account){ .name = "test" };
	assert_int_equal(pgtable_init(pt, fmt, &acct, flush), 0);
	memset(&flushed, 0, sizeof(flushed));
}

static void fini(struct pgtable *pt)
{
	assert_int_equal(acct.used, pt->table_pages);
	pgtable_destroy(pt);
	assert_int_equal(acct.used, 0);
}

static int count_leaf(void *arg, const struct pgtable_leaf *leaf)
{
	unsigned int *count = arg;

	count[leaf->size == PAGE_SIZE ? 0 : leaf->size == MIB(2) ? 1 : 2]++;
	return 0;
}

static void root_is_aligned_to_its_size(void **state)
{
	unsigned int i;

	for (i = 0; i < NR_SPECS; i++) {
		struct pgtable pt;

		init(&pt, specs[i].fmt);
		assert_true(IS_ALIGNED(pt.root.v, PAGE_SIZE << specs[i].fmt->root_order));
		assert_int_equal(specs[i].fmt->va_bits, specs[i].va_bits);
		assert_int_equal(acct.used, specs[i].root_pages);
		fini(&pt);
	}
}

static void init_without_memory_fails(void **state)
{
	struct pgtable pt;

	acct = (struct mem_account){ .limit = 3 };
	assert_int_equal(pgtable_init(&pt, &sv39x4, &acct, NULL), -ENOMEM);
	assert_int_equal(acct.used, 0);
}

static void permissions_read_back(void **state)
{
	unsigned int i, prot;

	for (i = 0; i < NR_SPECS; i++) {
		struct pgtable pt;

		init(&pt, specs[i].fmt);
		for (prot = 0; prot <= PROT_MAX; prot++) {
			struct pgtable_leaf leaf;
			struct translation t;
			unsigned int want = spec_prot(&specs[i], prot);
			int err = pgtable_map(&pt, prot * PAGE_SIZE, hpa(GIB(2)), PAGE_SIZE, prot,
					      NULL);

			if (!spec_can(&specs[i], prot)) {
				assert_int_equal(err, -EINVAL);
				continue;
			}
			assert_int_equal(err, 0);
			assert_int_equal(pgtable_walk(&pt, prot * PAGE_SIZE + 5, &leaf), 0);
			assert_int_equal(leaf.prot, want);
			assert_true(spec_walk(&specs[i], &pt, prot * PAGE_SIZE, &t));
			assert_int_equal(t.prot, want & PROT_RWX);
		}
		assert_int_equal(pgtable_map(&pt, 0, hpa(0), PAGE_SIZE, 16 | PROT_R, NULL),
				 -EINVAL);
		fini(&pt);
	}
}

static void bad_ranges_are_refused(void **state)
{
	struct pgtable pt;

	init(&pt, &sv39);
#define MAP(va, pa, size) pgtable_map(&pt, va, hpa(pa), size, PROT_R, NULL)
	assert_int_equal(MAP(0, 0, 0), -EINVAL);
	assert_int_equal(MAP(1, 0, PAGE_SIZE), -EINVAL);
	assert_int_equal(MAP(0, 1, PAGE_SIZE), -EINVAL);
	assert_int_equal(MAP(0, 0, PAGE_SIZE + 1), -EINVAL);
	assert_int_equal(MAP(1ull << 38, 0, PAGE_SIZE), -EINVAL);
	assert_int_equal(MAP((1ull << 38) - PAGE_SIZE, 0, 2 * PAGE_SIZE), -EINVAL);
	assert_int_equal(MAP(-(1ull << 38) - PAGE_SIZE, 0, 2 * PAGE_SIZE), -EINVAL);
	assert_int_equal(MAP(0, 0, -PAGE_SIZE), -EINVAL); /* across the hole */
	assert_int_equal(MAP(-PAGE_SIZE, 0, 2 * PAGE_SIZE), -EINVAL);
	assert_int_equal(MAP(0, 1ull << 56, PAGE_SIZE), -EINVAL);
	assert_int_equal(MAP(0, (1ull << 56) - PAGE_SIZE, 2 * PAGE_SIZE), -EINVAL);
	assert_int_equal(MAP(0, -PAGE_SIZE, 2 * PAGE_SIZE), -EINVAL);
	assert_int_equal(MAP(0, (1ull << 56) - PAGE_SIZE, PAGE_SIZE), 0);
	assert_int_equal(MAP((1ull << 38) - PAGE_SIZE, 0, PAGE_SIZE), 0);
	assert_int_equal(MAP(-(1ull << 38), 0, PAGE_SIZE), 0);
	assert_int_equal(MAP(-PAGE_SIZE, 0, PAGE_SIZE), 0);
	assert_int_equal(pgtable_unmap(&pt, 0, 0, NULL, NULL), -EINVAL);
	assert_int_equal(pgtable_protect(&pt, 0, PAGE_SIZE, 0), -EINVAL);
	fini(&pt);
	init(&pt, &sv39x4);
	assert_int_equal(MAP((1ull << 41) - PAGE_SIZE, 0, PAGE_SIZE), 0);
	assert_int_equal(MAP(1ull << 41, 0, PAGE_SIZE), -EINVAL);
	assert_int_equal(MAP(-PAGE_SIZE, 0, PAGE_SIZE), -EINVAL);
	fini(&pt);
#undef MAP
}

static void single_leaves_are_checked(void **state)
{
	struct page_cache pc = { 0 };
	struct pgtable pt;

	init(&pt, &sv48x4);
	assert_int_equal(page_cache_fill(&pt, &pc), 0);
#define LEAF(va, pa, level, prot) pgtable_map_leaf(&pt, va, hpa(pa), level, prot, &pc)
	assert_int_equal(LEAF(PAGE_SIZE, 0, 1, PROT_R), -EINVAL);
	assert_int_equal(LEAF(0, PAGE_SIZE, 1, PROT_R), -EINVAL);
	assert_int_equal(LEAF(0, 0, 3, PROT_R), -EINVAL);
	assert_int_equal(LEAF(0, 0, 0, 0), -EINVAL);
	assert_int_equal(LEAF(0, 0, 0, 99), -EINVAL);
	assert_int_equal(LEAF(1ull << 50, 0, 0, PROT_R), -EINVAL);
	assert_int_equal(LEAF(0, 1ull << 56, 0, PROT_R), -EINVAL);
	assert_int_equal(LEAF(0, 1ull << 63, 2, PROT_R), -EINVAL);
	assert_int_equal(pt.table_pages, 4);

	assert_int_equal(LEAF(MIB(2), GIB(4), 0, PROT_RW), 0);
	assert_int_equal(pt.table_pages, 7);
	assert_int_equal(LEAF(MIB(2), GIB(4), 0, PROT_RW), -EEXIST);
	assert_int_equal(LEAF(MIB(2), GIB(4), 1, PROT_RW), -EEXIST); /* over a table */
	assert_int_equal(LEAF(MIB(4), GIB(4), 1, PROT_RW), 0);
	assert_int_equal(LEAF(MIB(4) + PAGE_SIZE, GIB(4), 0, PROT_RW), -EEXIST); /* in a leaf */
	assert_int_equal(LEAF(GIB(1), GIB(4), 2, PROT_RWX), 0);
	assert_int_equal(pt.table_pages, 7);
	assert_int_equal(flushed.calls, 0);
	page_cache_drain(&pt, &pc);
	assert_int_equal(LEAF(GIB(2), GIB(4), 0, PROT_RW), -ENOMEM);
	assert_int_equal(pgtable_map_leaf(&pt, GIB(2), hpa(0), 0, PROT_RW, NULL), -ENOMEM);
	assert_int_equal(LEAF(MIB(2) + PAGE_SIZE, GIB(4), 0, PROT_RW), 0);
#undef LEAF
	fini(&pt);
}

static void a_cache_with_too_few_pages_is_not_touched(void **state)
{
	struct page_cache pc = { 0 };
	struct pgtable pt;
	u64 va;

	init(&pt, &sv48x4);
	assert_int_equal(page_cache_fill(&pt, &pc), 0);
	/* Three tables for the first, two for each that follows. */
	for (va = 0; pc.count > 1; va += GIB(1))
		assert_int_equal(pgtable_map_leaf(&pt, va, hpa(0), 0, PROT_RW, &pc), 0);
	assert_int_equal(pc.count, 1);
	assert_int_equal(pgtable_map_leaf(&pt, va, hpa(0), 0, PROT_RW, &pc), -ENOMEM);
	assert_int_equal(pc.count, 1);
	assert_int_equal(pgtable_map_leaf(&pt, va, hpa(0), 1, PROT_RW, &pc), 0);
	assert_int_equal(pc.count, 0);
	fini(&pt);
}

static void the_largest_leaves_are_used(void **state)
{
	unsigned int count[3] = { 0 };
	struct pgtable pt;
	u64 va = GIB(7) - MIB(2) - PAGE_SIZE, size = GIB(2) + MIB(4) + 2 * PAGE_SIZE;

	init(&pt, &sv39x4);
	assert_int_equal(pgtable_map(&pt, va, hpa(va + GIB(9)), size, PROT_RWX, NULL), 0);
	assert_int_equal(pgtable_for_each(&pt, 0, 1ull << 41, count_leaf, count), 0);
	assert_int_equal(count[0], 2);
	assert_int_equal(count[1], 2);
	assert_int_equal(count[2], 2);
	fini(&pt);

	/* As far as both addresses agree. */
	memset(count, 0, sizeof(count));
	init(&pt, &sv57);
	assert_int_equal(pgtable_map(&pt, 0, hpa(MIB(2)), GIB(1), PROT_RWX, NULL), 0);
	assert_int_equal(pgtable_map(&pt, GIB(1), hpa(PAGE_SIZE), MIB(4), PROT_RWX, NULL), 0);
	assert_int_equal(pgtable_for_each(&pt, 0, GIB(8), count_leaf, count), 0);
	assert_int_equal(count[0], 1024);
	assert_int_equal(count[1], 512);
	assert_int_equal(count[2], 0);
	fini(&pt);
}

static void a_filled_cache_is_enough(void **state)
{
	unsigned int i;

	for (i = 0; i < NR_SPECS; i++) {
		struct page_cache pc = { 0 };
		struct pgtable pt;
		u64 used;

		if (specs[i].fmt == &odd_format)
			continue;
		init(&pt, specs[i].fmt);
		assert_int_equal(page_cache_fill(&pt, &pc), 0);
		assert_int_equal(page_cache_fill(&pt, &pc), 0);
		used = acct.used;
		acct.limit = used;
		assert_int_equal(pgtable_map(&pt, GIB(5) + PAGE_SIZE, hpa(GIB(8) + PAGE_SIZE),
					     GIB(1) - 2 * PAGE_SIZE, PROT_RW, &pc),
				 0);
		assert_int_equal(acct.used, used);
		page_cache_drain(&pt, &pc);
		fini(&pt);
	}
}

static void an_empty_cache_fails_and_changes_nothing(void **state)
{
	struct page_cache pc = { 0 };
	struct pgtable_leaf leaf;
	struct pgtable pt;

	init(&pt, &sv39);
	assert_int_equal(pgtable_map(&pt, 0, hpa(0), GIB(1) + PAGE_SIZE, PROT_RW, &pc), -ENOMEM);
	assert_int_equal(pgtable_walk(&pt, 0, &leaf), -ENOENT);
	assert_int_equal(pgtable_map(&pt, 0, hpa(0), GIB(1), PROT_RW, &pc), 0);
	fini(&pt);
}

static void a_block_with_a_page_in_it_is_not_free(void **state)
{
	unsigned int i;

	for (i = 0; i < NR_SPECS; i++) {
		struct pgtable pt;

		init(&pt, specs[i].fmt);
		assert_true(pgtable_is_free(&pt, MIB(4), 1));
		assert_int_equal(pgtable_map(&pt, MIB(4), hpa(MIB(6)), PAGE_SIZE, PROT_RW, NULL),
				 0);
		assert_false(pgtable_is_free(&pt, MIB(4), 0));
		assert_true(pgtable_is_free(&pt, MIB(4) + PAGE_SIZE, 0));
		assert_false(pgtable_is_free(&pt, MIB(6) - 1, 1));
		assert_true(pgtable_is_free(&pt, MIB(6), 1));
		assert_int_equal(pgtable_map(&pt, MIB(6), hpa(MIB(8)), MIB(2), PROT_RW, NULL), 0);
		assert_false(pgtable_is_free(&pt, MIB(6) + PAGE_SIZE, 0));
		/* What can't be mapped is not there to be taken. */
		assert_false(pgtable_is_free(&pt, 1ull << 62, 1));
		fini(&pt);
	}
}

static void protecting_a_page_splits_a_gibibyte(void **state)
{
	unsigned int count[3] = { 0 };
	struct pgtable_leaf leaf;
	struct pgtable pt;

	init(&pt, &sv39);
	assert_int_equal(pgtable_map(&pt, GIB(1), hpa(GIB(3)), GIB(1), PROT_RWX, NULL), 0);
	assert_int_equal(pgtable_protect(&pt, GIB(1) + MIB(2), PAGE_SIZE, PROT_R), 0);
	assert_int_equal(flushed.calls, 1);
	assert_int_equal(flushed.va, GIB(1));
	assert_int_equal(flushed.size, GIB(1));
	assert_int_equal(pt.table_pages, 3);
	pgtable_for_each(&pt, 0, GIB(8), count_leaf, count);
	assert_int_equal(count[0], 512);
	assert_int_equal(count[1], 511);
	assert_int_equal(pgtable_walk(&pt, GIB(1) + MIB(2), &leaf), 0);
	assert_int_equal(leaf.prot, PROT_R);
	assert_int_equal(leaf.pa.v, GIB(3) + MIB(2));

	/* Back again, in two steps at once. */
	assert_int_equal(pgtable_protect(&pt, GIB(1) + MIB(2), PAGE_SIZE, PROT_RWX), 0);
	assert_int_equal(flushed.size, PAGE_SIZE);
	assert_int_equal(pgtable_coalesce(&pt, 0, GIB(4)), 2);
	assert_int_equal(flushed.size, PGTABLE_FLUSH_ALL);
	assert_int_equal(pt.table_pages, 1);
	assert_int_equal(pgtable_walk(&pt, GIB(1) + MIB(2), &leaf), 0);
	assert_int_equal(leaf.size, GIB(1));
	assert_int_equal(leaf.pa.v, GIB(3));
	fini(&pt);
}

static void only_what_is_alike_coalesces(void **state)
{
	struct pgtable pt;
	u64 i;

	init(&pt, &sv39x4);
	for (i = 0; i < 511; i++)
		assert_int_equal(pgtable_map(&pt, i * PAGE_SIZE, hpa(GIB(2) + i * PAGE_SIZE),
					     PAGE_SIZE, PROT_RW, NULL),
				 0);
	assert_int_equal(pgtable_coalesce(&pt, 0, MIB(2)), 0); /* not full */
	assert_int_equal(pgtable_map(&pt, i * PAGE_SIZE, hpa(GIB(2)), PAGE_SIZE, PROT_RW, NULL), 0);
	assert_int_equal(pgtable_coalesce(&pt, 0, MIB(2)), 0); /* not contiguous */
	assert_int_equal(pgtable_unmap(&pt, i * PAGE_SIZE, PAGE_SIZE, NULL, NULL), 0);
	assert_int_equal(pgtable_map(&pt, i * PAGE_SIZE, hpa(GIB(2) + i * PAGE_SIZE), PAGE_SIZE,
				     PROT_R, NULL),
			 0);
	assert_int_equal(pgtable_coalesce(&pt, 0, MIB(2)), 0); /* not of one permission */
	assert_int_equal(pgtable_protect(&pt, i * PAGE_SIZE, PAGE_SIZE, PROT_RW), 0);
	assert_int_equal(pgtable_coalesce(&pt, 0, MIB(2)), 1);

	/* Contiguous, but not aligned. */
	assert_int_equal(pgtable_map(&pt, MIB(2), hpa(PAGE_SIZE), MIB(2), PROT_RW, NULL), 0);
	assert_int_equal(pgtable_coalesce(&pt, 0, MIB(4)), 0);
	assert_int_equal(pgtable_coalesce(&pt, 1, MIB(4)), 0);
	fini(&pt);
}

static void tables_are_broken_before_made_where_that_is_asked_for(void **state)
{
	struct pgtable pt;

	init(&pt, &odd_format);
	assert_int_equal(pgtable_map(&pt, GIB(1), hpa(0), GIB(1), PROT_RW, NULL), 0);
	assert_int_equal(pgtable_protect(&pt, GIB(1), PAGE_SIZE, PROT_R), 0);
	assert_true(flushed.calls > 1);
	assert_int_equal(flushed.walk, -ENOENT);
	fini(&pt);

	init(&pt, &sv39);
	assert_int_equal(pgtable_map(&pt, GIB(1), hpa(0), GIB(1), PROT_RW, NULL), 0);
	assert_int_equal(pgtable_protect(&pt, GIB(1), PAGE_SIZE, PROT_R), 0);
	assert_int_equal(flushed.walk, 0);
	fini(&pt);
}

static void unmapping_all_takes_one_flush(void **state)
{
	struct pgtable pt;
	u64 va;

	init(&pt, &sv48x4);
	for (va = 0; va < GIB(64); va += GIB(1) + MIB(2) + PAGE_SIZE)
		assert_int_equal(pgtable_map(&pt, va, hpa(va), PAGE_SIZE, PROT_RW, NULL), 0);
	assert_int_equal(pgtable_unmap(&pt, 0, 1ull << 50, NULL, NULL), 0);
	assert_int_equal(flushed.calls, 1);
	assert_int_equal(flushed.size, PGTABLE_FLUSH_ALL);
	assert_int_equal(pt.table_pages, 4);
	fini(&pt);
}

static void unmapping_nothing_flushes_nothing(void **state)
{
	struct pgtable pt;

	init(&pt, &sv57);
	assert_int_equal(pgtable_unmap(&pt, 0, 1ull << 56, NULL, NULL), 0);
	assert_int_equal(pgtable_protect(&pt, -(1ull << 56), 1ull << 56, PROT_R), 0);
	assert_int_equal(pgtable_coalesce(&pt, 0, 1ull << 56), 0);
	assert_int_equal(flushed.calls, 0);
	fini(&pt);
}

/* Other CPUs may map between the batches of an unmap, which drops the lock then. */
static void map_across_the_end(void *arg, u64 va, hpa_t pa, u64 size)
{
	if (va == PAGE_SIZE)
		assert_int_equal(pgtable_map(arg, MIB(4), hpa(MIB(8)), MIB(2), PROT_RW, NULL), 0);
}

static void a_leaf_mapped_meanwhile_is_split(void **state)
{
	struct pgtable_leaf leaf;
	struct pgtable pt;

	init(&pt, &sv39x4);
	assert_int_equal(pgtable_map(&pt, 0, hpa(MIB(2)), MIB(1), PROT_RW, NULL), 0);
	assert_int_equal(pgtable_unmap(&pt, PAGE_SIZE, MIB(5) - PAGE_SIZE, map_across_the_end, &pt),
			 0);
	assert_int_equal(pgtable_walk(&pt, 0, &leaf), 0);
	assert_int_equal(pgtable_walk(&pt, PAGE_SIZE, &leaf), -ENOENT);
	assert_int_equal(pgtable_walk(&pt, MIB(5) - 1, &leaf), -ENOENT);
	assert_int_equal(pgtable_walk(&pt, MIB(5), &leaf), 0);
	assert_int_equal(leaf.pa.v, MIB(9));
	assert_int_equal(pt.table_pages, 7);
	fini(&pt);
}

static int stop_at_third(void *arg, const struct pgtable_leaf *leaf)
{
	unsigned int *n = arg;

	return ++*n == 3 ? 77 : 0;
}

static void a_walk_ends_when_it_is_told_to(void **state)
{
	struct pgtable pt;
	unsigned int n = 0;

	init(&pt, &sv39);
	assert_int_equal(pgtable_map(&pt, 0, hpa(0), 9 * PAGE_SIZE, PROT_R, NULL), 0);
	assert_int_equal(pgtable_for_each(&pt, 0, GIB(1), stop_at_third, &n), 77);
	assert_int_equal(n, 3);
	assert_int_equal(pgtable_for_each(&pt, 0, 1, stop_at_third, &n), -EINVAL);
	fini(&pt);
}

#define pt_test(fn) cmocka_unit_test_setup_teardown(fn, arena_setup, arena_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		pt_test(root_is_aligned_to_its_size),
		pt_test(init_without_memory_fails),
		pt_test(permissions_read_back),
		pt_test(bad_ranges_are_refused),
		pt_test(single_leaves_are_checked),
		pt_test(a_cache_with_too_few_pages_is_not_touched),
		pt_test(the_largest_leaves_are_used),
		pt_test(a_filled_cache_is_enough),
		pt_test(an_empty_cache_fails_and_changes_nothing),
		pt_test(a_block_with_a_page_in_it_is_not_free),
		pt_test(protecting_a_page_splits_a_gibibyte),
		pt_test(only_what_is_alike_coalesces),
		pt_test(tables_are_broken_before_made_where_that_is_asked_for),
		pt_test(unmapping_all_takes_one_flush),
		pt_test(unmapping_nothing_flushes_nothing),
		pt_test(a_leaf_mapped_meanwhile_is_split),
		pt_test(a_walk_ends_when_it_is_told_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
