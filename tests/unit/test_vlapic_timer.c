// SPDX-License-Identifier: Apache-2.0
/*
 * Timers whose interrupts nobody takes: they cost the host nothing, and what the guest sees is
 * what hardware shows. The same for pins of the IOAPIC that pulse.
 */
/* links: lib/bitops.c virt/bus/fdt.c */
/* arch: x86_64 */
#include "vlapic_fixture.h"

#define PERIOD 100000u

/* A timer that has its interrupt every PERIOD ticks, from now on. */
static void start_periodic(unsigned int n, u32 lvt)
{
	wr(n, APIC_TIMER_DIV, 0xb);
	wr(n, APIC_LVT_TIMER, APIC_TIMER_PERIODIC | lvt);
	wr(n, APIC_TIMER_INIT, PERIOD);
}

static bool is_armed(unsigned int n)
{
	return armed[n] && armed[n]->armed;
}

static bool irr(unsigned int n, u8 vector)
{
	return rd(n, APIC_IRR + (vector >> 5) * 16) >> (vector & 31) & 1;
}

/* ---- the local APIC's own ---- */

static void a_pending_interrupt_stops_the_host_timer(void **state)
{
	start_periodic(0, 0x40);
	wr(0, APIC_TPR, 0xff);
	pass(PERIOD);
	assert_true(irr(0, 0x40));
	assert_false(is_armed(0));
	fires = 0;
	pass(1000 * PERIOD + 30000);
	assert_int_equal(fires, 0);
	assert_int_equal(rd(0, APIC_TIMER_COUNT), PERIOD - 30000);
	/* Taken, it comes again where it would have. */
	wr(0, APIC_TPR, 0);
	assert_int_equal(take(0), 0x40);
	eoi(0);
	pass(PERIOD - 30000 - 1);
	assert_int_equal(take(0), -1);
	pass(1);
	assert_int_equal(take(0), 0x40);
}

static void one_in_service_leaves_room_for_one(void **state)
{
	start_periodic(0, 0x40);
	pass(PERIOD);
	assert_int_equal(take(0), 0x40);
	fires = 0;
	pass(10 * PERIOD);
	assert_int_equal(fires, 1);
	assert_true(irr(0, 0x40));
	eoi(0);
	assert_int_equal(take(0), 0x40);
	eoi(0);
	assert_int_equal(take(0), -1);
}

static void another_source_of_the_vector_counts(void **state)
{
	start_periodic(0, 0x40);
	wr(0, APIC_ICR, APIC_SHORTHAND_SELF << APIC_ICR_SHORTHAND_SHIFT | 0x40);
	wr(0, APIC_TIMER_INIT, PERIOD);
	assert_false(is_armed(0));
	assert_int_equal(take(0), 0x40);
	eoi(0);
	pass(PERIOD);
	assert_int_equal(take(0), 0x40);
}

static void a_masked_entry_needs_no_host_timer(void **state)
{
	start_periodic(0, APIC_LVT_MASKED | 0x40);
	assert_false(is_armed(0));
	pass(3 * PERIOD + 60000);
	assert_int_equal(fires, 0);
	assert_int_equal(rd(0, APIC_TIMER_COUNT), PERIOD - 60000);
	wr(0, APIC_LVT_TIMER, APIC_TIMER_PERIODIC | 0x40);
	assert_int_equal(take(0), -1);
	pass(40000);
	assert_int_equal(take(0), 0x40);
	/* Disabled by software it is masked, too. */
	wr(0, APIC_SVR, 0xff);
	assert_false(is_armed(0));
}

