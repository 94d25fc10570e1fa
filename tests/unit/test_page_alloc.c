// SPDX-License-Identifier: Apache-2.0
/* mm/page_alloc.c, with a model that knows who owns every page. */
/* links: mm/page_alloc.c mm/zero.c */
#include <lodge/page_alloc.h>
#include <shim.h>
#include <sys/mman.h>

#define ARENA_PAGES 4096u /* 16 MiB, aligned to its size */
#define ARENA_SIZE  (ARENA_PAGES * PAGE_SIZE)
#define ARENA_ORDER 12u
#define MAX_BLOCKS  1024

struct block {
	hpa_t page;
	unsigned int order;
	struct mem_account *acct;
};

struct arena {
	u8 *raw;
	u8 *mem;
	void *meta;
	u32 owner[ARENA_PAGES]; /* 0: free, or block number + 1 */
	struct block block[MAX_BLOCKS];
};

static int arena_setup(void **state)
{
	struct arena *a = calloc(1, sizeof(*a));

	a->raw = mmap(NULL, 2 * ARENA_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		      0);
	assert_true(a->raw != MAP_FAILED);
	a->mem = (u8 *)ALIGN_UP((u64)a->raw, ARENA_SIZE);
	a->meta = aligned_alloc(8, page_alloc_meta_size(ARENA_SIZE));
	memset(a->meta, 0xff, page_alloc_meta_size(ARENA_SIZE));
	page_alloc_init(hpa((u64)a->mem), ARENA_SIZE, a->meta);
	*state = a;
	return 0;
}

static int arena_teardown(void **state)
{
	struct arena *a = *state;

	munmap(a->raw, 2 * ARENA_SIZE);
	free(a->meta);
	free(a);
	return 0;
}

static hpa_t arena_page(struct arena *a, u64 index)
{
	return hpa((u64)a->mem + index * PAGE_SIZE);
}

static u64 index_of(struct arena *a, hpa_t page)
{
	return (page.v - (u64)a->mem) / PAGE_SIZE;
}

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

#define arena_test(fn) cmocka_unit_test_setup_teardown(fn, arena_setup, arena_teardown)

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
		arena_test(account_counts_and_limits),
		arena_test(what_is_committed_nobody_else_gets),
		arena_test(commitments_can_change),
		arena_test(double_free_panics),
		arena_test(double_free_of_what_has_joined_panics),
		arena_test(free_with_another_order_panics),
		arena_test(free_for_another_account_panics),
		arena_test(free_of_what_was_not_given_panics),
		arena_test(split_pages_are_freed_one_by_one),
		arena_test(a_claim_takes_exactly_its_range),
		arena_test(a_claim_of_what_is_not_free_changes_nothing),
		arena_test(exhaustion_gives_every_page_once),
		arena_test(random_use_keeps_to_the_model),
		cmocka_unit_test(a_gibibyte_is_one_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
