// SPDX-License-Identifier: Apache-2.0
/* Pauses between the starts of what ends again and again. */
/* links: virt/vm/backoff.c */
#include <lodge/backoff.h>
#include <shim.h>

static void pauses_double_up_to_the_longest(void **state)
{
	struct backoff b = { 0 };
	u64 want = BACKOFF_MIN_US;
	unsigned int i;

	for (i = 0; i < 20; i++) {
		assert_int_equal(backoff_next(&b, 0), want);
		want = min(2 * want, (u64)BACKOFF_MAX_US);
	}
	assert_int_equal(backoff_next(&b, BACKOFF_QUICK_US - 1), BACKOFF_MAX_US);
}

static void what_runs_for_a_while_does_not_wait(void **state)
{
	struct backoff b = { 0 };

	assert_int_equal(backoff_next(&b, BACKOFF_QUICK_US), 0);
	assert_int_equal(backoff_next(&b, BACKOFF_FORGIVE_US), 0);
	assert_int_equal(backoff_next(&b, ~(u64)0), 0);
}

static void a_while_is_not_enough_to_be_forgiven(void **state)
{
	struct backoff b = { 0 };

	(void)backoff_next(&b, 0);
	(void)backoff_next(&b, 0);
	assert_int_equal(backoff_next(&b, BACKOFF_QUICK_US), 2 * BACKOFF_MIN_US);
	assert_int_equal(backoff_next(&b, BACKOFF_FORGIVE_US - 1), 2 * BACKOFF_MIN_US);
	assert_int_equal(backoff_next(&b, BACKOFF_FORGIVE_US), 0);
	assert_int_equal(backoff_next(&b, 0), BACKOFF_MIN_US);
}

static void starts_in_a_row_are_counted(void **state)
{
	struct backoff b = { 0 };

	assert_false(backoff_is_over(b.count, 0, 1));
	(void)backoff_next(&b, 0);
	assert_true(backoff_is_over(b.count, 0, 1));
	assert_false(backoff_is_over(b.count, 0, 2));
	/* One that ran for a while is neither delayed nor forgiven. */
	(void)backoff_next(&b, BACKOFF_QUICK_US);
	assert_true(backoff_is_over(b.count, BACKOFF_FORGIVE_US - 1, 2));
	assert_false(backoff_is_over(b.count, BACKOFF_FORGIVE_US, 2));
	/* The new start after a long run is the first. */
	(void)backoff_next(&b, BACKOFF_FORGIVE_US);
	assert_int_equal(b.count, 1);
	assert_false(backoff_is_over(b.count, 0, 2));
}

static void without_a_limit_it_goes_on(void **state)
{
	struct backoff b = { .count = ~(u32)0 - 1 };

	(void)backoff_next(&b, 0);
	(void)backoff_next(&b, 0);
	assert_int_equal(b.count, ~(u32)0);
	assert_false(backoff_is_over(b.count, 0, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pauses_double_up_to_the_longest),
		cmocka_unit_test(what_runs_for_a_while_does_not_wait),
		cmocka_unit_test(a_while_is_not_enough_to_be_forgiven),
		cmocka_unit_test(starts_in_a_row_are_counted),
		cmocka_unit_test(without_a_limit_it_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
