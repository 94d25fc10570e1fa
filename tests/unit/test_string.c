// SPDX-License-Identifier: Apache-2.0
/* lib/string.c, against the C library. */
#include <errno.h>
#include <lodge/errno.h>
#include <lodge/string.h>
#include <shim.h>

#define MAX_LEN	  64
#define MAX_ALIGN 16
#define BIG	  4096

static u64 seed;

static void fill(u8 *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (u8)shim_random(&seed);
}

/* Calls @fn for each pair of alignments and length; sources end where their memory does. */
static void for_all_shapes(void (*fn)(size_t d, size_t s, size_t n))
{
	static const size_t more[] = { 100, 127, 128, 129, 255, 256, 257, 300, 511, 513, 1000 };

	for (size_t d = 0; d < MAX_ALIGN; d++) {
		for (size_t s = 0; s < MAX_ALIGN; s++) {
			for (size_t n = 0; n <= MAX_LEN; n++)
				fn(d, s, n);
			for (size_t i = 0; i < ARRAY_SIZE(more); i++)
				fn(d, s, more[i]);
		}
	}
}

static void copy_once(size_t d, size_t s, size_t n)
{
	u8 *src = malloc(s + n), *dst = malloc(d + n), *want = malloc(d + n);

	fill(src, s + n);
	memset(dst, 0xa5, d + n);
	memset(want, 0xa5, d + n);
	memcpy(want + d, src + s, n);
	assert_ptr_equal(lodge_memcpy(dst + d, src + s, n), dst + d);
	assert_memory_equal(dst, want, d + n);
	free(src);
	free(dst);
	free(want);
}

static void memcpy_copies_every_shape(void **state)
{
	for_all_shapes(copy_once);
}

static void move_once(size_t d, size_t s, size_t n)
{
	size_t size = max(d, s) + n;
	u8 *got = malloc(size), *want = malloc(size);

	fill(got, size);
	memcpy(want, got, size);
	memmove(want + d, want + s, n);
	assert_ptr_equal(lodge_memmove(got + d, got + s, n), got + d);
	assert_memory_equal(got, want, size);
	free(got);
	free(want);
}

static void memmove_copies_what_overlaps(void **state)
{
	static const size_t distance[] = { 24, 64, 120, 128, 129, 200, 256 };

	for_all_shapes(move_once);
	for (size_t i = 0; i < ARRAY_SIZE(distance); i++) {
		move_once(0, distance[i], BIG);
		move_once(distance[i], 0, BIG);
		move_once(1, distance[i], BIG);
		move_once(distance[i], 1, BIG);
	}
}

static void set_once(size_t d, size_t value, size_t n)
{
	u8 *got = malloc(d + n), *want = malloc(d + n);

	fill(got, d + n);
	memcpy(want, got, d + n);
	memset(want + d, (int)value + 0x17a, n);
	assert_ptr_equal(lodge_memset(got + d, (int)value + 0x17a, n), got + d);
	assert_memory_equal(got, want, d + n);
	free(got);
	free(want);
}

static void memset_fills_every_shape(void **state)
{
	for_all_shapes(set_once);
}

static int sign(int v)
{
	return (v > 0) - (v < 0);
}

static void compare_once(size_t a, size_t b, size_t n)
{
	u8 *x = malloc(a + n), *y = malloc(b + n);

	fill(x, a + n);
	memcpy(y + b, x + a, n);
	assert_int_equal(lodge_memcmp(x + a, y + b, n), 0);
	if (n) {
		/* The first difference counts, not a later one, and bytes are unsigned. */
		size_t at = shim_random(&seed) % n;

		y[b + at] ^= (u8)(1u << (shim_random(&seed) & 7));
		y[b + n - 1] = (u8)shim_random(&seed);
		assert_int_equal(sign(lodge_memcmp(x + a, y + b, n)),
				 sign(memcmp(x + a, y + b, n)));
	}
	free(x);
	free(y);
}

static void memcmp_finds_the_first_difference(void **state)
{
	for_all_shapes(compare_once);
}

static void memchr_stops_at_the_end(void **state)
{
	u8 *p = malloc(MAX_LEN);

	for (size_t n = 0; n <= MAX_LEN; n++) {
		u8 *s = p + MAX_LEN - n;

		fill(s, n);
		for (int c = -1; c < 256; c += 3)
			assert_ptr_equal(lodge_memchr(s, c, n), memchr(s, c, n));
	}
	free(p);
}

