// SPDX-License-Identifier: Apache-2.0
/* lodge/nospec.h: what the masks let through. tests/build/hardening.sh looks into their code. */
#include <shim.h>
#include <lodge/nospec.h>

/* The form of the machine that builds, where that is an architecture that has its own. */
#undef ASM_BARRIER_H
#undef mb
#undef rmb
#undef wmb
#undef smp_mb
#undef smp_rmb
#undef smp_wmb
static u64 generic(u64 index, u64 size)
{
	return index_nospec(index, size);
}
#ifdef __x86_64__
#include "../../arch/x86_64/include/asm/barrier.h"
static u64 own(u64 index, u64 size)
{
	return index & index_mask_nospec(index, size);
}
#elif defined(__aarch64__)
#include "../../arch/aarch64/include/asm/barrier.h"
static u64 own(u64 index, u64 size)
{
	return index_nospec(index, size);
}
#else
#define own generic
#endif

static void check(u64 index, u64 size)
{
	u64 want = index < size ? index : 0;

	assert_int_equal(generic(index, size), want);
	assert_int_equal(own(index, size), want);
}

/* Round every power of two, which includes both ends of 64 bits and the sign. */
static void check_edges(u64 size)
{
	unsigned int bit;

	for (bit = 0; bit < 64; bit++) {
		check((1ull << bit) - 1, size);
		check(1ull << bit, size);
		check((1ull << bit) + 1, size);
		check(size + (1ull << bit), size);
		check(size - (1ull << bit), size);
	}
	check(size - 1, size);
	check(size, size);
	check(~0ull, size);
	check(0 - size, size);
}

static void small_arrays_at_each_index(void **state)
{
	u64 size, index;

	for (size = 1; size <= 300; size++) {
		for (index = 0; index <= 2 * size + 300; index++)
			check(index, size);
		check_edges(size);
	}
}

static void large_arrays_at_their_ends(void **state)
{
	unsigned int bit;

	for (bit = 9; bit < 63; bit++) {
		check_edges((1ull << bit) - 1);
		check_edges(1ull << bit);
		check_edges((1ull << bit) + 1);
	}
	check_edges((1ull << 63) - 1);
}

static void any_index_of_any_array(void **state)
{
	u64 seed = shim_seed(1);
	unsigned int i;

	for (i = 0; i < 100000; i++) {
		u64 size = (shim_random(&seed) >> (1 + shim_random(&seed) % 62)) + 1;

		check(shim_random(&seed) >> shim_random(&seed) % 64, size);
	}
}

#define CHECK_WRAP(size)                                                                 \
	do {                                                                             \
		u64 i_;                                                                  \
                                                                                         \
		for (i_ = 0; i_ < 4 * (size); i_++) {                                    \
			assert_int_equal(index_wrap_nospec(i_, size), i_ % (size));      \
			assert_int_equal(index_wrap_nospec((u32)i_, size), i_ % (size)); \
			assert_in_range(index_wrap_nospec(~i_, size), 0, (size) - 1);    \
		}                                                                        \
	} while (0)

static void powers_of_two_wrap(void **state)
{
	CHECK_WRAP(1u);
	CHECK_WRAP(2u);
	CHECK_WRAP(4u);
	CHECK_WRAP(8u);
	CHECK_WRAP(32u);
	CHECK_WRAP(128u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_arrays_at_each_index),
		cmocka_unit_test(large_arrays_at_their_ends),
		cmocka_unit_test(any_index_of_any_array),
		cmocka_unit_test(powers_of_two_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
