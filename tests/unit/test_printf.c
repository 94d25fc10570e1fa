// SPDX-License-Identifier: Apache-2.0
/* lib/printf.c, against the C library. */
/* flags: -Wno-format -Wno-format-security */
#include <limits.h>
#include <lodge/printf.h>
#include <lodge/string.h>
#include <shim.h>

static u64 seed;

/* Both write to memory of exactly @size bytes, so that a byte too many is noticed. */
static void assert_same(size_t size, const char *fmt, ...)
{
	char *got = malloc(size + !size), *want = malloc(size + !size);
	va_list ap, again;
	int n, m;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = lodge_vsnprintf(size ? got : NULL, size, fmt, ap);
	m = vsnprintf(size ? want : NULL, size, fmt, again);
	va_end(ap);
	va_end(again);
	if (n != m || (size && strcmp(got, want)))
		fail_msg("'%s' into %zu: '%s' (%d), not '%s' (%d)", fmt, size, size ? got : "", n,
			 size ? want : "", m);
	free(got);
	free(want);
}

#define SAME(...)                                                                                 \
	(assert_same(100, __VA_ARGS__), assert_same(5, __VA_ARGS__), assert_same(1, __VA_ARGS__), \
	 assert_same(0, __VA_ARGS__))

static void text_goes_through(void **state)
{
	SAME("");
	SAME("plain");
	SAME("100%%");
	SAME("%s, %s", "a", "bcdefg");
	SAME("[%c%c]", 'x', 0x141);
	SAME("%s", (char *)NULL);
	SAME("%-6s|%6s|%.2s|%-6.2s|%6.2s|%.0s|%.*s", "abc", "abc", "abc", "abc", "abc", "abc", 1,
	     "abc");
	SAME("%5c|%-5c|", 'a', 'b');
}

static void integers_have_every_length(void **state)
{
	SAME("%hhd %hhu %hhx", -129, 257, 0x1234);
	SAME("%hd %hu %hx %ho", -32769, 65537, 0x12345678, 0x12345678);
	SAME("%d %i %u %x %X %o", INT_MIN, INT_MAX, UINT_MAX, 0xdeadbeef, 0xdeadbeef, 0777);
	SAME("%ld %lu %lx", LONG_MIN, ULONG_MAX, ULONG_MAX);
	SAME("%lld %llu %llX", LLONG_MIN, ULLONG_MAX, 0xabcdef0123456789ull);
	SAME("%zu %zx %zd", SIZE_MAX, SIZE_MAX, SIZE_MAX);
	SAME("%td", PTRDIFF_MIN);
	SAME("%p", (void *)0x80200000);
}

static void null_pointer_is_a_number(void **state)
{
	char buf[8];

	assert_int_equal(lodge_snprintf(buf, sizeof(buf), "%p", NULL), 3);
	assert_string_equal(buf, "0x0");
}

static void string_without_end_is_bounded_by_precision(void **state)
{
	char *s = malloc(3), buf[8];

	memcpy(s, "abc", 3);
	assert_int_equal(lodge_snprintf(buf, sizeof(buf), "%.3s", s), 3);
	assert_string_equal(buf, "abc");
	free(s);
}

static void stars_take_arguments(void **state)
{
	SAME("%*d|%-*d|%*d", 6, 42, 6, 42, -6, 42);
	SAME("%.*d|%.*d|%*.*x", 4, 42, -4, 42, 8, 3, 0xa);
	SAME("%0*d|%.*s", 7, -3, -1, "abc");
}

static void huge_widths_are_counted_not_written(void **state)
{
	char buf[8];

	assert_int_equal(lodge_snprintf(buf, sizeof(buf), "%2000000000d", 1), 2000000000);
	assert_string_equal(buf, "       ");
	assert_int_equal(lodge_snprintf(buf, sizeof(buf), "%99999999999d", 1), INT_MAX);
	assert_int_equal(lodge_snprintf(buf, sizeof(buf), "%*d", INT_MIN, 1), INT_MAX);
	assert_int_equal(lodge_snprintf(buf, sizeof(buf), "%2000000000d%2000000000d", 1, 1),
			 INT_MAX);
}

static void mistakes_are_printed_as_they_stand(void **state)
{
	char buf[16];

	assert_int_equal(lodge_snprintf(buf, sizeof(buf), "a%qb"), 4);
	assert_string_equal(buf, "a%qb");
	assert_int_equal(lodge_snprintf(buf, sizeof(buf), "%-5"), 3);
	assert_string_equal(buf, "%-5");
	assert_int_equal(lodge_snprintf(buf, sizeof(buf), "%"), 1);
	assert_string_equal(buf, "%");
}

static void random_formats_agree(void **state)
{
	static const char flags[] = "-0#+ ", convs[] = "diuxXo";
	static const char *const lengths[] = { "hh", "h", "", "l", "ll", "z", "t" };
	static const u64 values[] = { 0,   1,	       7,	   8,	       9,    10,       255,
				      256, 0x7fffffff, 0x80000000, 0xffffffff, ~0ul, 1ul << 63 };

	for (int i = 0; i < 100000; i++) {
		char fmt[32] = "<%";
		size_t n = 2;
		u64 r = shim_random(&seed), v = shim_random(&seed);

		for (unsigned int f = 0; f < 5; f++)
			if (r & (1u << f))
				fmt[n++] = flags[f];
		r >>= 8;
		if (r & 1)
			n += (size_t)sprintf(fmt + n, "%u", (unsigned int)(r >> 1) & 31);
		r >>= 8;
		if (r & 1)
			n += (size_t)sprintf(fmt + n, ".%u", (unsigned int)(r >> 1) & 31);
		r >>= 8;
		sprintf(fmt + n, "%s%c>", lengths[r % 7], convs[(r >> 8) % 6]);
		if (v & 1)
			v = values[(v >> 1) % ARRAY_SIZE(values)];
		else
			v >>= (v >> 1) & 63;
		assert_same((r >> 16) % 48, fmt, v);
	}
}

static void scnprintf_tells_what_it_wrote(void **state)
{
	char buf[4];

	assert_int_equal(scnprintf(buf, sizeof(buf), "ab"), 2);
	assert_int_equal(scnprintf(buf, sizeof(buf), "abc"), 3);
	assert_int_equal(scnprintf(buf, sizeof(buf), "abcd"), 3);
	assert_string_equal(buf, "abc");
	assert_int_equal(scnprintf(buf, 1, "abcd"), 0);
	assert_int_equal(scnprintf(NULL, 0, "abcd"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_goes_through),
		cmocka_unit_test(integers_have_every_length),
		cmocka_unit_test(null_pointer_is_a_number),
		cmocka_unit_test(string_without_end_is_bounded_by_precision),
		cmocka_unit_test(stars_take_arguments),
		cmocka_unit_test(huge_widths_are_counted_not_written),
		cmocka_unit_test(mistakes_are_printed_as_they_stand),
		cmocka_unit_test(random_formats_agree),
		cmocka_unit_test(scnprintf_tells_what_it_wrote),
	};

	seed = shim_seed(7);
	return cmocka_run_group_tests_name("printf", tests, NULL, NULL);
}
