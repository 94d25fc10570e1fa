// SPDX-License-Identifier: Apache-2.0
/* mm/page_alloc.c, with a model that knows who owns every page. */
/* links: mm/page_alloc.c mm/zero.c */
#include "page_alloc_fixture.h"

/* Takes or gives the block in slot @n and checks it against the model. */
static void random_step(struct arena *a, u64 *seed, unsigned int n, struct mem_account *acct)
{
	struct block *b = &a->block[n];
	u64 i, first, used = 0;

	if (b->page.v) {
		first = index_of(a, b->page);
		for (i = 0; i < BIT(b->order); i++) {
			assert_int_equal(a->owner[first + i], n + 1);
			a->owner[first + i] = 0;
		}
		page_free(b->page, b->order, b->acct);
		b->page = HPA_NONE;
		return;
	}
	b->order = shim_random(seed) % 8;
	if (shim_random(seed) % 32 == 0)
		b->order = 10;
	b->acct = acct;
	b->page = page_alloc(b->order, 0, acct);
	if (!b->page.v) {
		/* Only when there really is no such block, or the account is full. */
		if (acct->limit && acct->used + BIT(b->order) > acct->limit)
			return;
		for (first = 0; first < ARENA_PAGES; first += BIT(b->order)) {
			for (i = 0; i < BIT(b->order); i++)
				used |= a->owner[first + i];
			assert_true(used);
			used = 0;
		}
		return;
	}
	assert_true(IS_ALIGNED(b->page.v, PAGE_SIZE << b->order));
	first = index_of(a, b->page);
	for (i = 0; i < BIT(b->order); i++) {
		assert_int_equal(a->owner[first + i], 0);
		a->owner[first + i] = n + 1;
	}
	memset((void *)b->page.v, (int)n, PAGE_SIZE << b->order);
}

static void random_use_keeps_to_the_model(void **state)
{
	struct arena *a = *state;
	struct mem_account acct[2] = { { .name = "a" }, { .name = "b", .limit = 1500 } };
	u64 seed = shim_seed(42), step, free = 0;
	hpa_t whole;
	unsigned int n;

	page_alloc_add(arena_page(a, 0), ARENA_SIZE);
	for (step = 0; step < 60000; step++)
		random_step(a, &seed, shim_random(&seed) % 300, &acct[shim_random(&seed) % 2]);
	for (n = 0; n < ARENA_PAGES; n++)
		free += !a->owner[n];
	assert_int_equal(free, page_free_count());
	assert_int_equal(acct[0].used + acct[1].used, ARENA_PAGES - free);
	assert_true(acct[1].peak <= 1500);
	for (n = 0; n < MAX_BLOCKS; n++)
		if (a->block[n].page.v)
			random_step(a, &seed, n, NULL);
	assert_int_equal(acct[0].used + acct[1].used, 0);
	whole = page_alloc(ARENA_ORDER, 0, NULL);
	assert_int_equal(whole.v, (u64)a->mem);
	page_free(whole, ARENA_ORDER, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		arena_test(random_use_keeps_to_the_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
