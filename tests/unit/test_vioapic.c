// SPDX-License-Identifier: Apache-2.0
/* The guest's IOAPIC. */
/* links: lib/bitops.c virt/bus/fdt.c */
/* arch: x86_64 */
#include "vlapic_fixture.h"

static void its_registers(void **state)
{
	unsigned int pin;

	ioapic->ops->write(ioapic, test_vcpu, IOREGSEL, 4, REG_VERSION);
	assert_int_equal(ioapic->ops->read(ioapic, test_vcpu, IOREGSEL, 4), REG_VERSION);
	assert_int_equal(ioapic->ops->read(ioapic, test_vcpu, IOWIN, 4), 0x170020);
	ioapic->ops->write(ioapic, test_vcpu, IOREGSEL, 4, REG_ID);
	ioapic->ops->write(ioapic, test_vcpu, IOWIN, 4, 0xffffffff);
	assert_int_equal(ioapic->ops->read(ioapic, test_vcpu, IOWIN, 4), 0x0f000000);
	for (pin = 0; pin < NR_PINS; pin++) {
		assert_int_equal(get_rte(pin), RTE_MASKED);
		set_rte(pin, ~0ul);
		assert_int_equal(get_rte(pin), 0xff0000000001afff);
	}
	ioapic->ops->write(ioapic, test_vcpu, IOREGSEL, 4, REG_TABLE + 2 * NR_PINS);
	assert_int_equal(ioapic->ops->read(ioapic, test_vcpu, IOWIN, 4), 0);
	ioapic->ops->write(ioapic, test_vcpu, IOWIN, 4, 1);
}

static void an_edge_is_one_interrupt(void **state)
{
	set_rte(4, 1ul << 56 | 0x34);
	line(4, true);
	line(4, true);
	assert_int_equal(who_has(0x34), 1 << 1);
	assert_int_equal(who_has(0x34), 0);
	line(4, false);
	line(4, true);
	assert_int_equal(who_has(0x34), 1 << 1);
	/* While it is masked it is lost. */
	set_rte(4, 1ul << 56 | RTE_MASKED | 0x34);
	line(4, false);
	line(4, true);
	set_rte(4, 1ul << 56 | 0x34);
	assert_int_equal(who_has(0x34), 0);
}

static void a_level_asks_until_it_falls(void **state)
{
	set_rte(4, RTE_LEVEL | 0x34);
	line(4, true);
	assert_true(get_rte(4) & RTE_REMOTE_IRR);
	assert_int_equal(take(0), 0x34);
	assert_int_equal(rd(0, APIC_TMR + 0x10), 1 << 20);
	line(4, false);
	line(4, true); /* not again before the end of interrupt */
	assert_int_equal(vlapic_pending(lapic(0)), -1);
	eoi(0);
	assert_int_equal(take(0), 0x34);
	line(4, false);
	eoi(0);
	assert_int_equal(take(0), -1);
	assert_false(get_rte(4) & RTE_REMOTE_IRR);
	/* What was up while it was masked comes with the mask's end. */
	set_rte(4, RTE_LEVEL | RTE_MASKED | 0x34);
	line(4, true);
	set_rte(4, RTE_LEVEL | 0x34);
	assert_int_equal(take(0), 0x34);
}

static void its_own_eoi_register(void **state)
{
	set_rte(4, RTE_LEVEL | 0x34);
	line(4, true);
	line(4, false);
	ioapic->ops->write(ioapic, test_vcpu, IOEOI, 4, 0x35);
	assert_true(get_rte(4) & RTE_REMOTE_IRR);
	ioapic->ops->write(ioapic, test_vcpu, IOEOI, 4, 0x34);
	assert_false(get_rte(4) & RTE_REMOTE_IRR);
}

static void edge_forgets_a_level(void **state)
{
	set_rte(4, RTE_LEVEL | 0x34);
	line(4, true);
	set_rte(4, 0x34);
	assert_false(get_rte(4) & RTE_REMOTE_IRR);
}

static void nobody_there_takes_nothing(void **state)
{
	set_rte(4, 7ul << 56 | RTE_LEVEL | 0x34);
	line(4, true);
	assert_false(get_rte(4) & RTE_REMOTE_IRR);
	set_rte(4, RTE_LEVEL | 0x34);
	assert_int_equal(take(0), 0x34);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(its_registers),
		T(an_edge_is_one_interrupt),
		T(a_level_asks_until_it_falls),
		T(its_own_eoi_register),
		T(edge_forgets_a_level),
		T(nobody_there_takes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
