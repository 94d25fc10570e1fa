// SPDX-License-Identifier: Apache-2.0
/* mm/page_alloc.c: memory that is added, taken, zeroed, claimed and freed. */
/* links: mm/page_alloc.c mm/zero.c */
#include "page_alloc_fixture.h"

static void nothing_is_free_before_memory_is_added(void **state)
{
	assert_int_equal(page_total_count(), 0);
	assert_int_equal(page_free_count(), 0);
	assert_int_equal(page_alloc(0, 0, NULL).v, 0);
}

static void all_of_the_memory_is_one_block(void **state)
{
	struct arena *a = *state;
	hpa_t p;

	page_alloc_add(arena_page(a, 0), ARENA_SIZE);
	assert_int_equal(page_total_count(), ARENA_PAGES);
	assert_int_equal(page_alloc(ARENA_ORDER + 1, 0, NULL).v, 0);
	assert_int_equal(page_alloc(PAGE_MAX_ORDER + 1, 0, NULL).v, 0);
	p = page_alloc(ARENA_ORDER, 0, NULL);
	assert_int_equal(p.v, (u64)a->mem);
	assert_int_equal(page_free_count(), 0);
	page_free(p, ARENA_ORDER, NULL);
	assert_int_equal(page_free_count(), ARENA_PAGES);
}

static void added_parts_join(void **state)
{
	struct arena *a = *state;
	hpa_t p;

	page_alloc_add(arena_page(a, 0), 100 * PAGE_SIZE);
	page_alloc_add(arena_page(a, 1000), ARENA_SIZE - 1000 * PAGE_SIZE);
	page_alloc_add(arena_page(a, 100), 900 * PAGE_SIZE);
	p = page_alloc(ARENA_ORDER, 0, NULL);
	assert_int_equal(p.v, (u64)a->mem);
	page_free(p, ARENA_ORDER, NULL);
}

static void only_whole_pages_are_added(void **state)
{
	struct arena *a = *state;

	page_alloc_add(hpa((u64)a->mem + 1), PAGE_SIZE);
	assert_int_equal(page_total_count(), 0);
	page_alloc_add(hpa((u64)a->mem + 1), 2 * PAGE_SIZE);
	assert_int_equal(page_total_count(), 1);
	assert_int_equal(page_alloc(0, 0, NULL).v, (u64)a->mem + PAGE_SIZE);
}

static void base_need_not_be_aligned(void **state)
{
	struct arena *a = *state;
	hpa_t p;

	page_alloc_init(arena_page(a, 3), 1021 * PAGE_SIZE, a->meta);
	page_alloc_add(arena_page(a, 3), 1021 * PAGE_SIZE);
	assert_int_equal(page_total_count(), 1021);
	p = page_alloc(9, 0, NULL);
	assert_int_equal(p.v, arena_page(a, 512).v);
	page_free(p, 9, NULL);
	p = page_alloc(8, 0, NULL);
	assert_int_equal(p.v, arena_page(a, 256).v);
	page_free(p, 8, NULL);
}

static void zeroed_pages_are_zero(void **state)
{
	struct arena *a = *state;
	unsigned int order;

	page_alloc_add(arena_page(a, 0), ARENA_SIZE);
	for (order = 0; order < 6; order++) {
		hpa_t p = page_alloc(order, 0, NULL);
		hpa_t q;
		u64 i;

		memset((void *)p.v, 0xa5, PAGE_SIZE << order);
		page_free(p, order, NULL);
		q = page_alloc(order, PAGE_ZERO, NULL);
		assert_int_equal(p.v, q.v);
		for (i = 0; i < PAGE_SIZE << order; i++)
			assert_int_equal(((u8 *)q.v)[i], 0);
		page_free(q, order, NULL);
	}
}

static void zeroing_stays_inside(void **state)
{
	struct arena *a = *state;
	u64 size;

	for (size = 0; size <= 1024; size += 256) {
		memset(a->mem, 0xa5, 2048);
		page_zero(a->mem + 256, size);
		assert_int_equal(a->mem[255], 0xa5);
		assert_int_equal(a->mem[256 + size], 0xa5);
		assert_int_equal(size ? a->mem[256 + size - 1] : 0, 0);
	}
}

static void split_pages_are_freed_one_by_one(void **state)
{
	struct arena *a = *state;
	hpa_t p, whole;
	u64 i;

	page_alloc_add(arena_page(a, 0), ARENA_SIZE);
	p = page_alloc(5, 0, NULL);
	assert_int_equal(page_order(p), 5);
	page_split(p, 5);
	assert_int_equal(page_order(p), 0);
	assert_panics(page_split(p, 5));
	for (i = 0; i < 32; i++)
		page_free(hpa(p.v + (i * 7 % 32) * PAGE_SIZE), 0, NULL);
	whole = page_alloc(ARENA_ORDER, 0, NULL);
	assert_true(whole.v);
	page_free(whole, ARENA_ORDER, NULL);
}

