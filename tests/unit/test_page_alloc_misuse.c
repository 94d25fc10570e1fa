// SPDX-License-Identifier: Apache-2.0
/* mm/page_alloc.c: pages that are freed wrongly are noticed. */
/* links: mm/page_alloc.c mm/zero.c */
#include "page_alloc_fixture.h"

/* Each from a fresh start, since a panic leaves the allocator as it was then. */
static hpa_t fresh_block(struct arena *a)
{
	page_alloc_init(hpa((u64)a->mem), ARENA_SIZE, a->meta);
	page_alloc_add(arena_page(a, 0), ARENA_SIZE);
	return page_alloc(2, 0, NULL);
}

static void double_free_panics(void **state)
{
	hpa_t p = fresh_block(*state);

	page_free(p, 2, NULL);
	assert_panics(page_free(p, 2, NULL));
}

static void double_free_of_what_has_joined_panics(void **state)
{
	hpa_t p = fresh_block(*state);
	hpa_t q = page_alloc(2, 0, NULL);

	page_free(p, 2, NULL);
	page_free(q, 2, NULL);
	assert_panics(page_free(q, 2, NULL));
}

static void free_with_another_order_panics(void **state)
{
	assert_panics(page_free(fresh_block(*state), 1, NULL));
	assert_panics(page_free(fresh_block(*state), 3, NULL));
}

static void free_for_another_account_panics(void **state)
{
	struct mem_account other = { .name = "other" };

	assert_panics(page_free(fresh_block(*state), 2, &other));
}

static void free_of_what_was_not_given_panics(void **state)
{
	struct arena *a = *state;

	assert_panics(page_free(hpa(fresh_block(a).v + PAGE_SIZE), 0, NULL));
	assert_panics(page_free(hpa(fresh_block(a).v + 8), 2, NULL));
	assert_panics(page_free(arena_page(a, ARENA_PAGES), 0, NULL));
	assert_panics(page_free(hpa((u64)a->mem - PAGE_SIZE), 0, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		arena_test(double_free_panics),
		arena_test(double_free_of_what_has_joined_panics),
		arena_test(free_with_another_order_panics),
		arena_test(free_for_another_account_panics),
		arena_test(free_of_what_was_not_given_panics),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