static const char *const words[] = { "",      "a",    "b",	 "ab",	"abc", "abd", "\x80",
				     "a\xff", "a/b/", "/a/b//c", "soc", "so",  "soc@" };

static void strings_compare_as_bytes(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(words); j++) {
			const char *a = words[i], *b = words[j];

			assert_int_equal(sign(lodge_strcmp(a, b)), sign(strcmp(a, b)));
			for (size_t n = 0; n < 6; n++)
				assert_int_equal(sign(lodge_strncmp(a, b, n)),
						 sign(strncmp(a, b, n)));
		}
	}
}

static void strncmp_reads_no_further_than_told(void **state)
{
	char *a = malloc(3), *b = malloc(3);

	memcpy(a, "abc", 3);
	memcpy(b, "abc", 3);
	assert_int_equal(lodge_strncmp(a, b, 3), 0);
	free(a);
	free(b);
}

static void characters_are_found(void **state)
{
	static const int chars[] = { 'a', 'b', '/', 0, 0xff, 'z', 0x161 };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(chars); j++) {
			assert_ptr_equal(lodge_strchr(words[i], chars[j]),
					 strchr(words[i], chars[j]));
			assert_ptr_equal(lodge_strrchr(words[i], chars[j]),
					 strrchr(words[i], chars[j]));
		}
	}
}

static void length_is_bounded(void **state)
{
	char *p = malloc(4);

	memcpy(p, "abcd", 4);
	assert_int_equal(lodge_strnlen(p, 4), 4);
	assert_int_equal(lodge_strnlen(p, 0), 0);
	p[2] = '\0';
	assert_int_equal(lodge_strnlen(p, 4), 2);
	assert_int_equal(lodge_strlen(p), 2);
	free(p);
}

static void strcopy_terminates_and_tells_a_cut(void **state)
{
	char *p = malloc(4);

	assert_int_equal(strcopy(p, "abc", 4), 3);
	assert_string_equal(p, "abc");
	assert_int_equal(strcopy(p, "abcd", 4), -E2BIG);
	assert_string_equal(p, "abc");
	assert_int_equal(strcopy(p, "x", 1), -E2BIG);
	assert_string_equal(p, "");
	assert_int_equal(strcopy(p, "", 1), 0);
	assert_string_equal(p, "");
	assert_int_equal(strcopy(p, "", 0), -E2BIG);
	free(p);
}

static void assert_number(const char *s, int err, u64 value)
{
	u64 v = 77;

	assert_int_equal(str_to_u64(s, &v), err);
	assert_int_equal(v, err ? 77 : value);
}

static void str_to_u64_takes_whole_numbers(void **state)
{
	assert_number("0", 0, 0);
	assert_number("42", 0, 42);
	assert_number("0042", 0, 42);
	assert_number("18446744073709551615", 0, ~0ul);
	assert_number("0x0", 0, 0);
	assert_number("0XdeadBEEF", 0, 0xdeadbeef);
	assert_number("0xffffffffffffffff", 0, ~0ul);
}

static void str_to_u64_refuses_the_rest(void **state)
{
	static const char *const bad[] = { "",	  "0x", " 1",	"1 ",  "-1", "+1",  "1a",
					   "0xg", "x1", "0x1h", "1_0", "@",  "0x@", "a" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_number(bad[i], -EINVAL, 0);
	assert_number("18446744073709551616", -ERANGE, 0);
	assert_number("0x10000000000000000", -ERANGE, 0);
	assert_number("99999999999999999999999999", -ERANGE, 0);
	assert_number("99999999999999999999999999x", -EINVAL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memcpy_copies_every_shape),
		cmocka_unit_test(memmove_copies_what_overlaps),
		cmocka_unit_test(memset_fills_every_shape),
		cmocka_unit_test(memcmp_finds_the_first_difference),
		cmocka_unit_test(memchr_stops_at_the_end),
		cmocka_unit_test(strings_compare_as_bytes),
		cmocka_unit_test(strncmp_reads_no_further_than_told),
		cmocka_unit_test(characters_are_found),
		cmocka_unit_test(length_is_bounded),
		cmocka_unit_test(strcopy_terminates_and_tells_a_cut),
		cmocka_unit_test(str_to_u64_takes_whole_numbers),
		cmocka_unit_test(str_to_u64_refuses_the_rest),
	};

	seed = shim_seed(1);
	return cmocka_run_group_tests_name("string", tests, NULL, NULL);
}
