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

/* ---- interrupts of the host ---- */

static void link_given(void)
{
	assert_int_equal(ioapic->ops->link(ioapic, NR_PINS, HOST_IRQ), -EINVAL);
	assert_int_equal(ioapic->ops->link(ioapic, GIVEN, HOST_IRQ), 0);
}

static void host_s_level_is_kept_until_its_eoi(void **state)
{
	unsigned int i;

	link_given();
	set_rte(GIVEN, RTE_LEVEL | 0x54);
	for (i = 1; i < 4; i++) {
		forward();
		assert_int_equal(take(0), 0x54);
		/* Whatever else the guest does. */
		set_rte(4, RTE_LEVEL | 0x34);
		wr(0, APIC_LDR, i << 24);
		assert_true(host_kept);
		eoi(0);
		assert_false(host_kept);
		assert_int_equal(ends, i);
		assert_int_equal(take(0), -1);
	}
	/* By the IOAPIC's own register as well. */
	forward();
	ioapic->ops->write(ioapic, test_vcpu, IOEOI, 4, 0x54);
	assert_false(host_kept);
}

static void host_s_waits_while_it_is_masked(void **state)
{
	static const u64 how[] = { RTE_LEVEL, 0 };
	unsigned int i;

	link_given();
	for (i = 0; i < 2; i++) {
		set_rte(GIVEN, how[i] | RTE_MASKED | 0x54);
		forward();
		set_rte(GIVEN, how[i] | RTE_MASKED | 0x55);
		assert_int_equal(take(0), -1);
		assert_true(host_kept);
		set_rte(GIVEN, how[i] | 0x55);
		assert_int_equal(take(0), 0x55);
		eoi(0);
		assert_false(host_kept);
	}
}

static void host_s_masked_while_it_is_handled_ends(void **state)
{
	link_given();
	set_rte(GIVEN, RTE_LEVEL | 0x54);
	forward();
	assert_int_equal(take(0), 0x54);
	set_rte(GIVEN, RTE_LEVEL | RTE_MASKED | 0x54);
	assert_true(host_kept);
	eoi(0);
	assert_false(host_kept);
	/* It comes with the mask's end. */
	forward();
	assert_int_equal(take(0), -1);
	set_rte(GIVEN, RTE_LEVEL | 0x54);
	assert_int_equal(take(0), 0x54);
	eoi(0);
	assert_int_equal(ends, 2);
}

/* That the EOI does not tell the end. */
static void host_s_edge_is_over_when_it_is_taken(void **state)
{
	link_given();
	set_rte(GIVEN, 1ul << 56 | 0x54);
	forward();
	assert_true(host_kept);
	assert_int_equal(take(1), 0x54);
	assert_false(host_kept);
	/* Meanwhile the next one comes, and waits for the first's end. */
	forward();
	assert_int_equal(take(1), -1);
	assert_true(host_kept);
	eoi(1);
	assert_int_equal(take(1), 0x54);
	assert_int_equal(ends, 2);
	eoi(1);
	assert_int_equal(take(1), -1);
}

static void host_s_level_made_an_edge_is_not_stuck(void **state)
{
	link_given();
	set_rte(GIVEN, RTE_LEVEL | 0x54);
	forward();
	assert_int_equal(take(0), 0x54);
	/* As Linux has an old IOAPIC forget a level: masked first. */
	set_rte(GIVEN, RTE_MASKED | 0x54);
	set_rte(GIVEN, RTE_LEVEL | RTE_MASKED | 0x54);
	eoi(0);
	assert_true(host_kept);
	set_rte(GIVEN, RTE_LEVEL | 0x54);
	assert_int_equal(take(0), 0x54);
	eoi(0);
	assert_false(host_kept);
	/* And without. */
	forward();
	assert_int_equal(take(0), 0x54);
	set_rte(GIVEN, 0x54);
	set_rte(GIVEN, RTE_LEVEL | 0x54);
	eoi(0);
	while (take(0) == 0x54)
		eoi(0);
	assert_false(host_kept);
	forward();
	assert_int_equal(take(0), 0x54);
	set_rte(GIVEN, 0x55);
	eoi(0);
	assert_int_equal(take(0), 0x55);
	assert_false(host_kept);
}

static void host_s_finds_an_apic_that_is_turned_on(void **state)
{
	static const u64 how[] = { RTE_LEVEL, 0 };
	unsigned int i;

	link_given();
	for (i = 0; i < 2; i++) {
		wr(0, APIC_SVR, 0xff);
		set_rte(GIVEN, how[i] | 0x54);
		forward();
		assert_int_equal(take(0), -1);
		wr(0, APIC_SVR, 0x1ff);
		assert_int_equal(take(0), 0x54);
		eoi(0);
		assert_false(host_kept);
	}
}

