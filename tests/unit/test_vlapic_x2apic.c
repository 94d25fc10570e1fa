// SPDX-License-Identifier: Apache-2.0
/* The guest's local APICs: modes, x2APIC above all, and the page of each. */
/* links: lib/bitops.c virt/bus/fdt.c */
/* arch: x86_64 */
#include "vlapic_fixture.h"

static void modes_follow_each_other(void **state)
{
	u64 base = get_msr(0, MSR_APIC_BASE), off = base & ~APIC_BASE_ENABLE;
	u64 val;

	assert_false(vlapic_msr_read(lapic(0), X2(APIC_ID), &val));
	assert_false(set_msr(0, MSR_APIC_BASE, off | APIC_BASE_X2APIC));
	assert_false(set_msr(0, MSR_APIC_BASE, base | 1));
	assert_true(set_msr(0, MSR_APIC_BASE, base | APIC_BASE_X2APIC));
	assert_int_equal(rd(0, APIC_VERSION), 0xffffffff); /* no page */
	assert_false(set_msr(0, MSR_APIC_BASE, base));
	set_msr(0, X2(APIC_TPR), 0x30);
	assert_int_equal(cr8[0], 3);
	assert_true(set_msr(0, MSR_APIC_BASE, off));
	assert_int_equal(lapic(0)->s.tpr, 0);
	assert_int_equal(cr8[0], 0);
	assert_int_equal(rd(0, APIC_VERSION), 0xffffffff);
	assert_false(set_msr(0, MSR_APIC_BASE, base | APIC_BASE_X2APIC));
	assert_true(set_msr(0, MSR_APIC_BASE, base));
	/* Whether it is the first is not the guest's to say. */
	assert_true(set_msr(1, MSR_APIC_BASE, base));
	assert_false(get_msr(1, MSR_APIC_BASE) & APIC_BASE_BSP);
}

static void x2apic_registers(void **state)
{
	u64 val;

	x2apic(2);
	assert_int_equal(get_msr(2, X2(APIC_ID)), 2);
	assert_int_equal(get_msr(2, X2(APIC_LDR)), 1 << 2);
	assert_true(set_msr(2, X2(APIC_ICR), 0x3000000c3 | 0x4000));
	assert_int_equal(get_msr(2, X2(APIC_ICR)), 0x3000040c3);
	assert_int_equal(take(3), 0xc3);
	assert_true(set_msr(2, X2(APIC_SELF_IPI), 0x77));
	assert_int_equal(take(2), 0x77);
	assert_true(set_msr(2, X2(APIC_EOI), 0));
	assert_false(vlapic_msr_read(lapic(2), X2(APIC_DFR), &val));
	assert_false(vlapic_msr_read(lapic(2), X2(APIC_ICR_HIGH), &val));
	assert_false(vlapic_msr_read(lapic(2), X2(APIC_EOI), &val));
	assert_false(vlapic_msr_read(lapic(2), MSR_X2APIC + 0x40, &val));
	assert_false(vlapic_msr_read(lapic(2), MSR_X2APIC + 0xff, &val));
	assert_false(set_msr(2, X2(APIC_EOI), 1));
	assert_false(set_msr(2, X2(APIC_ESR), 1));
	assert_false(set_msr(2, X2(APIC_TPR), 0x100));
	assert_false(set_msr(2, X2(APIC_TPR), 1ul << 32));
	assert_false(set_msr(2, X2(APIC_SVR), 0x11ff));
	assert_false(set_msr(2, X2(APIC_LDR), 0));
	assert_false(set_msr(2, X2(APIC_ID), 0));
	assert_false(set_msr(2, X2(APIC_SELF_IPI), 0x100));
	assert_false(set_msr(2, X2(APIC_ICR), 0x100000));
	/* #GP is all that tells of it. */
	assert_true(set_msr(2, X2(APIC_ESR), 0));
	assert_int_equal(get_msr(2, X2(APIC_ESR)), 0);
	/* An illegal vector is an error in both modes. */
	assert_true(set_msr(2, X2(APIC_SELF_IPI), 3));
	assert_true(set_msr(2, X2(APIC_ESR), 0));
	assert_int_equal(get_msr(2, X2(APIC_ESR)), ESR_SEND_ILLEGAL);
}

