/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PAGE_ALLOC_FIXTURE_H
#define PAGE_ALLOC_FIXTURE_H

/* What the tests of mm/page_alloc.c share: 16 MiB of memory, none of it added yet. */
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

static inline int arena_setup(void **state)
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

static inline int arena_teardown(void **state)
{
	struct arena *a = *state;

	munmap(a->raw, 2 * ARENA_SIZE);
	free(a->meta);
	free(a);
	return 0;
}

static inline hpa_t arena_page(struct arena *a, u64 index)
{
	return hpa((u64)a->mem + index * PAGE_SIZE);
}

static inline u64 index_of(struct arena *a, hpa_t page)
{
	return (page.v - (u64)a->mem) / PAGE_SIZE;
}

#define arena_test(fn) cmocka_unit_test_setup_teardown(fn, arena_setup, arena_teardown)

#endif
