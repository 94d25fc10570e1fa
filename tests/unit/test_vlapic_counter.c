// SPDX-License-Identifier: Apache-2.0
/* The guest's local APICs: how their timers count, in each mode. */
/* links: lib/bitops.c virt/bus/fdt.c */
/* arch: x86_64 */
#include "vlapic_fixture.h"

static void one_shot(void **state)
{
	wr(0, APIC_TIMER_DIV, 0xb); /* by 1 */
	wr(0, APIC_LVT_TIMER, 0xec);
	wr(0, APIC_TIMER_INIT, 100000);
	pass(40000);
	assert_int_equal(rd(0, APIC_TIMER_COUNT), 60000);
	assert_int_equal(take(0), -1);
	pass(60000);
	assert_int_equal(take(0), 0xec);
	eoi(0);
	assert_int_equal(rd(0, APIC_TIMER_COUNT), 0);
	pass(1000000);
	assert_int_equal(take(0), -1);
	wr(0, APIC_TIMER_INIT, 10);
	wr(0, APIC_TIMER_INIT, 0); /* stops it */
	pass(1000000);
	assert_int_equal(take(0), -1);
}

static void dividers(void **state)
{
	static const struct {
		u32 reg, by;
	} t[] = { { 0, 2 },  { 1, 4 },	{ 2, 8 },    { 3, 16 },
		  { 8, 32 }, { 9, 64 }, { 10, 128 }, { 11, 1 } };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		wr(0, APIC_TIMER_DIV, t[i].reg);
		wr(0, APIC_TIMER_INIT, 1000);
		pass(100 * t[i].by);
		assert_int_equal(rd(0, APIC_TIMER_COUNT), 900);
	}
	/* What is left is counted on at the new rate. */
	wr(0, APIC_TIMER_DIV, 0);
	pass(200);
	assert_int_equal(rd(0, APIC_TIMER_COUNT), 800);
}

static void periodic(void **state)
{
	unsigned int ticks = 0, i;

	wr(0, APIC_TIMER_DIV, 0xb);
	wr(0, APIC_LVT_TIMER, APIC_TIMER_PERIODIC | 0x40);
	wr(0, APIC_TIMER_INIT, 100000);
	for (i = 0; i < 100; i++) {
		pass(10000);
		if (take(0) == 0x40) {
			ticks++;
			eoi(0);
		}
	}
	assert_int_equal(ticks, 10);
	pass(50000);
	assert_int_equal(rd(0, APIC_TIMER_COUNT), 50000);
	wr(0, APIC_LVT_TIMER, APIC_TIMER_PERIODIC | APIC_LVT_MASKED | 0x40);
	pass(1000000);
	assert_int_equal(take(0), -1);
}

static void the_count_goes_on_in_another_mode(void **state)
{
	wr(0, APIC_TIMER_DIV, 0xb);
	wr(0, APIC_LVT_TIMER, 0x40);
	wr(0, APIC_TIMER_INIT, 100000);
	pass(70000);
	wr(0, APIC_LVT_TIMER, APIC_TIMER_PERIODIC | 0x40);
	assert_int_equal(rd(0, APIC_TIMER_COUNT), 30000);
	pass(230000);
	assert_int_equal(rd(0, APIC_TIMER_COUNT), 100000);
	pass(20000);
	wr(0, APIC_LVT_TIMER, 0x40);
	assert_int_equal(rd(0, APIC_TIMER_COUNT), 80000);
	pass(80000);
	assert_int_equal(rd(0, APIC_TIMER_COUNT), 0);
	/* What has run down stays so. */
	wr(0, APIC_LVT_TIMER, APIC_TIMER_PERIODIC | 0x40);
	pass(50000);
	assert_int_equal(rd(0, APIC_TIMER_COUNT), 0);
	wr(0, APIC_TIMER_INIT, 100000);
	assert_int_equal(rd(0, APIC_TIMER_COUNT), 100000);
}

