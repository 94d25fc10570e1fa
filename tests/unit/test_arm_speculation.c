// SPDX-License-Identifier: Apache-2.0
/* What is done against speculation that guests direct, by CPUs and firmware that are made up. */
/* links: arch/aarch64/kernel/spec_policy.c */
/* flags: -I$(root)/arch/aarch64/include */
#include <asm/smccc.h>
#include <asm/speculation.h>
#include <shim.h>

#define A53	    0x410fd034
#define A57	    0x411fd070
#define A73	    0x410fd091
#define A76	    0x413fd0b0
#define V2	    0x410fd4f1
#define UNKNOWN	    0x00000f10
#define NO_FIRMWARE SMCCC_NOT_SUPPORTED, SMCCC_NOT_SUPPORTED, SMCCC_NOT_SUPPORTED

static struct arm64_speculation decide(u32 midr, unsigned int csv2, s64 fw1, s64 fw2, s64 fw3)
{
	struct arm64_spec_ids ids = { .midr = midr, .csv2 = csv2, .fw = { fw1, fw2, fw3 } };
	struct arm64_speculation s;

	arm64_speculation_decide(&ids, &s);
	return s;
}

static void nothing_is_done_where_the_cpu_needs_nothing(void **state)
{
	struct arm64_speculation s = decide(V2, 3, NO_FIRMWARE);
	struct arm64_spec_ids ids = { .midr = A76,
				      .csv2 = 1,
				      .ssbs = 1,
				      .ecbhb = 1,
				      .fw = { 0, 0, 0 } };

	assert_true(!s.exit_call && !s.bhb_loops && !s.clear_bhb);
	assert_int_equal(s.guest[0], SMCCC_NOT_REQUIRED);
	assert_int_equal(s.guest[2], SMCCC_NOT_REQUIRED);
	arm64_speculation_decide(&ids, &s);
	assert_true(!s.exit_call && !s.bhb_loops && !s.clear_bhb && !s.no_bypass);
	assert_int_equal(s.guest[1], SMCCC_NOT_REQUIRED);
	assert_int_equal(s.guest[2], SMCCC_NOT_REQUIRED);
}

static void targets_are_cleared_by_the_firmware(void **state)
{
	struct arm64_speculation s = decide(A73, 0, SMCCC_SUCCESS, -1, -1);

	assert_int_equal(s.exit_call, SMCCC_ARCH_WORKAROUND_1);
	assert_int_equal(s.guest[0], SMCCC_SUCCESS);
	assert_int_equal(s.guest[2], SMCCC_NOT_SUPPORTED);
	/* The third does both. */
	s = decide(A57, 0, SMCCC_SUCCESS, -1, SMCCC_SUCCESS);
	assert_int_equal(s.exit_call, SMCCC_ARCH_WORKAROUND_3);
	assert_int_equal(s.bhb_loops, 0);
	assert_int_equal(s.guest[2], SMCCC_SUCCESS);
	/* One that is not affected says so. */
	s = decide(A53, 0, SMCCC_NOT_REQUIRED, SMCCC_NOT_REQUIRED, SMCCC_NOT_REQUIRED);
	assert_true(!s.exit_call && !s.bhb_loops && !s.no_bypass);
	assert_int_equal(s.guest[0], SMCCC_NOT_REQUIRED);
	assert_int_equal(s.guest[2], SMCCC_NOT_REQUIRED);
}

static void history_is_replaced_as_the_core_needs(void **state)
{
	struct arm64_spec_ids ids = { .midr = A76, .csv2 = 1, .clrbhb = 1, .fw = { 1, 1, 0 } };
	struct arm64_speculation s;

	assert_int_equal(decide(A57, 0, NO_FIRMWARE).bhb_loops, 8);
	assert_int_equal(decide(A76, 1, NO_FIRMWARE).bhb_loops, 24);
	assert_int_equal(decide(V2, 2, NO_FIRMWARE).bhb_loops, 132);
	/* Without a call, where branches do. */
	s = decide(A76, 1, 1, 1, SMCCC_SUCCESS);
	assert_true(s.bhb_loops == 24 && !s.exit_call);
	/* Where they don't, with one. */
	s = decide(A73, 1, 1, 1, SMCCC_SUCCESS);
	assert_true(!s.bhb_loops && s.exit_call == SMCCC_ARCH_WORKAROUND_3);
	arm64_speculation_decide(&ids, &s);
	assert_true(s.clear_bhb && !s.bhb_loops && !s.exit_call);
}

static void what_nobody_knows_is_not_promised(void **state)
{
	struct arm64_speculation s = decide(UNKNOWN, 0, NO_FIRMWARE);
	unsigned int i;

	assert_true(!s.exit_call && !s.bhb_loops && !s.clear_bhb && !s.no_bypass);
	for (i = 0; i < 3; i++)
		assert_int_equal(s.guest[i], SMCCC_NOT_SUPPORTED);
}

static void store_bypass_is_switched_off_for_good(void **state)
{
	struct arm64_speculation s = decide(A57, 0, -1, SMCCC_SUCCESS, -1);

	assert_true(s.no_bypass);
	assert_int_equal(s.guest[1], SMCCC_NOT_REQUIRED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_done_where_the_cpu_needs_nothing),
		cmocka_unit_test(targets_are_cleared_by_the_firmware),
		cmocka_unit_test(history_is_replaced_as_the_core_needs),
		cmocka_unit_test(what_nobody_knows_is_not_promised),
		cmocka_unit_test(store_bypass_is_switched_off_for_good),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