static void a_deadline_that_passes_masked_interrupts_nobody(void **state)
{
	wr(0, APIC_LVT_TIMER, APIC_TIMER_DEADLINE | APIC_LVT_MASKED | 0x41);
	assert_true(set_msr(0, MSR_TSC_DEADLINE, now + test_vm.arch.tsc_offset + 1000));
	assert_false(is_armed(0));
	pass(999);
	assert_int_not_equal(get_msr(0, MSR_TSC_DEADLINE), 0);
	pass(1);
	assert_int_equal(get_msr(0, MSR_TSC_DEADLINE), 0);

	assert_true(set_msr(0, MSR_TSC_DEADLINE, now + test_vm.arch.tsc_offset + 1000));
	pass(2000);
	wr(0, APIC_LVT_TIMER, APIC_TIMER_DEADLINE | 0x41);
	pass(10000);
	assert_int_equal(take(0), -1);
	/* One that is still to come is waited for. */
	wr(0, APIC_LVT_TIMER, APIC_TIMER_DEADLINE | APIC_LVT_MASKED | 0x41);
	assert_true(set_msr(0, MSR_TSC_DEADLINE, now + test_vm.arch.tsc_offset + 1000));
	wr(0, APIC_LVT_TIMER, APIC_TIMER_DEADLINE | 0x41);
	pass(1000);
	assert_int_equal(take(0), 0x41);
}

static void a_deadline_is_of_the_vcpus_own_counter(void **state)
{
	u64 *adjust = &test_vcpu[0].arch.guest.msr.tsc_adjust;

	*adjust = 1ull << 40;
	wr(0, APIC_LVT_TIMER, APIC_TIMER_DEADLINE | 0x41);
	assert_true(set_msr(0, MSR_TSC_DEADLINE, now + test_vm.arch.tsc_offset + *adjust + 1000));
	assert_int_equal(take(0), -1);
	pass(999);
	assert_int_equal(take(0), -1);
	pass(1);
	assert_int_equal(take(0), 0x41);
	eoi(0);
	assert_int_equal(get_msr(0, MSR_TSC_DEADLINE), 0);
	/* The counter goes back: there is more to wait. It goes on: there is less, or nothing. */
	assert_true(set_msr(0, MSR_TSC_DEADLINE, now + test_vm.arch.tsc_offset + *adjust + 1000));
	*adjust -= 500;
	vlapic_timer_adjusted(test_vcpu[0].arch.lapic);
	pass(1400);
	assert_int_equal(take(0), -1);
	*adjust += 50;
	vlapic_timer_adjusted(test_vcpu[0].arch.lapic);
	pass(50);
	assert_int_equal(take(0), 0x41);
	eoi(0);
	assert_true(set_msr(0, MSR_TSC_DEADLINE, now + test_vm.arch.tsc_offset + *adjust + 1000));
	*adjust += 1000;
	vlapic_timer_adjusted(test_vcpu[0].arch.lapic);
	assert_int_equal(take(0), 0x41);
	eoi(0);
	/* A count is not of it. */
	start_periodic(0, 0x40);
	*adjust += 10 * PERIOD;
	vlapic_timer_adjusted(test_vcpu[0].arch.lapic);
	assert_int_equal(take(0), -1);
	*adjust = 0;
}

/* What is due is due, even if the host timer's interrupt is only about to be served. */
static void what_is_due_comes_before_a_change(void **state)
{
	start_periodic(0, 0x40);
	now += PERIOD;
	wr(0, APIC_LVT_TIMER, APIC_TIMER_PERIODIC | APIC_LVT_MASKED | 0x40);
	assert_int_equal(take(0), 0x40);
	eoi(0);

	wr(0, APIC_LVT_TIMER, APIC_TIMER_DEADLINE | 0x41);
	assert_true(set_msr(0, MSR_TSC_DEADLINE, now + test_vm.arch.tsc_offset + 1000));
	now += 1000;
	wr(0, APIC_LVT_TIMER, APIC_TIMER_DEADLINE | APIC_LVT_MASKED | 0x41);
	assert_int_equal(take(0), 0x41);
}

static void a_vector_that_is_none_is_one_error(void **state)
{
	start_periodic(0, 5);
	fires = 0;
	pass(10 * PERIOD);
	assert_int_equal(fires, 1);
	wr(0, APIC_ESR, 0);
	assert_int_equal(rd(0, APIC_ESR), ESR_RECEIVE_ILLEGAL);
	pass(10 * PERIOD);
	assert_int_equal(fires, 2);
	/* With an interrupt for errors, that one has to be taken. */
	wr(0, APIC_LVT_ERROR, 0xfe);
	pass(10 * PERIOD);
	assert_int_equal(take(0), 0xfe);
	eoi(0);
	fires = 0;
	pass(10 * PERIOD);
	assert_int_equal(fires, 1);
	assert_int_equal(take(0), 0xfe);
}

