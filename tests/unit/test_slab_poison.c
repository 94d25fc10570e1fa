// SPDX-License-Identifier: Apache-2.0
/* mm/slab.c with CONFIG_SLAB_POISON. */
/* links: mm/page_alloc.c mm/zero.c */
/* flags: -DCONFIG_SLAB_POISON=1 */
#include "../../mm/slab.c"
#include <shim.h>
#include <sys/mman.h>

#define ARENA_SIZE MIB(1)

static void *volatile held;

static int arena_setup(void **state)
{
	static u64 meta[1024];
	static u8 *mem;

	assert_true(page_alloc_meta_size(ARENA_SIZE) <= sizeof(meta));
	if (!mem)
		mem = mmap(NULL, ARENA_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			   -1, 0);
	assert_true(mem != MAP_FAILED);
	page_alloc_init(hpa((u64)mem), ARENA_SIZE, meta);
	page_alloc_add(hpa((u64)mem), ARENA_SIZE);
	memset(&slabs, 0, sizeof(slabs));
	return 0;
}

static void untouched_objects_are_given_again(void **state)
{
	size_t size;

	for (size = 1; size <= 1024; size++) {
		u8 *keep = kmalloc(size);
		u8 *p = kmalloc(size);

		memset(p, 0x11, size);
		kfree(p);
		assert_ptr_equal(kmalloc(size), p);
		kfree(p);
		kfree(keep);
	}
	assert_int_equal(slab_used(), 0);
}

static void any_late_write_is_found(void **state)
{
	unsigned int off;

	for (off = 16; off < 128; off++) {
		u8 *p;

		arena_setup(state);
		held = kmalloc(128);
		p = kmalloc(128);
		kfree(p);
		p[off]++;
		assert_panics(held = kmalloc(128));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(untouched_objects_are_given_again, arena_setup),
		cmocka_unit_test_setup(any_late_write_is_found, arena_setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
