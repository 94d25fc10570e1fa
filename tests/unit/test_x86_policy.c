// SPDX-License-Identifier: Apache-2.0
/* What an x86 guest sees by CPUID, and may do to MSRs, XCR0, CR4 and EFER. */
/* links: arch/x86_64/virt/cpuid_policy.c arch/x86_64/virt/msr_policy.c */
/* flags: -I$(root)/arch/x86_64/include */
#include <asm/cpuid_policy.h>
#include <asm/msr.h>
#include <asm/msr_policy.h>
#include <shim.h>

/* ---- CPUID ---- */

/* A host that has everything. */
static struct cpuid all_ones(u32 leaf, u32 sub)
{
	if (leaf == 0)
		return (struct cpuid){ 0x20, 0x68747541, 0x444d4163, 0x69746e65 };
	if (leaf == 0x80000000)
		return (struct cpuid){ 0x80000021, 0, 0, 0 };
	if (leaf == 0xd && sub >= 2)
		return (struct cpuid){ 256, 576 + 256 * (sub - 2), 0, 0 };
	return (struct cpuid){ 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff };
}

/* One that has nothing. */
static struct cpuid nothing(u32 leaf, u32 sub)
{
	return (struct cpuid){ 0 };
}

static struct cpuid_guest guest_on(struct cpuid (*host)(u32, u32), u32 id, u32 nr)
{
	return (struct cpuid_guest){ .host = host, .id = id, .nr = nr, .xcr0 = XCR0_OFFERED };
}

static void what_is_not_virtualized_is_hidden(void **state)
{
	struct cpuid_guest g = guest_on(all_ones, 0, 1);
	struct cpuid r = x86_cpuid_policy(&g, 1, 0);

	assert_false(r.ecx & BIT(3));		      /* MONITOR */
	assert_false(r.ecx & (BIT(5) | BIT(6)));      /* VMX, SMX */
	assert_false(r.ecx & BIT(15));		      /* PDCM: counters */
	assert_false(r.ecx & CPUID_1_ECX_XSAVE << 1); /* OSXSAVE follows CR4 */
	assert_false(r.edx & (BIT(18) | BIT(21)));    /* serial number, debug store */
	r = x86_cpuid_policy(&g, 7, 0);
	assert_false(r.ebx & (BIT(2) | BIT(12) | BIT(15) | BIT(25))); /* SGX, QoS, trace */
	assert_false(r.ecx & (BIT(3) | BIT(4) | BIT(5) | BIT(7))); /* PKU, WAITPKG, shadow stacks */
	assert_false(r.edx & GENMASK(31, 26));			   /* speculation control */
	r = x86_cpuid_policy(&g, 0x80000001, 0);
	assert_false(r.ecx & CPUID_EXT_ECX_SVM);
	assert_false(r.ecx & (BIT(3) | BIT(10) | BIT(12) | BIT(15) | BIT(22) | BIT(23) | BIT(29)));
	r = x86_cpuid_policy(&g, 0x80000007, 0);
	assert_int_equal(r.edx, CPUID_APM_EDX_INVARIANT_TSC);
	assert_int_equal(r.eax | r.ebx | r.ecx, 0);
}

static void features_of_leaf_7_are_in_its_first_two_parts(void **state)
{
	struct cpuid_guest g = guest_on(all_ones, 0, 1);
	struct cpuid r = x86_cpuid_policy(&g, 7, 0);
	unsigned int sub;

	assert_int_equal(r.eax, 1);
	r = x86_cpuid_policy(&g, 7, 1);
	assert_int_equal(r.eax, BIT(4) | BIT(5)); /* AVX-VNNI, AVX512-BF16 */
	assert_int_equal(r.ebx | r.ecx | r.edx, 0);
	for (sub = 2; sub < 4; sub++) {
		r = x86_cpuid_policy(&g, 7, sub);
		assert_int_equal(r.eax | r.ebx | r.ecx | r.edx, 0);
	}
	g = guest_on(nothing, 0, 1);
	r = x86_cpuid_policy(&g, 7, 0);
	assert_int_equal(r.eax | r.ebx | r.ecx | r.edx, 0);
}

