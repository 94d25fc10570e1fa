// SPDX-License-Identifier: Apache-2.0
/* links: virt/mem/region.c */
#include <lodge/errno.h>
#include <lodge/region.h>
#include <shim.h>

static struct region page_range(u64 page, u64 pages)
{
	return (struct region){ .gpa = gpa(page * PAGE_SIZE), .size = pages * PAGE_SIZE };
}

static void add_refuses_what_is_no_region(void **state)
{
	struct region_map map = { 0 };
	struct region r = { .gpa = gpa(0x1000), .size = 0 };

	assert_int_equal(region_add(&map, &r), -EINVAL);
	r.size = 0x800;
	assert_int_equal(region_add(&map, &r), -EINVAL);
	r = (struct region){ .gpa = gpa(0x800), .size = 0x1000 };
	assert_int_equal(region_add(&map, &r), -EINVAL);
	r = (struct region){ .gpa = gpa(-0x1000UL), .size = 0x2000 };
	assert_int_equal(region_add(&map, &r), -EINVAL);
	assert_int_equal(map.count, 0);
}

static void add_takes_the_last_page(void **state)
{
	struct region_map map = { 0 };
	struct region r = { .gpa = gpa(-0x1000UL), .size = 0x1000 };

	assert_int_equal(region_add(&map, &r), 0);
	assert_int_equal(region_add(&map, &r), -EEXIST);
	assert_ptr_equal(region_find(&map, gpa(~0UL)), &map.r[0]);
	assert_null(region_find(&map, gpa(0)));
}

static void add_refuses_when_full(void **state)
{
	struct region_map map = { 0 };
	struct region r;
	u64 i;

	for (i = 0; i < MAX_REGIONS; i++) {
		r = page_range(i * 2, 1);
		assert_int_equal(region_add(&map, &r), 0);
	}
	r = page_range(1, 1);
	assert_int_equal(region_add(&map, &r), -ENOSPC);
	assert_int_equal(map.count, MAX_REGIONS);
}

static void overlap_gives_the_first(void **state)
{
	struct region_map map = { 0 };
	struct region a = page_range(10, 5), b = page_range(20, 5);

	assert_int_equal(region_add(&map, &b), 0);
	assert_int_equal(region_add(&map, &a), 0);
	assert_ptr_equal(region_overlap(&map, gpa(0), 100 * PAGE_SIZE), &map.r[0]);
	assert_ptr_equal(region_overlap(&map, gpa(15 * PAGE_SIZE), 6 * PAGE_SIZE), &map.r[1]);
	assert_null(region_overlap(&map, gpa(15 * PAGE_SIZE), 5 * PAGE_SIZE));
	assert_null(region_overlap(&map, gpa(12 * PAGE_SIZE), 0));
	assert_null(region_overlap(&map, gpa(0), 10 * PAGE_SIZE));
}

#define MODEL_PAGES 96

/* An owner for each page is all there is to know. */
static void behaves_as_an_array_of_pages(void **state)
{
	u64 seed = shim_seed(1);
	int round;

	for (round = 0; round < 2000; round++) {
		struct region_map map = { 0 };
		int owner[MODEL_PAGES] = { 0 };
		int n, step;

		for (step = 1, n = 0; step <= 50; step++) {
			u64 first = shim_random(&seed) % MODEL_PAGES;
			u64 len = 1 + shim_random(&seed) % 6, p;
			struct region r = page_range(first, len);
			int want = 0;

			r.perm = (u32)step;
			for (p = first; p < first + len && p < MODEL_PAGES; p++)
				if (owner[p])
					want = -EEXIST;
			if (!want && n == MAX_REGIONS)
				want = -ENOSPC;
			assert_int_equal(region_add(&map, &r), want);
			if (want)
				continue;
			n++;
			for (p = first; p < first + len && p < MODEL_PAGES; p++)
				owner[p] = step;
		}
		assert_int_equal(map.count, n);
		for (n = 1; n < (int)map.count; n++)
			assert_true(map.r[n - 1].gpa.v + map.r[n - 1].size <= map.r[n].gpa.v);
		for (n = 0; n < MODEL_PAGES; n++) {
			u64 addr = (u64)n * PAGE_SIZE + shim_random(&seed) % PAGE_SIZE;
			struct region *r = region_find(&map, gpa(addr));

			assert_int_equal(r ? (int)r->perm : 0, owner[n]);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(add_refuses_what_is_no_region),
		cmocka_unit_test(add_takes_the_last_page),
		cmocka_unit_test(add_refuses_when_full),
		cmocka_unit_test(overlap_gives_the_first),
		cmocka_unit_test(behaves_as_an_array_of_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