static void host_s_that_an_init_drops_is_over(void **state)
{
	link_given();
	set_rte(GIVEN, 1ul << 56 | 0x54);
	forward();
	wr(0, APIC_ICR_HIGH, 1u << 24);
	wr(0, APIC_ICR, 0x4500);
	assert_false(host_kept);
}

static void host_s_as_an_nmi(void **state)
{
	link_given();
	set_rte(GIVEN, RTE_LEVEL | 4 << RTE_MODE_SHIFT);
	forward();
	assert_int_equal(nmis[0], 1);
	assert_true(host_kept);
	vlapic_nmi_taken(lapic(0));
	assert_false(host_kept);
	assert_int_equal(nmis[0], 1);
}

static void host_s_is_not_ended_by_the_last_one_s_eoi(void **state)
{
	link_given();
	set_rte(GIVEN, RTE_LEVEL | 0x54);
	forward();
	assert_int_equal(take(0), 0x54);
	/* Nobody hears of an NMI's end, so that it is over. */
	set_rte(GIVEN, RTE_LEVEL | 4 << RTE_MODE_SHIFT | 0x54);
	assert_false(host_kept);
	forward();
	assert_true(host_kept);
	assert_int_equal(nmis[0], 1);
	eoi(0);
	assert_true(host_kept);
	vlapic_nmi_taken(lapic(0));
	assert_false(host_kept);
}

static void host_s_that_is_cut_is_over(void **state)
{
	link_given();
	set_rte(GIVEN, RTE_LEVEL | 0x54);
	forward();
	ioapic->ops->cut(ioapic, GIVEN);
	assert_false(host_kept);
	ioapic->ops->cut(ioapic, GIVEN);
	ioapic->ops->reset(ioapic);
	apics->ops->reset(apics);
	wr(0, APIC_SVR, 0x1ff);
	set_rte(GIVEN, RTE_LEVEL | 0x54);
	assert_int_equal(take(0), -1);
	forward();
	assert_int_equal(take(0), 0x54);
	eoi(0);
}

static void host_s_outlives_a_reset_and_a_restore(void **state)
{
	u8 buf[sizeof(struct vioapic_state)];
	struct vdev_state s = { buf, sizeof(buf) };

	link_given();
	set_rte(GIVEN, RTE_LEVEL | 0x54);
	assert_int_equal(ioapic->ops->save(ioapic, &s), 0);
	forward();
	ioapic->ops->reset(ioapic);
	apics->ops->reset(apics);
	wr(0, APIC_SVR, 0x1ff);
	assert_int_equal(take(0), -1);
	assert_int_equal(ioapic->ops->restore(ioapic, &s), 0);
	assert_int_equal(take(0), 0x54);
	eoi(0);
	assert_false(host_kept);
	/* A saved line is nobody's any more. */
	set_rte(GIVEN, RTE_LEVEL | RTE_MASKED | 0x54);
	forward();
	s.size = sizeof(buf);
	assert_int_equal(ioapic->ops->save(ioapic, &s), 0);
	ioapic->ops->cut(ioapic, GIVEN);
	assert_int_equal(ioapic->ops->restore(ioapic, &s), 0);
	assert_int_equal(ends, 2);
	set_rte(GIVEN, RTE_LEVEL | 0x54);
	assert_int_equal(take(0), -1);
}

static void host_s_follows_its_vcpu(void **state)
{
	static struct cpu here, there;

	shim_this_cpu = &here;
	link_given();
	set_rte(GIVEN, 2ul << 56 | RTE_LEVEL | 0x54);
	test_vcpu[0].cpu = &there;
	forward();
	assert_null(routed);
	ioapic->ops->cut(ioapic, GIVEN);
	test_vcpu[2].cpu = &here;
	forward();
	assert_null(routed);
	ioapic->ops->cut(ioapic, GIVEN);
	test_vcpu[2].cpu = &there;
	forward();
	assert_ptr_equal(routed, &there);
	ioapic->ops->cut(ioapic, GIVEN);
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
		T(host_s_level_is_kept_until_its_eoi),
		T(host_s_waits_while_it_is_masked),
		T(host_s_masked_while_it_is_handled_ends),
		T(host_s_edge_is_over_when_it_is_taken),
		T(host_s_level_made_an_edge_is_not_stuck),
		T(host_s_finds_an_apic_that_is_turned_on),
		T(host_s_that_an_init_drops_is_over),
		T(host_s_as_an_nmi),
		T(host_s_is_not_ended_by_the_last_one_s_eoi),
		T(host_s_that_is_cut_is_over),
		T(host_s_outlives_a_reset_and_a_restore),
		T(host_s_follows_its_vcpu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