static void several_cpus_are_cores_of_one_processor(void **state)
{
	struct cpuid_guest g = guest_on(all_ones, 0, 1);

	assert_false(x86_cpuid_policy(&g, 0x80000001, 0).ecx & BIT(1)); /* CmpLegacy */
	g.nr = 3;
	assert_true(x86_cpuid_policy(&g, 0x80000001, 0).ecx & BIT(1));
	assert_true(x86_cpuid_policy(&g, 1, 0).edx & BIT(28)); /* HTT */
	assert_int_equal(x86_cpuid_policy(&g, 0x80000008, 0).ecx & 0xff, 2);
}

static struct cpuid without_spec_ctrl(u32 leaf, u32 sub)
{
	struct cpuid r = all_ones(leaf, sub);

	if (leaf == CPUID_SVM_LEAF)
		r.edx &= ~(u32)CPUID_SVM_EDX_SPEC_CTRL;
	return r;
}

/* SPEC_CTRL is shown where VMRUN switches it; a barrier has nothing to be switched. */
static void speculation_control_is_shown_if_it_is_switched(void **state)
{
	struct cpuid_guest g = guest_on(without_spec_ctrl, 0, 1);
	u32 control = BIT(14) | BIT(15) | BIT(16) | BIT(17) | BIT(18) | BIT(19) | BIT(24) | BIT(28);

	assert_int_equal(x86_cpuid_policy(&g, 0x80000008, 0).ebx,
			 BIT(0) | BIT(2) | BIT(12) | BIT(26) | BIT(29) | BIT(30));
	assert_false(x86_spec_ctrl_offered(without_spec_ctrl));
	g = guest_on(all_ones, 0, 1);
	assert_int_equal(x86_cpuid_policy(&g, 0x80000008, 0).ebx,
			 BIT(0) | BIT(2) | BIT(12) | BIT(26) | BIT(29) | BIT(30) | control);
	assert_true(x86_spec_ctrl_offered(all_ones));
	/* The one that is set by a hypervisor for guests without the register is never shown. */
	assert_false(x86_cpuid_policy(&g, 0x80000008, 0).ebx & BIT(25));
	assert_false(x86_spec_ctrl_offered(nothing));
}

static void leaves_that_nobody_knows_are_zero(void **state)
{
	static const u32 leaves[] = { 2,	  4,	      5,	  0xa,	      0xe,
				      0xf,	  0x10,	      0x12,	  0x14,	      0x15,
				      0x1f,	  0x80000009, 0x8000000a, 0x8000001a, 0x8000001d,
				      0x8000001e, 0x8000001f, 0x80000021, 0x40000001, 0xffffffff };
	struct cpuid_guest g = guest_on(all_ones, 0, 1);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(leaves); i++) {
		struct cpuid r = x86_cpuid_policy(&g, leaves[i], 0);

		assert_int_equal(r.eax | r.ebx | r.ecx | r.edx, 0);
	}
	assert_int_equal(x86_cpuid_policy(&g, 0, 0).eax, 0xd);
	assert_int_equal(x86_cpuid_policy(&g, 0x80000000, 0).eax, 0x80000008);
}

static void what_lodge_does_itself_is_shown_on_any_host(void **state)
{
	struct cpuid_guest g = guest_on(nothing, 0, 1);
	struct cpuid r = x86_cpuid_policy(&g, 1, 0);

	assert_int_equal(r.ecx,
			 CPUID_1_ECX_X2APIC | CPUID_1_ECX_TSC_DEADLINE | CPUID_1_ECX_HYPERVISOR);
	assert_int_equal(r.edx, BIT(9)); /* the local APIC */
	assert_int_equal(x86_cpuid_policy(&g, 6, 0).eax, BIT(2));
}

static void hypervisors_show_themselves(void **state)
{
	/* Of them, Xen, Hyper-V and others look at 0x40000001 to 6, and at multiples of 0x100. */
	static const u32 absent[] = { 0x40000001, 0x40000002, 0x40000003, 0x40000004, 0x40000005,
				      0x40000006, 0x4000000f, 0x40000011, 0x400000ff, 0x40000102,
				      0x4000010f, 0x40000111, 0x40000200, 0x40000300, 0x4000ff00 };
	struct cpuid_guest g = guest_on(all_ones, 0, 1);
	struct cpuid r = x86_cpuid_policy(&g, 0x40000000, 0);
	unsigned int i;

	g.tsc_khz = 2095986;
	assert_int_equal(r.eax, 0x40000010);
	assert_memory_equal(&r.ebx, "LodgeLodgeHV", 12);
	r = x86_cpuid_policy(&g, 0x40000100, 0);
	assert_int_equal(r.eax, 0x40000110);
	assert_memory_equal(&r.ebx, "KVMKVMKVM\0\0\0", 12);
	for (i = 0x40000010; i <= 0x40000110; i += 0x100) {
		r = x86_cpuid_policy(&g, i, 0);
		assert_int_equal(r.eax, 2095986);
		assert_int_equal(r.ebx, 2095986);
		assert_int_equal(r.ecx | r.edx, 0);
	}
	for (i = 0; i < ARRAY_SIZE(absent); i++) {
		r = x86_cpuid_policy(&g, absent[i], 0);
		assert_int_equal(r.eax | r.ebx | r.ecx | r.edx, 0);
	}
}

