// SPDX-License-Identifier: Apache-2.0
/* links: kernel/random.c */
#include <shim.h>

#include <string.h>
#include <lodge/fdt.h>
#include <lodge/random.h>

static u8 tree[1024] __aligned(8);

static void seed_with(const char *seed, u32 len)
{
	struct fdt_writer w;

	fdtw_begin(&w, tree, sizeof(tree));
	fdtw_node(&w, "");
	fdtw_node(&w, "chosen");
	if (seed)
		fdtw_prop(&w, "rng-seed", seed, len);
	fdtw_end_node(&w);
	fdtw_end_node(&w);
	assert_true(fdtw_finish(&w) > 0);
	random_init(tree);
}

/* RFC 8439, 2.3.2. */
static void block_is_that_of_the_rfc(void **state)
{
	static const u32 nonce[3] = { 0x09000000, 0x4a000000, 0x00000000 };
	static const u32 want[16] = { 0xe4e7f110, 0x15593bd1, 0x1fdd0f50, 0xc47120a3,
				      0xc7f4d1c7, 0x0368c033, 0x9aaa2204, 0x4e6cd4c3,
				      0x466482d2, 0x09aa9f07, 0x05d7c214, 0xa2028bd9,
				      0xd19c12b5, 0xb94e16de, 0xe883d0cb, 0x4e3c50a2 };
	u32 key[8], out[16];
	unsigned int i;

	(void)state;
	for (i = 0; i < 8; i++)
		key[i] = 0x03020100 + i * 0x04040404;
	chacha20_block(key, 1, nonce, out);
	assert_memory_equal(out, want, sizeof(want));
}

static void nothing_without_a_seed(void **state)
{
	u8 buf[32] = { 1, 2, 3 }, before[32];

	(void)state;
	memcpy(before, buf, sizeof(buf));
	seed_with(NULL, 0);
	assert_false(random_bytes(buf, sizeof(buf)));
	seed_with("short", 5);
	assert_false(random_bytes(buf, sizeof(buf)));
	assert_memory_equal(buf, before, sizeof(buf));
}

static void no_two_are_alike(void **state)
{
	u8 a[100], b[100];

	(void)state;
	seed_with("0123456789abcdef0123456789abcdef", 32);
	assert_true(random_bytes(a, sizeof(a)));
	assert_true(random_bytes(b, sizeof(b)));
	assert_memory_not_equal(a, b, 32);
	assert_memory_not_equal(a, a + 64, 32);
	seed_with("0123456789abcdef0123456789abcdef", 32);
	assert_true(random_bytes(b, sizeof(b)));
	assert_memory_equal(a, b, sizeof(a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(block_is_that_of_the_rfc),
		cmocka_unit_test(nothing_without_a_seed),
		cmocka_unit_test(no_two_are_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
