// SPDX-License-Identifier: Apache-2.0
#include <lodge/kasan.h>
#include <lodge/page_alloc.h>

/* Eight stores; volatile so that the compiler does not make a call to memset() of them. */
#define ZERO_8(q)           \
	do {                \
		(q)[0] = 0; \
		(q)[1] = 0; \
		(q)[2] = 0; \
		(q)[3] = 0; \
		(q)[4] = 0; \
		(q)[5] = 0; \
		(q)[6] = 0; \
		(q)[7] = 0; \
	} while (0)

void page_zero_by_stores(void *p, u64 size)
{
	volatile u64 *q = p;
	volatile u64 *end = q + size / sizeof(*q);

	kasan_check_range(p, size, true);
	while (q != end) {
		ZERO_8(q);
		ZERO_8(q + 8);
		ZERO_8(q + 16);
		ZERO_8(q + 24);
		q += 32;
	}
}

void __weak page_zero(void *p, u64 size)
{
	page_zero_by_stores(p, size);
}
