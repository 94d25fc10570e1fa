// SPDX-License-Identifier: Apache-2.0
/* The calendar, against the C library's. */
#include <lodge/date.h>
#include <shim.h>
#include <time.h>

static void check(u64 seconds)
{
	time_t t = (time_t)seconds;
	struct date d;
	struct tm tm;

	gmtime_r(&t, &tm);
	date_from_seconds(seconds, &d);
	assert_int_equal(d.year, tm.tm_year + 1900);
	assert_int_equal(d.month, tm.tm_mon + 1);
	assert_int_equal(d.day, tm.tm_mday);
	assert_int_equal(d.hour, tm.tm_hour);
	assert_int_equal(d.minute, tm.tm_min);
	assert_int_equal(d.second, tm.tm_sec);
	assert_int_equal(d.weekday, tm.tm_wday);
	assert_int_equal(date_to_seconds(&d), seconds);
}

static void every_day_of_three_centuries(void **state)
{
	u64 day;

	for (day = 0; day < 3 * 36525; day++) {
		check(day * 86400);
		check(day * 86400 + 86399);
	}
}

static void any_second(void **state)
{
	u64 seed = shim_seed(1);
	int i;

	for (i = 0; i < 100000; i++)
		check(shim_random(&seed) % (1ul << 37));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_day_of_three_centuries),
		cmocka_unit_test(any_second),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