static void init_forgets_what_was_waited_for(void **state)
{
	start_periodic(1, 0x40);
	pass(2 * PERIOD);
	wr(0, APIC_ICR_HIGH, 1u << 24);
	wr(0, APIC_ICR, APIC_MODE_INIT << APIC_ICR_MODE_SHIFT | APIC_ICR_ASSERT);
	pass(2 * PERIOD);
	assert_int_equal(take(1), -1);
	wr(1, APIC_SVR, 0x1ff);
	start_periodic(1, 0x50);
	pass(PERIOD);
	assert_int_equal(take(1), 0x50);
}

/* ---- pins that pulse ---- */

static unsigned int readies;

static void pulser_ready(struct vdev *v)
{
	readies++;
}

static const struct vdev_ops pulser_ops = { .irq_ready = pulser_ready };
static struct vdev pulser = { .ops = &pulser_ops, .irq = 2 };

static void pulse_to(u64 rte)
{
	test_vm.dev[1] = &pulser;
	test_vm.nr_devs = 2;
	set_rte(2, rte);
	readies = 0;
	vioapic_pulse(&test_vm, 2);
	unlocked();
	assert_int_equal(readies, 0);
}

static void a_pulse_waits_until_it_is_taken(void **state)
{
	pulse_to(0x61 | 1ul << RTE_DEST_SHIFT);
	wr(0, APIC_TPR, 0x10);
	assert_int_equal(take(1), 0x61);
	assert_int_equal(readies, 1);
	eoi(1);
	vioapic_pulse(&test_vm, 2);
	assert_int_equal(take(1), 0x61);
	assert_int_equal(readies, 2);
	/* One that is told already is not told again. */
	eoi(1);
	set_rte(2, 0x62);
	assert_int_equal(readies, 2);
}

static void a_broadcast_waits_for_the_first(void **state)
{
	pulse_to(0x61 | 0xfful << RTE_DEST_SHIFT);
	assert_int_equal(take(3), 0x61);
	assert_int_equal(readies, 1);
	vioapic_pulse(&test_vm, 2);
	assert_int_equal(take(0), 0x61);
	assert_int_equal(readies, 2);
}

static void a_pulse_to_a_masked_pin_waits_for_the_entry(void **state)
{
	pulse_to(RTE_MASKED | 0x61);
	assert_int_equal(take(0), -1);
	set_rte(3, 0x70); /* any entry: what is told too often only looks again */
	assert_int_equal(readies, 1);
	vioapic_pulse(&test_vm, 2);
	set_rte(2, 0x61);
	assert_int_equal(readies, 2);
	assert_int_equal(take(0), -1); /* the edge was lost */
}

static void a_pulse_to_nobody_waits_for_somebody(void **state)
{
	static const struct {
		u32 off, val;
	} how[] = { { APIC_SVR, 0x1ff }, { APIC_LDR, 1 << 24 }, { APIC_DFR, ~0u } };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(how); i++) {
		pulse_to(0x61 | 0x42ul << RTE_DEST_SHIFT);
		assert_int_equal(take(0), -1);
		wr(1, how[i].off, how[i].val);
		assert_int_equal(readies, 1);
	}
	pulse_to(0x61 | 0x42ul << RTE_DEST_SHIFT);
	x2apic(2);
	assert_int_equal(readies, 1);
}

static void a_pulse_to_the_lowest_waits_at_the_focus(void **state)
{
	pulse_to(0x61 | APIC_MODE_LOWEST << RTE_MODE_SHIFT | 0xfful << RTE_DEST_SHIFT);
	assert_true(irr(0, 0x61));
	assert_int_equal(take(0), 0x61);
	assert_int_equal(readies, 1);
}