static void each_moves_its_own_page(void **state)
{
	u64 base = get_msr(1, MSR_APIC_BASE), off = base & ~(u64)APIC_BASE_ENABLE;
	u64 to = 0x42000000 | (base & 0xfff);

	assert_int_equal(apic_page[1], APIC_NO_PAGE);
	assert_true(set_msr(1, MSR_APIC_BASE, to));
	assert_int_equal(get_msr(1, MSR_APIC_BASE), to);
	assert_int_equal(apic_page[1], 0x42000000);
	assert_int_equal(rd(1, APIC_VERSION), 0xffffffff);
	wr(1, APIC_TPR, 0x50);
	assert_int_equal(vlapic_page_read(lapic(1), APIC_VERSION, 4), 0x50010);
	assert_int_equal(vlapic_page_read(lapic(1), APIC_TPR, 4), 0);
	vlapic_page_write(lapic(1), APIC_TPR, 4, 0x30);
	assert_int_equal(vlapic_page_read(lapic(1), APIC_TPR, 4), 0x30);
	/* The others' are where they were. */
	assert_int_equal(rd(0, APIC_VERSION), 0x50010);
	assert_int_equal(rd(2, APIC_TPR), 0);
	assert_int_equal(apic_page[2], APIC_NO_PAGE);
	/* Not in x2APIC mode, nor off; INIT leaves it, a reset does not. */
	assert_true(set_msr(1, MSR_APIC_BASE, to | APIC_BASE_X2APIC));
	assert_int_equal(apic_page[1], APIC_NO_PAGE);
	assert_true(set_msr(1, MSR_APIC_BASE, to & ~(u64)APIC_BASE_ENABLE));
	assert_int_equal(apic_page[1], APIC_NO_PAGE);
	assert_true(set_msr(1, MSR_APIC_BASE, to));
	assert_int_equal(apic_page[1], 0x42000000);
	deliver_init(lapic(1));
	vlapic_reset(lapic(1));
	assert_int_equal(get_msr(1, MSR_APIC_BASE), to);
	apics->ops->reset(apics);
	assert_int_equal(get_msr(1, MSR_APIC_BASE), base);
	assert_int_equal(apic_page[1], APIC_NO_PAGE);
	/* What there is of physical addresses, and no reserved bit. */
	assert_true(set_msr(1, MSR_APIC_BASE, base | (u64)1 << (PHYS_BITS - 1)));
	assert_true(set_msr(1, MSR_APIC_BASE, off));
	assert_false(set_msr(1, MSR_APIC_BASE, base | (u64)1 << PHYS_BITS));
	assert_false(set_msr(1, MSR_APIC_BASE, base | (u64)1 << 63));
	for (unsigned int bit = 0; bit < 10; bit++)
		assert_true(set_msr(1, MSR_APIC_BASE, base | 1 << bit) == (bit == 8));
}

static void one_that_is_off_hears_nothing(void **state)
{
	u64 base = get_msr(1, MSR_APIC_BASE);

	assert_true(set_msr(1, MSR_APIC_BASE, base & ~(u64)APIC_BASE_ENABLE));
	wr(0, APIC_ICR_HIGH, 1u << 24);
	wr(0, APIC_ICR, 0x4400); /* an NMI */
	wr(0, APIC_ICR, 0x4500); /* INIT */
	wr(0, APIC_ICR, 0x4061);
	assert_int_equal(nmis[1], 0);
	assert_false(lapic(1)->s.after_init);
	assert_int_equal(test_vcpu[1].state, VCPU_RUNNING);
	assert_true(set_msr(1, MSR_APIC_BASE, base));
	wr(0, APIC_ICR, 0x4400);
	assert_int_equal(nmis[1], 1);
}

static void x2apic_logical_destinations(void **state)
{
	unsigned int i;

	for (i = 0; i < NR; i++)
		x2apic(i);
	assert_true(set_msr(0, X2(APIC_ICR), 0x600000000 | 0x862));
	assert_int_equal(take(1), 0x62);
	assert_int_equal(take(2), 0x62);
	assert_int_equal(take(0), -1);
	assert_int_equal(take(3), -1);
	assert_true(set_msr(0, X2(APIC_ICR), 0x1000000000000 | 0x864));
	assert_int_equal(take(3), -1);
	assert_true(set_msr(0, X2(APIC_ICR), 0xffffffff00000065));
	assert_int_equal(take(3), 0x65);
	/* The IOAPIC's eight bits are of the first cluster. */
	set_rte(5, 8ul << 56 | RTE_LOGICAL | 0x76);
	line(5, true);
	assert_int_equal(take(0), 0x65);
	assert_int_equal(take(3), 0x76);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(modes_follow_each_other),	T(x2apic_registers),
		T(each_moves_its_own_page),	T(one_that_is_off_hears_nothing),
		T(x2apic_logical_destinations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
