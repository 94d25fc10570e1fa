// SPDX-License-Identifier: Apache-2.0
/* What is done against speculative leaks, by processors that are made up. */
/* links: arch/x86_64/kernel/spec_policy.c */
/* flags: -I$(root)/arch/x86_64/include */
#include <asm/flag.h>
#include <asm/speculation.h>
#include <shim.h>

static struct {
	u32 signature, max, cap_ebx, more_eax, more_ecx;
} cpu;

static struct cpuid made_up(u32 leaf, u32 sub)
{
	switch (leaf) {
	case 1:
		return (struct cpuid){ .eax = cpu.signature };
	case 0x80000000:
		return (struct cpuid){ .eax = cpu.max };
	case 0x80000008:
		return (struct cpuid){ .ebx = cpu.cap_ebx };
	case 0x80000021:
		return (struct cpuid){ .eax = cpu.more_eax, .ecx = cpu.more_ecx };
	}
	/* Beyond what there is Intel's answers are the last leaf's; nobody may ask. */
	fail();
	return (struct cpuid){ 0 };
}

#define XSAVEERPTR BIT(2)
#define IBPB	   BIT(12)
#define STIBP	   BIT(15)
#define BTC_NO	   BIT(29)
#define LFENCE	   BIT(2)
#define VERW	   BIT(5)
#define AUTO_IBRS  BIT(8)
#define SRSO_NO	   BIT(29)
#define REDUCE	   BIT(31)

/* Signatures as in the leaf 1 of real ones. */
#define OPTERON_K8 0x00000f5a
#define BULLDOZER  0x00600f12
#define ZEN1	   0x00800f12
#define ZEN2	   0x00830f10
#define DHYANA	   0x00900f02
#define ZEN3	   0x00a00f11
#define ZEN5	   0x00b00f21

static struct x86_speculation decide(u32 signature, u32 cap_ebx, u32 more_eax, u32 more_ecx)
{
	struct x86_speculation s;

	cpu.signature = signature;
	cpu.max = more_eax || more_ecx ? 0x80000021 : 0x80000008;
	cpu.cap_ebx = cap_ebx;
	cpu.more_eax = more_eax;
	cpu.more_ecx = more_ecx;
	x86_speculation_decide(made_up, &s);
	return s;
}

static void what_can_redirect_returns_needs_a_barrier_at_each_exit(void **state)
{
	static const u32 affected[] = { BULLDOZER, ZEN1, ZEN2, DHYANA, ZEN3 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(affected); i++) {
		assert_true(decide(affected[i], IBPB, 0, 0).ibpb_exit);
		/* Automatic IBRS is about indirect branches, and no help with returns. */
		assert_true(decide(affected[i], IBPB, AUTO_IBRS, 0).ibpb_exit);
		assert_false(decide(affected[i], IBPB, 0, 0).ibpb_switch);
	}
	assert_true(decide(ZEN3, IBPB | BTC_NO, AUTO_IBRS, 0).ibpb_exit);
	assert_true(decide(ZEN1, IBPB, AUTO_IBRS | SRSO_NO, 0).ibpb_exit);
}

static void what_is_not_affected_has_one_between_vms(void **state)
{
	struct x86_speculation s =
		decide(ZEN5, IBPB | STIBP | XSAVEERPTR | BTC_NO, AUTO_IBRS | SRSO_NO | LFENCE, 0);

	assert_true(s.ibpb_switch && s.auto_ibrs && s.stibp);
	assert_false(s.ibpb_exit || s.reduce_bp || s.lfence_msr || s.zenbleed || s.fp_pointers);
	assert_false(s.verw || s.clear_divider);
	/* Without automatic IBRS the host's indirect branches are the guest's to train. */
	s = decide(ZEN5, IBPB | BTC_NO, SRSO_NO, 0);
	assert_true(s.ibpb_exit && !s.ibpb_switch && !s.auto_ibrs);
	/* A switch of the processor's own takes the place of the barrier. */
	s = decide(ZEN5, IBPB | BTC_NO, AUTO_IBRS | REDUCE, 0);
	assert_true(s.ibpb_switch && s.reduce_bp && !s.ibpb_exit);
}

static void without_the_barrier_there_is_none(void **state)
{
	struct x86_speculation s = decide(ZEN1, 0, 0, 0);

	assert_false(s.ibpb_exit || s.ibpb_switch || s.auto_ibrs || s.stibp);
	assert_true(s.lfence_msr);
}

static void leaves_that_are_not_there_are_not_asked_for(void **state)
{
	struct x86_speculation s;

	cpu.signature = OPTERON_K8;
	cpu.max = 0x80000007;
	cpu.cap_ebx = cpu.more_eax = cpu.more_ecx = ~0u;
	x86_speculation_decide(made_up, &s);
	assert_false(s.ibpb_exit || s.ibpb_switch || s.auto_ibrs || s.stibp || s.lfence_msr);
	assert_false(s.verw || s.clear_divider);
	assert_true(s.fp_pointers);
}

static void x87_pointers_are_cleared_unless_they_are_switched(void **state)
{
	assert_true(decide(ZEN1, 0, 0, 0).fp_pointers);
	assert_false(decide(ZEN2, XSAVEERPTR, 0, 0).fp_pointers);
}

static void errata_by_model(void **state)
{
	assert_true(decide(ZEN1, 0, 0, 0).clear_divider);
	assert_true(decide(0x00800f82, 0, 0, 0).clear_divider); /* Zen+ */
	assert_true(decide(DHYANA, 0, 0, 0).clear_divider);
	assert_false(decide(ZEN2, 0, 0, 0).clear_divider);
	assert_true(decide(ZEN2, 0, 0, 0).zenbleed);
	assert_true(decide(0x00860f01, 0, 0, 0).zenbleed); /* Renoir */
	assert_true(decide(0x00890f00, 0, 0, 0).zenbleed);
	assert_false(decide(ZEN1, 0, 0, 0).zenbleed);
	assert_false(decide(ZEN3, 0, 0, 0).zenbleed);
}

static void buffers_are_cleared_where_that_helps(void **state)
{
	assert_true(decide(ZEN3, 0, VERW, 0).verw);
	assert_true(decide(ZEN3, 0, VERW, BIT(1)).verw);
	assert_false(decide(ZEN3, 0, VERW, BIT(1) | BIT(2)).verw);
	assert_false(decide(ZEN3, 0, AUTO_IBRS, 0).verw);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_can_redirect_returns_needs_a_barrier_at_each_exit),
		cmocka_unit_test(what_is_not_affected_has_one_between_vms),
		cmocka_unit_test(without_the_barrier_there_is_none),
		cmocka_unit_test(leaves_that_are_not_there_are_not_asked_for),
		cmocka_unit_test(x87_pointers_are_cleared_unless_they_are_switched),
		cmocka_unit_test(errata_by_model),
		cmocka_unit_test(buffers_are_cleared_where_that_helps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