/* A bit that is not whole would have guests use what is not there. */
static void of_kvm_there_is_what_is_whole(void **state)
{
	struct cpuid_guest g = guest_on(all_ones, 0, 4);
	struct cpuid r = x86_cpuid_policy(&g, 0x40000101, 0);

	assert_int_equal(r.eax, BIT(0) | BIT(1) | BIT(3) | BIT(5) | BIT(6) | BIT(7) | BIT(24));
	assert_int_equal(r.ebx | r.ecx | r.edx, 0);
}

static void the_maker_is_the_hosts(void **state)
{
	struct cpuid_guest g = guest_on(all_ones, 0, 1);
	struct cpuid r = x86_cpuid_policy(&g, 0, 0);

	assert_int_equal(r.ebx, 0x68747541);
	assert_int_equal(r.ecx, 0x444d4163);
	assert_int_equal(r.edx, 0x69746e65);
}

static void topology_is_of_the_vcpus(void **state)
{
	struct cpuid_guest g = guest_on(all_ones, 5, 6);
	struct cpuid r = x86_cpuid_policy(&g, 1, 0);

	assert_int_equal(r.ebx >> 24, 5);
	assert_int_equal(r.ebx >> 16 & 0xff, 6);
	assert_true(r.edx & BIT(28));
	r = x86_cpuid_policy(&g, 0xb, 0);
	assert_int_equal(r.eax, 0);
	assert_int_equal(r.ebx, 1);
	assert_int_equal(r.ecx, 0x100);
	assert_int_equal(r.edx, 5);
	r = x86_cpuid_policy(&g, 0xb, 1);
	assert_int_equal(r.eax, 3); /* bits for 6 */
	assert_int_equal(r.ebx, 6);
	assert_int_equal(r.ecx, 0x201);
	r = x86_cpuid_policy(&g, 0xb, 2);
	assert_int_equal(r.ecx, 2);
	assert_int_equal(r.ebx, 0);
	r = x86_cpuid_policy(&g, 0x80000008, 0);
	assert_int_equal(r.ecx, 5 | 3 << 12);
	g.nr = 1;
	assert_false(x86_cpuid_policy(&g, 1, 0).edx & BIT(28));
}

static void xsave_is_as_large_as_what_is_offered(void **state)
{
	struct cpuid_guest g = guest_on(all_ones, 0, 1);
	struct cpuid r;

	g.xcr0 = XCR0_X87 | XCR0_SSE | XCR0_AVX;
	r = x86_cpuid_policy(&g, 0xd, 0);
	assert_int_equal(r.eax, 7);
	assert_int_equal(r.ecx, 576 + 256);
	assert_int_equal(x86_cpuid_policy(&g, 0xd, 1).eax, BIT(0) | BIT(2)); /* no XSAVES */
	assert_int_equal(x86_cpuid_policy(&g, 0xd, 2).eax, 256);
	assert_int_equal(x86_cpuid_policy(&g, 0xd, 5).eax, 0);
	assert_int_equal(x86_cpuid_policy(&g, 0xd, 9).eax, 0); /* protection keys */
	assert_int_equal(x86_cpuid_policy(&g, 0xd, 0x80000002).eax, 0);
	/* AVX-512 is not shown without its state. */
	assert_false(x86_cpuid_policy(&g, 7, 0).ebx & BIT(16));
	g.xcr0 = 0;
	assert_int_equal(x86_cpuid_policy(&g, 0xd, 0).eax, 0);
	assert_false(x86_cpuid_policy(&g, 1, 0).ecx & (CPUID_1_ECX_XSAVE | BIT(28)));
}

static void osxsave_follows_cr4(void **state)
{
	struct cpuid_guest g = guest_on(all_ones, 0, 1);

	g.osxsave = true;
	assert_true(x86_cpuid_policy(&g, 1, 0).ecx & BIT(27));
}

