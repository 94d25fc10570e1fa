// SPDX-License-Identifier: Apache-2.0
/* The guest's local APICs: registers, priorities and saved states. */
/* links: lib/bitops.c virt/bus/fdt.c */
/* arch: x86_64 */
#include "vlapic_fixture.h"

/* ---- registers ---- */

static void power_on_values(void **state)
{
	unsigned int i;

	apics->ops->reset(apics);
	for (i = 0; i < NR; i++) {
		assert_int_equal(rd(i, APIC_ID), i << 24);
		assert_int_equal(rd(i, APIC_VERSION), 0x50010);
		assert_int_equal(rd(i, APIC_SVR), 0xff);
		assert_int_equal(rd(i, APIC_DFR), 0xffffffff);
		assert_int_equal(rd(i, APIC_LDR), 0);
		assert_int_equal(rd(i, APIC_TPR), 0);
		assert_int_equal(rd(i, APIC_LVT_TIMER), APIC_LVT_MASKED);
		assert_int_equal(rd(i, APIC_LVT_LINT0), APIC_LVT_MASKED);
		assert_int_equal(get_msr(i, MSR_APIC_BASE),
				 0xfee00000 | APIC_BASE_ENABLE | (i ? 0 : APIC_BASE_BSP));
		assert_int_equal(vlapic_pending(lapic(i)), -1);
	}
}

