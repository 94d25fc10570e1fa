// SPDX-License-Identifier: Apache-2.0
/* The guest's local APICs: interrupts between vCPUs, INIT and start-up. */
/* links: lib/bitops.c virt/bus/fdt.c */
/* arch: x86_64 */
#include "vlapic_fixture.h"

/* ---- interrupts between vCPUs ---- */

static void send(unsigned int n, u32 dest, u32 icr)
{
	wr(n, APIC_ICR_HIGH, dest << 24);
	wr(n, APIC_ICR, icr);
}

static void physical_destinations(void **state)
{
	send(0, 2, 0x61);
	assert_int_equal(who_has(0x61), 1 << 2);
	send(0, 9, 0x61);
	assert_int_equal(who_has(0x61), 0);
	send(1, 0xff, 0x61);
	assert_int_equal(who_has(0x61), 0xf);
	assert_int_equal(rd(1, APIC_ICR), 0x61); /* delivered at once */
}

static void shorthands(void **state)
{
	send(1, 0, 0x40061);
	assert_int_equal(who_has(0x61), 1 << 1);
	send(1, 0, 0x80061);
	assert_int_equal(who_has(0x61), 0xf);
	send(1, 0, 0xc0061);
	assert_int_equal(who_has(0x61), 0xd);
}

static void flat_destinations(void **state)
{
	unsigned int i;

	for (i = 0; i < NR; i++)
		wr(i, APIC_LDR, 1u << (24 + i));
	send(0, 0x0a, 0x861);
	assert_int_equal(who_has(0x61), 0xa);
	send(0, 0xff, 0x861);
	assert_int_equal(who_has(0x61), 0xf);
	send(0, 0x10, 0x861);
	assert_int_equal(who_has(0x61), 0);
}

static void cluster_destinations(void **state)
{
	unsigned int i;

	for (i = 0; i < NR; i++) {
		wr(i, APIC_DFR, 0);
		wr(i, APIC_LDR, (i / 2 << 28) | 1u << (24 + i % 2));
	}
	send(0, 0x13, 0x861);
	assert_int_equal(who_has(0x61), 0xc);
	send(0, 0x02, 0x861);
	assert_int_equal(who_has(0x61), 0x2);
	send(0, 0x33, 0x861);
	assert_int_equal(who_has(0x61), 0);
}

static void the_least_busy_is_preferred(void **state)
{
	unsigned int i;

	for (i = 0; i < NR; i++)
		wr(i, APIC_LDR, 1u << (24 + i));
	wr(0, APIC_TPR, 0x40);
	wr(2, APIC_TPR, 0x10);
	wr(3, APIC_TPR, 0x20);
	send(1, 0x0d, 0x961);
	assert_int_equal(who_has(0x61), 1 << 2);
	wr(2, APIC_SVR, 0xff);
	send(1, 0x0d, 0x961);
	assert_int_equal(who_has(0x61), 1 << 3);
}

static void bad_vectors_are_errors(void **state)
{
	send(0, 1, 0x0f);
	assert_int_equal(who_has(0x0f), 0);
	wr(0, APIC_ESR, 0);
	assert_int_equal(rd(0, APIC_ESR), ESR_SEND_ILLEGAL);
	set_rte(3, 0x8);
	line(3, true);
	wr(0, APIC_ESR, 0);
	assert_int_equal(rd(0, APIC_ESR), ESR_RECEIVE_ILLEGAL);
}

static void an_error_of_an_error_ends(void **state)
{
	wr(0, APIC_LVT_ERROR, 0x05);
	send(0, 1, 0x0f);
	assert_int_equal(take(0), -1);
}

static void nmi_is_passed_on(void **state)
{
	send(0, 0, 0xc0400);
	assert_int_equal(nmis[0], 0);
	assert_int_equal(nmis[1] + nmis[2] + nmis[3], 3);
}

/* ---- INIT and start-up ---- */

static void init_and_startup(void **state)
{
	x2apic(1);
	assert_true(set_msr(1, X2(APIC_TPR), 0x20));
	send(0, 1, 0x4500);
	assert_int_equal(test_vcpu[1].state, VCPU_OFF);
	assert_true(test_vcpu[1].requests & REQ_OFF);
	assert_int_equal(lapic(1)->s.tpr, 0);
	send(0, 1, 0x8500); /* de-assert */
	send(0, 1, 0x469a);
	assert_int_equal(test_vcpu[1].state, VCPU_START_PENDING);
	assert_int_equal(test_vcpu[1].start_pc, 0x9a000);
	assert_int_equal(wakes[1], 1);
	/* The second start-up IPI finds it started. */
	test_vcpu[1].state = VCPU_RUNNING;
	send(0, 1, 0x469b);
	assert_int_equal(test_vcpu[1].start_pc, 0x9a000);
	/* The mode has survived, and does not survive a reset of the machine. */
	vlapic_reset(lapic(1));
	assert_true(vlapic_is_x2apic(lapic(1)));
	vlapic_reset(lapic(1));
	assert_false(vlapic_is_x2apic(lapic(1)));
}

/* Its thread may be done with this life already, and would start in the next. */
static void startup_is_not_heard_in_a_vm_that_ends(void **state)
{
	send(0, 1, 0x4500);
	test_vm.end = VM_END_RESET;
	send(0, 1, 0x469a);
	assert_int_equal(test_vcpu[1].state, VCPU_OFF);
	assert_int_equal(wakes[1], 0);
	test_vm.end = VM_END_NONE;
	send(0, 1, 0x469a);
	assert_int_equal(test_vcpu[1].state, VCPU_START_PENDING);
}

static void init_of_the_first_resets_the_machine(void **state)
{
	send(1, 0, 0x4500);
	assert_int_equal(resets, 1);
	assert_int_equal(test_vcpu[0].state, VCPU_RUNNING);
}

static void init_and_startup_are_not_for_oneself(void **state)
{
	wr(1, APIC_ICR, 0x44500);
	assert_int_equal(test_vcpu[1].state, VCPU_RUNNING);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(physical_destinations),
		T(shorthands),
		T(flat_destinations),
		T(cluster_destinations),
		T(the_least_busy_is_preferred),
		T(bad_vectors_are_errors),
		T(an_error_of_an_error_ends),
		T(nmi_is_passed_on),
		T(init_and_startup),
		T(startup_is_not_heard_in_a_vm_that_ends),
		T(init_of_the_first_resets_the_machine),
		T(init_and_startup_are_not_for_oneself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