static void the_apic_bit_follows_apic_base(void **state)
{
	struct cpuid_guest g = guest_on(all_ones, 0, 1);

	assert_true(x86_cpuid_policy(&g, 1, 0).edx & BIT(9));
	assert_true(x86_cpuid_policy(&g, 0x80000001, 0).edx & BIT(9));
	g.apic_off = true;
	assert_false(x86_cpuid_policy(&g, 1, 0).edx & BIT(9));
	assert_false(x86_cpuid_policy(&g, 0x80000001, 0).edx & BIT(9));
}

static void xcr0_must_be_consistent(void **state)
{
	u64 all = XCR0_OFFERED;

	assert_true(x86_xcr0_valid(1, all));
	assert_true(x86_xcr0_valid(3, all));
	assert_true(x86_xcr0_valid(7, all));
	assert_true(x86_xcr0_valid(0xe7, all));
	assert_false(x86_xcr0_valid(0, all));
	assert_false(x86_xcr0_valid(2, all));
	assert_false(x86_xcr0_valid(5, all));	 /* AVX without SSE */
	assert_false(x86_xcr0_valid(0x67, all)); /* part of AVX-512 */
	assert_false(x86_xcr0_valid(0xe3, all)); /* without AVX */
	assert_false(x86_xcr0_valid(0x207, all));
	assert_false(x86_xcr0_valid(7, 3));
}

static void cr4_goes_with_cpuid(void **state)
{
	assert_int_equal(x86_cr4_offered(nothing), 0x7ff);
	assert_false(x86_cr4_offered(all_ones) & BIT(13)); /* VMXE */
	assert_false(x86_cr4_offered(all_ones) & BIT(22)); /* PKE */
	assert_false(x86_cr4_offered(all_ones) & BIT(23)); /* CET */
	assert_true(x86_cr4_offered(all_ones) & BIT(20));
	assert_true(x86_cr4_offered(all_ones) & BIT(18));
}

/* ---- MSRs ---- */

static struct x86_msrs m;

static u64 value(u32 msr)
{
	u64 val = 0xdead;

	assert_true(x86_msr_policy_read(&m, msr, &val));
	return val;
}

static void unknown_msrs_are_refused(void **state)
{
	static const u32 msrs[] = { 0,		0x17,	    0x3a,	0x48,	    0x49,
				    0xc1,	0x17b,	    0x186,	0x1a1,	    0x38f,
				    0x480,	0xda0,	    0x210,	0x251,	    0x270,
				    0x7ff,	0x40000000, 0xc0000080, 0xc0010008, 0xc0010020,
				    0xc0010117, 0xc0010140, 0xc0010200, 0xffffffff };
	unsigned int i;
	u64 val;

	x86_msrs_reset(&m);
	for (i = 0; i < ARRAY_SIZE(msrs); i++) {
		assert_false(x86_msr_policy_read(&m, msrs[i], &val));
		assert_false(x86_msr_policy_write(&m, msrs[i], 0));
	}
}

static void svm_is_locked_away(void **state)
{
	x86_msrs_reset(&m);
	assert_int_equal(value(MSR_VM_CR), VM_CR_LOCK | VM_CR_SVMDIS);
	assert_false(x86_msr_policy_write(&m, MSR_VM_CR, 0));
}

static void mtrrs_are_kept(void **state)
{
	x86_msrs_reset(&m);
	assert_int_equal(value(MSR_MTRRCAP), 0x508);
	assert_int_equal(value(0x2ff), 0xc06);
	assert_true(value(0x250) == 0x0606060606060606);
	assert_int_equal(value(0x259), 0); /* 0xa0000 */
	assert_true(x86_msr_policy_write(&m, 0x26f, 0x0505050505050505));
	assert_true(value(0x26f) == 0x0505050505050505);
	assert_false(x86_msr_policy_write(&m, 0x26f, 2));
	assert_false(x86_msr_policy_write(&m, 0x2ff, 0x1006));
	assert_false(x86_msr_policy_write(&m, MSR_MTRRCAP, 0));
	assert_true(x86_msr_policy_write(&m, 0x20e, 0x80000006));
	assert_true(x86_msr_policy_write(&m, 0x20f, 0xff80000800));
	assert_int_equal(value(0x20e), 0x80000006);
	assert_false(x86_msr_policy_write(&m, 0x20e, 0x80000107));
	assert_false(x86_msr_policy_write(&m, 0x20f, BIT(60)));
	/* The lowest variable one has the devices below 4 GiB uncached. */
	assert_int_equal(value(0x200), 0xc0000000);
}