static void registers_keep_only_what_they_have(void **state)
{
	static const struct {
		u32 off, mask;
	} regs[] = {
		{ APIC_TPR, 0xff },
		{ APIC_LDR, 0xff000000 },
		{ APIC_SVR, 0x1ff },
		{ APIC_LVT_TIMER, 0x700ff },
		{ APIC_LVT_THERM, 0x107ff },
		{ APIC_LVT_PERF, 0x107ff },
		{ APIC_LVT_LINT0, 0x1a7ff },
		{ APIC_LVT_LINT1, 0x1a7ff },
		{ APIC_LVT_ERROR, 0x100ff },
		{ APIC_TIMER_DIV, 0xb },
		{ APIC_ICR_HIGH, 0xff000000 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(regs); i++) {
		wr(1, regs[i].off, 0xffffffff);
		assert_int_equal(rd(1, regs[i].off), regs[i].mask);
	}
	wr(1, APIC_DFR, 0);
	assert_int_equal(rd(1, APIC_DFR), 0x0fffffff);
	assert_int_equal(rd(2, APIC_TPR), 0); /* another's */
}

static void only_whole_registers_are_read(void **state)
{
	assert_int_equal(apics->ops->read(apics, test_vcpu, APIC_VERSION, 8), 0);
	assert_int_equal(apics->ops->read(apics, test_vcpu, APIC_VERSION + 4, 4), 0);
	apics->ops->write(apics, test_vcpu, APIC_TPR, 1, 0x20);
	assert_int_equal(rd(0, APIC_TPR), 0);
}

static void absent_registers_are_errors(void **state)
{
	wr(0, APIC_LVT_ERROR, 0xfe);
	assert_int_equal(rd(0, 0xc0), 0);
	wr(0, APIC_ESR, 0);
	assert_int_equal(rd(0, APIC_ESR), ESR_REGISTER);
	assert_int_equal(take(0), 0xfe);
	eoi(0);
	wr(0, APIC_ESR, 0);
	assert_int_equal(rd(0, APIC_ESR), 0);
	wr(0, 0x400, 1);
	wr(0, APIC_ESR, 0);
	assert_int_equal(rd(0, APIC_ESR), ESR_REGISTER);
}

static void disabled_by_software_it_masks_and_takes_nothing(void **state)
{
	wr(1, APIC_LVT_LINT0, 0x700);
	wr(1, APIC_SVR, 0xff);
	assert_int_equal(rd(1, APIC_LVT_LINT0), 0x700 | APIC_LVT_MASKED);
	wr(1, APIC_LVT_LINT0, 0x700);
	assert_int_equal(rd(1, APIC_LVT_LINT0), 0x700 | APIC_LVT_MASKED);
	wr(0, APIC_ICR_HIGH, 1 << 24);
	wr(0, APIC_ICR, 0x40);
	assert_int_equal(take(1), -1);
	/* NMI and INIT get through. */
	wr(0, APIC_ICR, 0x400);
	assert_int_equal(nmis[1], 1);
}

/* ---- priorities ---- */

static void the_highest_comes_first(void **state)
{
	self(0, 0x31);
	self(0, 0x92);
	self(0, 0x91);
	assert_true(test_vcpu[0].requests & REQ_IRQ);
	assert_int_equal(rd(0, APIC_IRR + 0x40), 0x60000);
	assert_int_equal(take(0), 0x92);
	assert_int_equal(rd(0, APIC_ISR + 0x40), 0x40000);
	assert_int_equal(rd(0, APIC_PPR), 0x90);
	assert_int_equal(take(0), -1); /* of the same class */
	self(0, 0xa0);
	assert_int_equal(take(0), 0xa0);
	eoi(0);
	assert_int_equal(take(0), -1);
	eoi(0);
	assert_int_equal(take(0), 0x91);
	eoi(0);
	assert_int_equal(take(0), 0x31);
	eoi(0);
	assert_int_equal(rd(0, APIC_PPR), 0);
	eoi(0); /* of nothing */
	assert_int_equal(take(0), -1);
}

static void the_task_priority_holds_back(void **state)
{
	wr(0, APIC_TPR, 0x47);
	assert_int_equal(cr8[0], 4);
	assert_int_equal(rd(0, APIC_PPR), 0x47);
	self(0, 0x4f);
	assert_int_equal(take(0), -1);
	vlapic_set_cr8(lapic(0), 3);
	assert_int_equal(rd(0, APIC_TPR), 0x30);
	assert_int_equal(cr8[0], 3);
	assert_int_equal(take(0), 0x4f);
	assert_int_equal(rd(0, APIC_PPR), 0x40);
}

static void what_is_pending_is_so_once(void **state)
{
	unsigned int before;

	self(0, 0x50);
	before = requests[0];
	self(0, 0x50);
	assert_int_equal(requests[0], before);
	assert_int_equal(take(0), 0x50);
	self(0, 0x50); /* and again while in service */
	eoi(0);
	assert_int_equal(take(0), 0x50);
}

/* A delivery that was given up. */
static void what_is_taken_back_is_pending_and_not_in_service(void **state)
{
	vlapic_receive(lapic(0), 0x61, true);
	vlapic_receive(lapic(0), 0x41, false);
	assert_int_equal(take(0), 0x61);
	assert_int_equal(take(0), -1);
	vlapic_take_back(lapic(0), 0x61);
	assert_int_equal(rd(0, APIC_PPR), 0);
	assert_int_equal(rd(0, APIC_ISR + 0x30), 0);
	assert_int_equal(rd(0, APIC_IRR + 0x30), 2);
	assert_int_equal(rd(0, APIC_TMR + 0x30), 2);
	assert_int_equal(take(0), 0x61);
	eoi(0);
	assert_int_equal(take(0), 0x41);
	/* Beneath what is in service it waits. */
	vlapic_receive(lapic(0), 0x81, false);
	assert_int_equal(take(0), 0x81);
	vlapic_take_back(lapic(0), 0x41);
	assert_int_equal(take(0), -1);
	eoi(0);
	assert_int_equal(take(0), 0x41);
}

/* ---- states ---- */

static void states_are_saved(void **state)
{
	static u8 buf[4096];
	struct vdev_state s = { buf, sizeof(buf) };

	test_state_checks(apics);
	test_state_checks(ioapic);
	wr(0, APIC_TPR, 0x20);
	wr(0, APIC_TIMER_DIV, 0xb);
	wr(0, APIC_LVT_TIMER, 0xec);
	wr(0, APIC_TIMER_INIT, 100000);
	self(0, 0x55);
	pass(40000);
	assert_int_equal(apics->ops->save(apics, &s), 0);
	apics->ops->reset(apics);
	cr8[0] = 0;
	now += 12345678;
	assert_int_equal(apics->ops->restore(apics, &s), 0);
	assert_int_equal(cr8[0], 2);
	assert_int_equal(rd(0, APIC_TIMER_COUNT), 60000);
	assert_int_equal(take(0), 0x55);
	eoi(0);
	pass(60000);
	assert_int_equal(take(0), 0xec);
}

static void a_machine_reset_forgets(void **state)
{
	wr(0, APIC_TIMER_INIT, 100000);
	self(0, 0x55);
	apics->ops->reset(apics);
	ioapic->ops->reset(ioapic);
	pass(10000000);
	assert_int_equal(take(0), -1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(power_on_values),
		T(registers_keep_only_what_they_have),
		T(only_whole_registers_are_read),
		T(absent_registers_are_errors),
		T(disabled_by_software_it_masks_and_takes_nothing),
		T(the_highest_comes_first),
		T(the_task_priority_holds_back),
		T(what_is_pending_is_so_once),
		T(what_is_taken_back_is_pending_and_not_in_service),
		T(states_are_saved),
		T(a_machine_reset_forgets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
