// SPDX-License-Identifier: Apache-2.0
/* mm/page_alloc.c: what accounts count, limit and have committed to them. */
/* links: mm/page_alloc.c mm/zero.c */
#include "page_alloc_fixture.h"

static void account_counts_and_limits(void **state)
{
	struct arena *a = *state;
	struct mem_account acct = { .name = "vm", .limit = 10 };
	hpa_t p, q;

	page_alloc_add(arena_page(a, 0), ARENA_SIZE);
	p = page_alloc(3, 0, &acct);
	assert_true(p.v);
	assert_int_equal(acct.used, 8);
	assert_int_equal(page_alloc(2, 0, &acct).v, 0);
	assert_int_equal(acct.used, 8);
	q = page_alloc(1, 0, &acct);
	assert_true(q.v);
	assert_int_equal(page_alloc(0, 0, &acct).v, 0);
	page_free(p, 3, &acct);
	assert_int_equal(acct.used, 2);
	assert_int_equal(acct.peak, 10);
	page_free(q, 1, &acct);
	assert_int_equal(acct.used, 0);
	assert_int_equal(page_host_account()->used, 0);

	/* A limit below what is in use already. */
	acct.limit = 0;
	p = page_alloc(3, 0, &acct);
	acct.limit = 4;
	assert_int_equal(page_alloc(0, 0, &acct).v, 0);
	page_free(p, 3, &acct);
}

static void what_is_committed_nobody_else_gets(void **state)
{
	struct arena *a = *state;
	struct mem_account acct = { .name = "vm" }, other = { .name = "other" };
	u64 total = ARENA_SIZE >> PAGE_SHIFT, n;
	hpa_t page, list = HPA_NONE;

	page_alloc_add(arena_page(a, 0), ARENA_SIZE);
	total = page_total_count();
	assert_true(page_commit(&acct, total - 3));
	assert_int_equal(page_left_count(), 3);
	assert_false(page_commit(&other, 4));
	assert_int_equal(other.committed, 0);
	/* Neither the host nor another VM; what does not fit changes nothing. */
	assert_int_equal(page_alloc(2, 0, NULL).v, 0);
	assert_true(page_alloc(1, 0, NULL).v);
	assert_false(page_claim(arena_page(a, total - 8), 4 * PAGE_SIZE, &other));
	assert_true(page_alloc(0, 0, &other).v);
	assert_int_equal(page_alloc(0, 0, &other).v, 0);
	assert_int_equal(page_left_count(), 0);
	/* But all of it can be had by whom it was promised, and is so again when it is freed. */
	for (n = 0; (page = page_alloc(0, 0, &acct)).v; n++) {
		*(u64 *)page.v = list.v;
		list = page;
	}
	assert_int_equal(n, total - 3);
	for (; list.v; list = page) {
		page = hpa(*(u64 *)list.v);
		page_free(list, 0, &acct);
		assert_int_equal(page_alloc(0, 0, &other).v, 0);
	}
	assert_true(page_commit(&acct, 0));
	assert_int_equal(page_left_count(), total - 3);
}

static void commitments_can_change(void **state)
{
	struct arena *a = *state;
	struct mem_account acct = { .name = "vm" };
	u64 total;
	hpa_t p, q;

	page_alloc_add(arena_page(a, 0), ARENA_SIZE);
	total = page_total_count();
	/* Half of what it has had before, and half beyond. */
	p = page_alloc(3, 0, &acct);
	assert_true(page_commit(&acct, 12));
	assert_int_equal(page_left_count(), total - 12);
	q = page_alloc(3, 0, &acct);
	assert_int_equal(page_left_count(), total - 16);
	page_free(p, 3, &acct);
	assert_int_equal(page_left_count(), total - 12);
	page_free(q, 3, &acct);
	assert_int_equal(page_left_count(), total - 12);
	assert_true(page_claim(arena_page(a, 0), 20 * PAGE_SIZE, &acct));
	assert_int_equal(page_left_count(), total - 20);
	assert_true(page_commit(&acct, 20));
	assert_false(page_commit(&acct, total + 1));
	assert_true(page_commit(&acct, total));
	assert_int_equal(page_left_count(), 0);
	page_unclaim(arena_page(a, 0), 20 * PAGE_SIZE, &acct);
	assert_true(page_commit(&acct, 0));
	assert_int_equal(page_left_count(), total);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		arena_test(account_counts_and_limits),
		arena_test(what_is_committed_nobody_else_gets),
		arena_test(commitments_can_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
