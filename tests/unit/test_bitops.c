// SPDX-License-Identifier: Apache-2.0
/* <lodge/bitops.h>, against the compiler's own. */
#include <lodge/bitops.h>
#include <shim.h>

static void assert_agrees(u64 v)
{
	assert_int_equal(ctz64(v), v ? __builtin_ctzl(v) : 64);
	assert_int_equal(clz64(v), v ? __builtin_clzl(v) : 64);
	assert_int_equal(fls64(v), v ? 64 - __builtin_clzl(v) : 0);
	assert_int_equal(popcount64(v), __builtin_popcountl(v));
}

static void edges_agree(void **state)
{
	assert_agrees(0);
	for (unsigned int i = 0; i < 64; i++) {
		assert_agrees(1ul << i);
		assert_agrees(~0ul << i);
		assert_agrees(~0ul >> i);
	}
}

static void random_numbers_agree(void **state)
{
	u64 seed = shim_seed(3);

	for (int i = 0; i < 100000; i++) {
		u64 v = shim_random(&seed);

		assert_agrees(v);
		assert_agrees(v >> (v & 63));
		assert_agrees(v << (v & 63));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(edges_agree),
		cmocka_unit_test(random_numbers_agree),
	};

	return cmocka_run_group_tests_name("bitops", tests, NULL, NULL);
}
