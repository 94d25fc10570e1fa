// SPDX-License-Identifier: Apache-2.0
/* <lodge/crc32.h>, against published values and the polynomial's own arithmetic. */
#include <lodge/crc32.h>
#include <shim.h>

/* The remainder of the message, as a polynomial in x whose first bit is the highest power. */
static u32 long_division(const u8 *data, unsigned int n)
{
	u64 rest = 0;
	u32 out = 0;

	for (unsigned int i = 0; i < (n + 4) * 8; i++) {
		unsigned int bit = i < n * 8 ? data[i / 8] >> i % 8 & 1 : 0;

		if (i < 32)
			bit ^= 1; /* the register starts with ones */
		rest = rest << 1 | bit;
		if (rest >> 32)
			rest ^= 0x104c11db7ull;
	}
	for (unsigned int i = 0; i < 32; i++)
		out |= (u32)(rest >> i & 1) << (31 - i);
	return ~out;
}

static void agrees_with_division_in_pieces_of_any_length(void **state)
{
	u8 data[300];
	u64 seed = shim_seed(5);

	for (unsigned int i = 0; i < sizeof(data); i++)
		data[i] = shim_random(&seed);
	for (unsigned int n = 0; n <= sizeof(data); n++) {
		unsigned int cut = n ? shim_random(&seed) % n : 0;
		u32 crc = crc32_update(crc32_update(0, data, cut), data + cut, n - cut);

		assert_int_equal(crc, long_division(data, n));
	}
}

static void has_the_published_check_value(void **state)
{
	assert_int_equal(crc32_update(0, "123456789", 9), 0xcbf43926u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_division_in_pieces_of_any_length),
		cmocka_unit_test(has_the_published_check_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