static void an_nmi_waits_until_it_is_taken(void **state)
{
	pulse_to(APIC_MODE_NMI << RTE_MODE_SHIFT);
	assert_int_equal(nmis[0], 1);
	vlapic_nmi_taken(lapic(1));
	assert_int_equal(readies, 0);
	vlapic_nmi_taken(lapic(0));
	assert_int_equal(readies, 1);
}

static void a_level_waits_for_the_entry(void **state)
{
	pulse_to(RTE_LEVEL | 0x61);
	assert_int_equal(take(0), 0x61);
	eoi(0); /* the line is still up */
	assert_int_equal(take(0), 0x61);
	assert_int_equal(readies, 0);
	set_rte(2, RTE_MASKED);
	assert_int_equal(readies, 1);
}

static void a_vector_that_is_none_waits_for_esr(void **state)
{
	pulse_to(5);
	wr(0, APIC_ESR, 0);
	assert_int_equal(readies, 1);
	wr(0, APIC_LVT_ERROR, 0xfe);
	readies = 0;
	vioapic_pulse(&test_vm, 2);
	assert_int_equal(take(0), 0xfe);
	assert_int_equal(readies, 1);
}

/* ---- a model: IRR's bit is set at the end of each period, whoever looks ---- */

static void periods_are_those_of_a_model(void **state)
{
	u64 seed = shim_seed(11), start = 0, done = 0, length = 0;
	bool pending = false, masked = true;
	unsigned int i, taken = 0;

	wr(0, APIC_TIMER_DIV, 0xb);
	/* One that has run down once stays at 0. */
	wr(0, APIC_LVT_TIMER, APIC_TIMER_PERIODIC | APIC_LVT_MASKED | 0x40);
	for (i = 0; i < 200000; i++) {
		u64 r = shim_random(&seed);

		pass(r % 30000);
		if (length && (now - start) / length != done) {
			done = (now - start) / length;
			pending |= !masked;
		}
		assert_int_equal(irr(0, 0x40), pending);
		switch (r >> 32 & 15) {
		case 0: /* no faster than MIN_PERIOD_US, which is late */
			length = 60000 + (r >> 40) % 200000;
			wr(0, APIC_TIMER_INIT, (u32)length);
			start = now;
			done = 0;
			break;
		case 1:
			masked = r >> 40 & 1;
			wr(0, APIC_LVT_TIMER,
			   APIC_TIMER_PERIODIC | (masked ? APIC_LVT_MASKED : 0) | 0x40);
			break;
		case 2:
			wr(0, APIC_TPR, r >> 40 & 1 ? 0xff : 0);
			break;
		case 3 ... 8:
			if (take(0) == 0x40) {
				pending = false;
				taken++;
			}
			break;
		default:
			eoi(0);
		}
		if (length)
			assert_int_equal(rd(0, APIC_TIMER_COUNT), length - (now - start) % length);
	}
	assert_true(taken > 1000);
	/* And no more than it takes: one for each interrupt that was taken, or was made useless. */
	assert_in_range(fires, taken, 2 * taken);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(a_pending_interrupt_stops_the_host_timer),
		T(one_in_service_leaves_room_for_one),
		T(another_source_of_the_vector_counts),
		T(a_masked_entry_needs_no_host_timer),
		T(a_deadline_that_passes_masked_interrupts_nobody),
		T(a_deadline_is_of_the_vcpus_own_counter),
		T(what_is_due_comes_before_a_change),
		T(a_vector_that_is_none_is_one_error),
		T(init_forgets_what_was_waited_for),
		T(a_pulse_waits_until_it_is_taken),
		T(a_broadcast_waits_for_the_first),
		T(a_pulse_to_a_masked_pin_waits_for_the_entry),
		T(a_pulse_to_nobody_waits_for_somebody),
		T(a_pulse_to_the_lowest_waits_at_the_focus),
		T(an_nmi_waits_until_it_is_taken),
		T(a_level_waits_for_the_entry),
		T(a_vector_that_is_none_waits_for_esr),
		T(periods_are_those_of_a_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