static void a_frantic_timer_does_not_flood_the_host(void **state)
{
	u64 before = now, fired = 0;

	wr(0, APIC_TIMER_DIV, 0xb);
	wr(0, APIC_LVT_TIMER, APIC_TIMER_PERIODIC | 0x40);
	wr(0, APIC_TIMER_INIT, 1);
	while (now < before + time_from_us(1000)) {
		assert_true(armed[0]->armed);
		pass(armed[0]->deadline - now);
		fired++;
		assert_int_equal(take(0), 0x40);
		eoi(0);
	}
	assert_in_range(fired, 1, 1000 / MIN_PERIOD_US + 1);
}

static void deadline(void **state)
{
	u64 tsc = now + test_vm.arch.tsc_offset;

	/* Not in this mode yet. */
	assert_true(set_msr(0, MSR_TSC_DEADLINE, tsc + 10));
	assert_int_equal(get_msr(0, MSR_TSC_DEADLINE), 0);
	wr(0, APIC_LVT_TIMER, APIC_TIMER_DEADLINE | 0x41);
	wr(0, APIC_TIMER_INIT, 5);
	pass(1000);
	assert_int_equal(take(0), -1);
	assert_true(set_msr(0, MSR_TSC_DEADLINE, tsc + 3000));
	assert_int_equal(get_msr(0, MSR_TSC_DEADLINE), tsc + 3000);
	pass(1999);
	assert_int_equal(take(0), -1);
	pass(1);
	assert_int_equal(take(0), 0x41);
	assert_int_equal(get_msr(0, MSR_TSC_DEADLINE), 0);
	eoi(0);
	/* In the past it is at once; 0 is never. */
	assert_true(set_msr(0, MSR_TSC_DEADLINE, 1));
	assert_int_equal(take(0), 0x41);
	eoi(0);
	assert_true(set_msr(0, MSR_TSC_DEADLINE, tsc + 9000));
	assert_true(set_msr(0, MSR_TSC_DEADLINE, 0));
	pass(100000);
	assert_int_equal(take(0), -1);
	/* Another mode disarms. */
	assert_true(set_msr(0, MSR_TSC_DEADLINE, now + test_vm.arch.tsc_offset + 100));
	wr(0, APIC_LVT_TIMER, 0x41);
	pass(1000);
	assert_int_equal(take(0), -1);
}

/* From its park on, the VM's time goes on for @late, and stands for @ns. */
static void pause_for(u64 late, u64 ns)
{
	vlapic_timer_park(lapic(0));
	pass(late + ns);
	assert_int_equal(take(0), -1);
	test_vm.arch.tsc_offset -= ns;
	vlapic_timer_unpark(lapic(0));
}

static void expires_in(u64 ns, int vector)
{
	pass(ns - 1);
	assert_int_equal(take(0), -1);
	pass(1);
	assert_int_equal(take(0), vector);
	eoi(0);
}

static void a_pause_takes_no_time(void **state)
{
	wr(0, APIC_TIMER_DIV, 0xb);
	wr(0, APIC_LVT_TIMER, 0x40);
	wr(0, APIC_TIMER_INIT, 100000);
	pass(70000);
	pause_for(0, 1000000);
	assert_int_equal(rd(0, APIC_TIMER_COUNT), 30000);
	expires_in(30000, 0x40);
	/* What was due before all vCPUs were out is so after the pause. */
	wr(0, APIC_TIMER_INIT, 100);
	pause_for(500, 1000000);
	assert_int_equal(take(0), 0x40);
	eoi(0);
	wr(0, APIC_LVT_TIMER, APIC_TIMER_PERIODIC | 0x40);
	wr(0, APIC_TIMER_INIT, 100000);
	pause_for(10000, 1000000);
	expires_in(90000, 0x40);
	expires_in(100000, 0x40);
	wr(0, APIC_LVT_TIMER, APIC_TIMER_DEADLINE | 0x41);
	assert_true(set_msr(0, MSR_TSC_DEADLINE, now + test_vm.arch.tsc_offset + 100000));
	pause_for(40000, 5000000);
	expires_in(60000, 0x41);
	assert_true(set_msr(0, MSR_TSC_DEADLINE, now + test_vm.arch.tsc_offset + 100));
	pause_for(200, 5000000);
	assert_int_equal(take(0), 0x41);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(one_shot),
		T(a_pause_takes_no_time),
		T(dividers),
		T(periodic),
		T(the_count_goes_on_in_another_mode),
		T(a_frantic_timer_does_not_flood_the_host),
		T(deadline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
