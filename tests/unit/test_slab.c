// SPDX-License-Identifier: Apache-2.0
/* mm/slab.c; included, so that its lock can be opened again after a panic. */
/* links: mm/page_alloc.c mm/zero.c */
#include "../../mm/slab.c"
#include <shim.h>
#include <sys/mman.h>

#define ARENA_SIZE MIB(16)

struct arena {
	u8 *mem;
	void *meta;
};

static int arena_setup(void **state)
{
	struct arena *a = calloc(1, sizeof(*a));

	a->mem = mmap(NULL, ARENA_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(a->mem != MAP_FAILED);
	memset(a->mem, 0xa5, ARENA_SIZE);
	a->meta = aligned_alloc(8, page_alloc_meta_size(ARENA_SIZE));
	page_alloc_init(hpa((u64)a->mem), ARENA_SIZE, a->meta);
	page_alloc_add(hpa((u64)a->mem), ARENA_SIZE);
	memset(&slabs, 0, sizeof(slabs));
	*state = a;
	return 0;
}

static int arena_teardown(void **state)
{
	struct arena *a = *state;

	munmap(a->mem, ARENA_SIZE);
	free(a->meta);
	free(a);
	return 0;
}

/* For tests that end without a panic. */
static int nothing_leaked_teardown(void **state)
{
	int leaked = slab_used() != 0 || page_free_count() != page_total_count() ||
		     page_host_account()->used != 0;

	return arena_teardown(state) || leaked ? -1 : 0;
}

/* Volatile, so that the compiler, which knows free(), sees neither leak nor double free. */
static void *volatile held;

static void every_size_is_aligned_and_writable(void **state)
{
	size_t size;

	for (size = 0; size <= 3 * PAGE_SIZE; size += size < 2100 ? 1 : 97) {
		size_t align = 16;
		u8 *p = kmalloc(size);
		u8 *q = kzalloc(size);
		size_t i;

		assert_non_null(p);
		assert_non_null(q);
		while (align < size && align < PAGE_SIZE)
			align *= 2;
		assert_true(IS_ALIGNED((u64)p, align));
		assert_true(IS_ALIGNED((u64)q, align));
		assert_true(p + size <= q || q + size <= p);
		for (i = 0; i < size; i++)
			assert_int_equal(q[i], 0);
		memset(p, 0xff, size);
		memset(q, 0xff, size);
		kfree(p);
		kfree(q);
		assert_int_equal(slab_used(), 0);
	}
}

static void large_objects_are_whole_pages(void **state)
{
	u8 *p = kmalloc(MIB(1));

	assert_non_null(p);
	assert_int_equal(slab_used(), MIB(1));
	memset(p, 1, MIB(1));
	kfree(p);
	p = kzalloc(100 * PAGE_SIZE);
	assert_int_equal(slab_used(), 128 * PAGE_SIZE);
	assert_int_equal(p[99 * PAGE_SIZE], 0);
	kfree(p);
}

static void too_large_is_refused(void **state)
{
	assert_null(kmalloc(MIB(1) + 1));
	assert_null(kzalloc(~(size_t)0));
}

static void null_is_freed_silently(void **state)
{
	kfree(NULL);
}

static void freed_objects_are_used_again(void **state)
{
	void *p = kmalloc(100), *other = kmalloc(100);
	u64 pages = page_free_count();

	kfree(p);
	assert_ptr_equal(kmalloc(100), p);
	assert_int_equal(page_free_count(), pages);
	kfree(p);
	kfree(other);
}

static void exhaustion_gives_null_and_recovers(void **state)
{
	void *first = NULL;
	void **p;
	u64 n = 0;

	while ((p = kmalloc(64))) {
		*p = first;
		first = p;
		n++;
	}
	assert_true(n * 64 > ARENA_SIZE * 9 / 10);
	assert_null(kmalloc(PAGE_SIZE));
	while (first) {
		p = first;
		first = *p;
		kfree(p);
	}
	p = kmalloc(PAGE_SIZE);
	assert_non_null(p);
	kfree(p);
}

#define SLOTS 500

static void random_use_keeps_contents_apart(void **state)
{
	static u8 *obj[SLOTS];
	static size_t size[SLOTS];
	u64 seed = shim_seed(7);
	unsigned int step, n;
	size_t i;

	for (step = 0; step < 40000; step++) {
		n = shim_random(&seed) % SLOTS;
		if (obj[n]) {
			for (i = 0; i < size[n]; i++)
				assert_int_equal(obj[n][i], (u8)n);
			kfree(obj[n]);
			obj[n] = NULL;
			continue;
		}
		size[n] = shim_random(&seed) % (1u << (shim_random(&seed) % 13)) + 1;
		obj[n] = kmalloc(size[n]);
		assert_non_null(obj[n]);
		memset(obj[n], (int)n, size[n]);
	}
	for (n = 0; n < SLOTS; n++) {
		kfree(obj[n]);
		obj[n] = NULL;
	}
}

static void data_that_looks_freed_is_freed(void **state)
{
	u64 *p = kmalloc(32), *other = kmalloc(32);

	p[0] = (u64)other;
	p[1] = FREE_MAGIC ^ (u64)p;
	kfree(p);
	kfree(other);
}

static void double_free_panics(void **state)
{
	held = kmalloc(48);
	(void)!kmalloc(48);
	kfree(held);
	assert_panics(kfree(held));
}

static void double_free_of_the_last_object_panics(void **state)
{
	held = kmalloc(48);
	kfree(held);
	assert_panics(kfree(held));
}

static void double_free_of_a_large_object_panics(void **state)
{
	held = kmalloc(3 * PAGE_SIZE);
	kfree(held);
	assert_panics(kfree(held));
}

static void free_of_an_inner_address_panics(void **state)
{
	held = kmalloc(64);
	assert_panics(kfree((u8 *)held + 16));
}

static void free_of_an_object_never_given_panics(void **state)
{
	held = kmalloc(64);
	assert_panics(kfree((u8 *)held + 64));
}

static void free_of_an_inner_page_panics(void **state)
{
	held = kmalloc(4 * PAGE_SIZE);
	assert_panics(kfree((u8 *)held + PAGE_SIZE));
}

static void damaged_link_panics(void **state)
{
	u64 *p = kmalloc(64);

	held = kmalloc(64);
	kfree(p);
	p[0] = (u64)p + PAGE_SIZE;
	assert_panics(held = kmalloc(64));
}

static void write_to_a_freed_object_panics(void **state)
{
	u64 *p = kmalloc(64);

	held = kmalloc(64);
	kfree(p);
	p[1] ^= 1;
	assert_panics(held = kmalloc(64));
}

static void damaged_header_panics(void **state)
{
	u64 *p = kmalloc(64);

	*(u64 *)ALIGN_DOWN((u64)p, PAGE_SIZE) ^= 1;
	assert_panics(kfree(p));
}

#define slab_test(fn)  cmocka_unit_test_setup_teardown(fn, arena_setup, nothing_leaked_teardown)
#define panic_test(fn) cmocka_unit_test_setup_teardown(fn, arena_setup, arena_teardown)

static void an_account_has_slabs_of_its_own(void **state)
{
	struct mem_account acct = { .name = "vm", .limit = 3 };
	u8 *host = kmalloc(100), *p = kzalloc_for(&acct, 100), *q, *large;

	assert_int_equal(acct.used, 1);
	assert_true((u64)p / PAGE_SIZE != (u64)host / PAGE_SIZE);
	q = kmalloc_for(&acct, 100);
	assert_true((u64)p / PAGE_SIZE == (u64)q / PAGE_SIZE);
	large = kzalloc_for(&acct, 2 * PAGE_SIZE);
	assert_non_null(large);
	assert_int_equal(acct.used, 3);
	/* Its limit is for them too. */
	assert_null(kmalloc_for(&acct, 16));
	assert_null(kmalloc_for(&acct, PAGE_SIZE));
	kfree_for(&acct, p);
	kfree_for(&acct, large);
	kfree_for(&acct, q);
	kfree_for(&acct, NULL);
	assert_int_equal(acct.used, 0);
	kfree(host);
}

static void free_for_another_account_panics(void **state)
{
	struct mem_account acct = { .name = "vm" };

	held = kmalloc_for(&acct, 100);
	assert_panics(kfree(held));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		slab_test(every_size_is_aligned_and_writable),
		slab_test(large_objects_are_whole_pages),
		slab_test(too_large_is_refused),
		slab_test(null_is_freed_silently),
		slab_test(freed_objects_are_used_again),
		slab_test(exhaustion_gives_null_and_recovers),
		slab_test(random_use_keeps_contents_apart),
		slab_test(data_that_looks_freed_is_freed),
		slab_test(an_account_has_slabs_of_its_own),
		panic_test(free_for_another_account_panics),
		panic_test(double_free_panics),
		panic_test(double_free_of_the_last_object_panics),
		panic_test(double_free_of_a_large_object_panics),
		panic_test(free_of_an_inner_address_panics),
		panic_test(free_of_an_object_never_given_panics),
		panic_test(free_of_an_inner_page_panics),
		panic_test(damaged_link_panics),
		panic_test(write_to_a_freed_object_panics),
		panic_test(damaged_header_panics),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
