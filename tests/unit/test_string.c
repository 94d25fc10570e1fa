// SPDX-License-Identifier: Apache-2.0
/* lib/string.c, against the C library. */
#include <shim.h>
#include <lodge/errno.h>
#include <lodge/string.h>

static void str_to_u64_reads_decimal(void **state)
{
	u64 v;

	assert_int_equal(str_to_u64("42", &v), 0);
	assert_int_equal(v, 42);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(str_to_u64_reads_decimal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
