// SPDX-License-Identifier: Apache-2.0
/* UTF-8 against every sequence of up to two bytes, and its edges beyond. */
#include <lodge/utf8.h>
#include <shim.h>

static void valid_characters_have_their_length(void **state)
{
	static const char *const valid[] = { "a",
					     "\x7f",
					     "\xc2\x80",
					     "\xdf\xbf",
					     "\xe0\xa0\x80",
					     "\xed\x9f\xbf",
					     "\xee\x80\x80",
					     "\xef\xbf\xbf",
					     "\xf0\x90\x80\x80",
					     "\xf4\x8f\xbf\xbf" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(valid); i++) {
		size_t n = strlen(valid[i]);

		assert_int_equal(utf8_length(valid[i], n), n);
		assert_int_equal(utf8_length(valid[i], n - 1), 0);
	}
}

static void what_is_none_has_no_length(void **state)
{
	static const char *const wrong[] = { "\x80",
					     "\xbf",
					     "\xc0\xaf",
					     "\xc1\xbf",
					     "\xe0\x9f\xbf",
					     "\xed\xa0\x80",
					     "\xf0\x8f\xbf\xbf",
					     "\xf4\x90\x80\x80",
					     "\xf5\x80\x80\x80",
					     "\xff",
					     "\xe2\x82z",
					     "\xf0\x9f\x98z",
					     "\xc3z" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_int_equal(utf8_length(wrong[i], strlen(wrong[i])), 0);
	assert_int_equal(utf8_length("", 0), 0);
}

static void pairs_are_judged_as_the_rfc_does(void **state)
{
	char s[2];
	unsigned int a, b;

	for (a = 0x80; a < 256; a++)
		for (b = 0; b < 256; b++) {
			s[0] = (char)a;
			s[1] = (char)b;
			assert_int_equal(utf8_length(s, 2),
					 a >= 0xc2 && a <= 0xdf && b >= 0x80 && b <= 0xbf ? 2 : 0);
		}
}

static void counts_characters_and_stray_bytes(void **state)
{
	assert_int_equal(utf8_count("", 0), 0);
	assert_int_equal(utf8_count("a\xc3\xa4\xe6\xbc\xa2", 6), 3);
	assert_int_equal(utf8_count("a\xff\xc3", 3), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(valid_characters_have_their_length),
		cmocka_unit_test(what_is_none_has_no_length),
		cmocka_unit_test(pairs_are_judged_as_the_rfc_does),
		cmocka_unit_test(counts_characters_and_stray_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