static void writes_are_masked(void **state)
{
	x86_msrs_reset(&m);
	assert_int_equal(value(0xc0010015), BIT(24));
	assert_true(x86_msr_policy_write(&m, 0xc0010015, BIT(24) | BIT(18)));
	assert_false(x86_msr_policy_write(&m, 0xc0010015, BIT(40)));
	assert_true(x86_msr_policy_write(&m, 0x17a, 4));
	assert_int_equal(value(0x17a), 4);
	assert_false(x86_msr_policy_write(&m, 0x17a, 8));
	assert_true(x86_msr_policy_write(&m, 0xc0011029, 0)); /* without effect */
	assert_int_equal(value(0xc0011029), 2);
	assert_true(x86_msr_policy_write(&m, 0xc0010000, 0x430076)); /* counters that stand */
	assert_int_equal(value(0xc0010000), 0);
}

/* No write reaches beyond what is a guest's. */
static void no_write_leaves_the_struct(void **state)
{
	struct {
		u64 before[4];
		struct x86_msrs m;
		u64 after[4];
	} s = { 0 };
	u64 seed = shim_seed(2);
	unsigned int i;

	for (i = 0; i < 2000000; i++) {
		u32 msr = (u32)shim_random(&seed) & 0x1ffff;

		msr |= (u32)(shim_random(&seed) % 2 ? 0xc0000000 : 0);
		(void)x86_msr_policy_write(&s.m, msr, shim_random(&seed) & 0x0606060606060606);
	}
	for (i = 0; i < 4; i++)
		assert_true(!s.before[i] && !s.after[i]);
}

static void a_pat_has_types_that_exist(void **state)
{
	assert_true(x86_pat_valid(0x0007040600070406));
	assert_true(x86_pat_valid(0x0407050600070106));
	assert_false(x86_pat_valid(0x02));
	assert_false(x86_pat_valid(0x0300000000000000));
	assert_false(x86_pat_valid(0x08));
}

static void efer_keeps_what_is_not_the_guests(void **state)
{
	u64 offered = x86_efer_offered(all_ones), efer;

	assert_true(x86_efer_write(0, BIT(0) | BIT(8) | BIT(11), offered, false, &efer));
	assert_int_equal(efer, BIT(0) | BIT(8) | BIT(11));
	assert_false(x86_efer_write(0, BIT(12), offered, false, &efer)); /* SVME */
	assert_false(x86_efer_write(0, BIT(13), offered, false, &efer));
	assert_false(x86_efer_write(BIT(8) | BIT(10), 0, offered, true, &efer)); /* LME */
	assert_true(x86_efer_write(BIT(8) | BIT(10), BIT(8), offered, true, &efer));
	assert_int_equal(efer, BIT(8) | BIT(10)); /* LMA is the processor's */
	assert_false(x86_efer_write(0, BIT(11), x86_efer_offered(nothing), false, &efer));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_virtualized_is_hidden),
		cmocka_unit_test(features_of_leaf_7_are_in_its_first_two_parts),
		cmocka_unit_test(several_cpus_are_cores_of_one_processor),
		cmocka_unit_test(speculation_control_is_shown_if_it_is_switched),
		cmocka_unit_test(leaves_that_nobody_knows_are_zero),
		cmocka_unit_test(what_lodge_does_itself_is_shown_on_any_host),
		cmocka_unit_test(hypervisors_show_themselves),
		cmocka_unit_test(of_kvm_there_is_what_is_whole),
		cmocka_unit_test(the_maker_is_the_hosts),
		cmocka_unit_test(topology_is_of_the_vcpus),
		cmocka_unit_test(xsave_is_as_large_as_what_is_offered),
		cmocka_unit_test(osxsave_follows_cr4),
		cmocka_unit_test(the_apic_bit_follows_apic_base),
		cmocka_unit_test(xcr0_must_be_consistent),
		cmocka_unit_test(cr4_goes_with_cpuid),
		cmocka_unit_test(unknown_msrs_are_refused),
		cmocka_unit_test(svm_is_locked_away),
		cmocka_unit_test(mtrrs_are_kept),
		cmocka_unit_test(writes_are_masked),
		cmocka_unit_test(no_write_leaves_the_struct),
		cmocka_unit_test(a_pat_has_types_that_exist),
		cmocka_unit_test(efer_keeps_what_is_not_the_guests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
