// SPDX-License-Identifier: Apache-2.0
/* Allocations that fail on demand. */
#include <lodge/alloc_fault.h>
#include <lodge/compiler.h>

static u64 left; /* allocations until one fails, which is the last of them; 0: none does */

void alloc_fault_arm(u64 n)
{
	__atomic_store_n(&left, n, __ATOMIC_RELAXED);
}

bool alloc_fault_is_armed(void)
{
	return __atomic_load_n(&left, __ATOMIC_RELAXED) != 0;
}

bool alloc_fault_now(void)
{
	u64 n = __atomic_load_n(&left, __ATOMIC_RELAXED);

	/* Others count at the same time: each number is one's. */
	while (n && !__atomic_compare_exchange_n(&left, &n, n - 1, false, __ATOMIC_RELAXED,
						 __ATOMIC_RELAXED))
		;
	return n == 1;
}