static void a_claim_takes_exactly_its_range(void **state)
{
	struct arena *a = *state;
	struct mem_account acct = { .name = "vm" };
	u64 seed = shim_seed(3), round;
	hpa_t p;

	page_alloc_add(arena_page(a, 0), ARENA_SIZE);
	for (round = 0; round < 200; round++) {
		u64 first = shim_random(&seed) % ARENA_PAGES, i;
		u64 n = shim_random(&seed) % (ARENA_PAGES - first) + 1;

		assert_true(page_claim(arena_page(a, first), n * PAGE_SIZE, &acct));
		assert_int_equal(acct.used, n);
		assert_int_equal(page_free_count(), ARENA_PAGES - n);
		assert_false(page_claim(arena_page(a, first + n - 1), PAGE_SIZE, &acct));
		memset(a->owner, 0, sizeof(a->owner));
		while ((p = page_alloc(0, 0, NULL)).v) {
			i = index_of(a, p);
			assert_true((i < first || i >= first + n) && !a->owner[i]);
			a->owner[i] = 1;
		}
		for (i = 0; i < ARENA_PAGES; i++)
			if (a->owner[i])
				page_free(arena_page(a, i), 0, NULL);
		page_unclaim(arena_page(a, first), n * PAGE_SIZE, &acct);
		p = page_alloc(ARENA_ORDER, 0, NULL);
		assert_true(p.v);
		page_free(p, ARENA_ORDER, NULL);
	}
}

static void a_claim_of_what_is_not_free_changes_nothing(void **state)
{
	struct arena *a = *state;
	struct mem_account acct = { .name = "vm" };
	hpa_t p;

	page_alloc_add(arena_page(a, 0), ARENA_SIZE / 2);
	p = page_alloc(0, 0, NULL);
	assert_false(page_claim(arena_page(a, 0), ARENA_SIZE / 2, &acct));
	page_free(p, 0, NULL);
	assert_false(page_claim(arena_page(a, 0), ARENA_SIZE, &acct)); /* half was never added */
	assert_false(page_claim(arena_page(a, 0), 0, &acct));
	assert_false(page_claim(arena_page(a, 0), 2 * ARENA_SIZE, &acct));
	assert_false(page_claim(hpa((u64)a->mem - PAGE_SIZE), PAGE_SIZE, &acct));
	assert_int_equal(acct.used, 0);
	assert_int_equal(page_free_count(), ARENA_PAGES / 2);
	p = page_alloc(ARENA_ORDER - 1, 0, NULL);
	assert_true(p.v);
	page_free(p, ARENA_ORDER - 1, NULL);
}

static void exhaustion_gives_every_page_once(void **state)
{
	struct arena *a = *state;
	u64 n = 0;
	hpa_t p;

	page_alloc_add(arena_page(a, 0), ARENA_SIZE);
	while ((p = page_alloc(0, 0, NULL)).v) {
		assert_int_equal(a->owner[index_of(a, p)], 0);
		a->owner[index_of(a, p)] = 1;
		n++;
	}
	assert_int_equal(n, ARENA_PAGES);
	/* Back in another order. */
	for (n = 0; n < ARENA_PAGES; n++)
		page_free(arena_page(a, n * 1021 % ARENA_PAGES), 0, NULL);
	p = page_alloc(ARENA_ORDER, 0, NULL);
	assert_true(p.v);
	page_free(p, ARENA_ORDER, NULL);
}

static void a_gibibyte_is_one_block(void **state)
{
	u64 size = GIB(1);
	void *raw = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	void *meta = aligned_alloc(8, page_alloc_meta_size(size));
	u64 base = ALIGN_UP((u64)raw, size);
	hpa_t p;

	assert_true(raw != MAP_FAILED);
	assert_true(page_alloc_meta_size(size) <= size / PAGE_SIZE + 256);
	page_alloc_init(hpa(base), size, meta);
	page_alloc_add(hpa(base), size);
	p = page_alloc(0, 0, NULL);
	page_free(p, 0, NULL);
	p = page_alloc(PAGE_MAX_ORDER, 0, NULL);
	assert_int_equal(p.v, base);
	page_free(p, PAGE_MAX_ORDER, NULL);
	munmap(raw, 2 * size);
	free(meta);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		arena_test(nothing_is_free_before_memory_is_added),
		arena_test(all_of_the_memory_is_one_block),
		arena_test(added_parts_join),
		arena_test(only_whole_pages_are_added),
		arena_test(base_need_not_be_aligned),
		arena_test(zeroed_pages_are_zero),
		arena_test(zeroing_stays_inside),
		arena_test(split_pages_are_freed_one_by_one),
		arena_test(a_claim_takes_exactly_its_range),
		arena_test(a_claim_of_what_is_not_free_changes_nothing),
		arena_test(exhaustion_gives_every_page_once),
		cmocka_unit_test(a_gibibyte_is_one_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
