// SPDX-License-Identifier: Apache-2.0
/* The guest's 8254 and port 0x61. */
/* links: arch/x86_64/virt/pc/vpit_counter.c virt/bus/fdt.c */
/* arch: x86_64 */
#include "../../arch/x86_64/virt/pc/vpit.c"
#include "pc_fixture.h"

#define HZ 1000000000u

static struct vdev *pit;

/* The interrupt is taken at once, unless a test says not. */
static bool taken = true;

void vioapic_pulse(struct vm *vm, u32 irq)
{
	assert_int_equal(irq, 2);
	irqs++;
	if (taken)
		pit->ops->irq_ready(pit);
}

u64 time_hz(void)
{
	return HZ;
}

static u64 clocks_now(void)
{
	return pit_clocks(now + test_vm.arch.tsc_offset);
}

/* Until so many clocks of the counters have passed. */
static void clocks(u64 n)
{
	u64 end = clocks_now() + n;

	while (clocks_now() < end)
		pass(100);
}

static u8 in(u64 port)
{
	u64 v = pit->ops->read(pit, test_vcpu, port - 0x40, 1);

	assert_int_equal(pit->lock.locked, 0);
	return (u8)v;
}

static void out(u64 port, u8 val)
{
	pit->ops->write(pit, test_vcpu, port - 0x40, 1, val);
	assert_int_equal(pit->lock.locked, 0);
}

static u16 count(unsigned int n)
{
	u16 low;

	out(0x43, (u8)(n << 6)); /* latch */
	low = in(0x40 + n);
	return (u16)(low | in(0x40 + n) << 8);
}

static void set(unsigned int n, u8 mode, u16 val)
{
	out(0x43, (u8)(n << 6 | 0x30 | mode << 1));
	out(0x40 + n, (u8)val);
	out(0x40 + n, val >> 8);
}

static int setup(void **state)
{
	now = 0x123456789;
	irqs = irq_level = 0;
	taken = true;
	pit = test_create(&vpit_ops, 0x40, PIT_NR_PORTS, 2);
	return 0;
}

static int teardown(void **state)
{
	test_destroy(pit);
	return 0;
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void software_can_measure_its_clock(void **state)
{
	unsigned int polls = 0;
	u64 start = now;

	/* As Linux does: counter 2, mode 0, 50 ms, until the output rises. */
	out(0x61, (u8)((in(0x61) & ~2) | 1));
	set(2, 0, PIT_HZ / 20);
	assert_false(in(0x61) & 0x20);
	while (!(in(0x61) & 0x20)) {
		pass(1000);
		polls++;
	}
	assert_in_range(now - start, 49990000, 50010000);
	assert_in_range(polls, 49000, 51000);
}

/* An access takes so long, the exit that it makes with it. */
static u64 access_ns;

static u8 high_byte(void)
{
	u8 val;

	pass(access_ns);
	(void)in(0x42);
	pass(access_ns);
	val = in(0x42);
	pass(access_ns / 10);
	return val;
}

/* Until the high byte is no longer @high: when that was, and how exactly it is known. */
static bool step(u8 high, u64 *at, u64 *error)
{
	unsigned int polls = 0;
	u64 before = 0;

	*at = 0;
	while (high_byte() == high) {
		before = *at;
		*at = now;
		polls++;
	}
	*error = now - before;
	return polls > 5;
}

/* Clocks of the CPU in 10 ms, as U-Boot and Linux's quick way have it, to 500 in a million; 0: unknown. */
static u64 measure_by_steps(void)
{
	u64 from, to, e, f;
	unsigned int i;

	out(0x61, 1);
	set(2, 0, 0xffff);
	(void)high_byte();
	if (!step(0xff, &from, &e))
		return 0;
	for (i = 1; i <= 233; i++) {
		if (!step((u8)(0xff - i), &to, &f))
			return 0;
		if (e + f < (to - from) >> 11)
			return (to - from) * PIT_HZ / (i * 256) / 100;
	}
	return 0;
}

static void it_can_measure_it_by_steps_of_the_count(void **state)
{
	static const u64 costs[] = { 100, 500, 1000, 2000 };
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(costs); i++)
		for (k = 0; k < 50; k++) {
			access_ns = costs[i];
			pass(k * 12347);
			assert_in_range(measure_by_steps(), 9995000, 10005000);
		}
	/* Where an access takes longer than the steps allow, it learns nothing, and nothing wrong. */
	access_ns = 40000;
	assert_int_equal(measure_by_steps(), 0);
}

/* However long the guest was not there, a count is that of the moment. */
static void counts_are_right_after_any_pause(void **state)
{
	u64 seed = shim_seed(11), begun, gone;
	unsigned int i;
	u8 low;

	out(0x61, 1);
	for (i = 0; i < 20000; i++) {
		u16 first = (u16)(shim_random(&seed) % 0xffff + 1), left;
		u64 pause = shim_random(&seed) % 60000000;

		set(2, 0, first);
		begun = clocks_now();
		pass(pause);
		gone = clocks_now() - begun;
		assert_int_equal(!!(in(0x61) & 0x20), gone >= first);
		out(0x43, 0x80);
		pass(shim_random(&seed) % 1000000); /* which the latch does not see */
		low = in(0x42);
		pass(shim_random(&seed) % 1000000);
		left = (u16)(low | in(0x42) << 8);
		assert_int_equal(left, (u16)(first - gone));
	}
}

/* Its rate is exact over any time: no clock is lost from one look to the next. */
static void no_clock_is_lost(void **state)
{
	u64 seed = shim_seed(12), begun = now, clocks_before = clocks_now();
	unsigned int i;

	for (i = 0; i < 100000; i++) {
		pass(shim_random(&seed) % 2000000);
		(void)count(2);
	}
	assert_in_range(clocks_now() - clocks_before,
			(u64)((unsigned __int128)(now - begun) * PIT_HZ / HZ) - 1,
			(u64)((unsigned __int128)(now - begun) * PIT_HZ / HZ) + 1);
}

static void it_counts_down_at_its_rate(void **state)
{
	unsigned int mode;

	out(0x61, 1);
	for (mode = 0; mode < 5; mode++) {
		if (mode == 1)
			continue;
		set(2, (u8)mode, 50000);
		clocks(1000);
		assert_int_equal(count(2), mode == 3 ? 48000 : 49000);
	}
	set(2, 0, 100);
	clocks(101);
	assert_int_equal(count(2), 0xffff); /* and on below zero */
	set(2, 2, 100);
	clocks(150);
	assert_int_equal(count(2), 50);
}

static void its_gate_pauses_and_triggers(void **state)
{
	out(0x61, 1);
	set(2, 0, 1000);
	clocks(100);
	out(0x61, 0);
	clocks(500);
	assert_int_equal(count(2), 900);
	out(0x61, 1);
	clocks(100);
	assert_int_equal(count(2), 800);

	out(0x61, 0);
	set(2, 1, 1000); /* one-shot */
	clocks(100);
	assert_int_equal(in(0x61) & 0x20, 0x20);
	out(0x61, 1);
	clocks(10);
	assert_int_equal(in(0x61) & 0x20, 0);
	clocks(1000);
	assert_int_equal(in(0x61) & 0x20, 0x20);

	set(2, 2, 1000);
	clocks(300);
	out(0x61, 0);
	clocks(300);
	out(0x61, 1);
	assert_int_equal(count(2), 1000);
}

static void a_square_wave_is_half_up(void **state)
{
	unsigned int up = 0, i;

	out(0x61, 1);
	set(2, 3, 1000);
	for (i = 0; i < 1000; i++) {
		up += in(0x61) >> 5 & 1;
		clocks(1);
	}
	assert_in_range(up, 495, 505);
}

static void bytes_are_latched_and_toggle(void **state)
{
	set(0, 2, 0x1234);
	clocks(0x10);
	out(0x43, 0x00);
	clocks(0x100);
	out(0x43, 0x00); /* the first stays */
	assert_int_equal(in(0x40), 0x24);
	assert_int_equal(in(0x40), 0x12);
	assert_int_equal(in(0x40), 0x24); /* live: low, then high */
	assert_int_equal(in(0x40), 0x11);
	out(0x43, 0x14); /* low byte only */
	out(0x40, 0x80);
	assert_int_equal(in(0x40), 0x80);
	out(0x43, 0x24); /* high byte only */
	out(0x40, 0x80);
	assert_int_equal(in(0x40), 0x80);
	out(0x43, 0x00);
	assert_int_equal(in(0x40), 0x80);
}

static void status_is_read_back(void **state)
{
	out(0x43, 0x36);
	out(0x43, 0xe2); /* status of counter 0 */
	assert_int_equal(in(0x40), 0x80 | 0x40 | 0x36);
	out(0x40, 0);
	out(0x40, 0);
	out(0x43, 0xc2); /* status and count */
	assert_int_equal(in(0x40), 0x80 | 0x36);
	assert_int_equal(in(0x40), 0);
	assert_int_equal(in(0x40), 0);
}

static void bcd(void **state)
{
	out(0x61, 1);
	out(0x43, 0xb1);
	out(0x42, 0x00);
	out(0x42, 0x20);
	clocks(1);
	assert_int_equal(count(2), 0x1999);
	clocks(2000);
	assert_int_equal(count(2), 0x9999);
}

static void counter_0_interrupts(void **state)
{
	set(0, 2, 11932); /* 100 Hz */
	pass(1000000000);
	assert_in_range(irqs, 99, 101);
	set(0, 3, 11932);
	irqs = 0;
	pass(1000000000);
	assert_in_range(irqs, 99, 101);
	set(0, 0, 11932);
	irqs = 0;
	pass(1000000000);
	assert_int_equal(irqs, 1);
	set(0, 4, 11932);
	pass(1000000000);
	assert_int_equal(irqs, 2);
	out(0x43, 0x34); /* none until it has a count again */
	pass(1000000000);
	assert_int_equal(irqs, 2);
}

static void a_frantic_counter_does_not_flood_the_host(void **state)
{
	set(0, 2, 1);
	pass(100000000);
	assert_in_range(irqs, 1, 100000 / MIN_PERIOD_US);
}

/* In its phase it goes on when the interrupt is taken, and meanwhile costs nothing. */
static void a_pending_interrupt_stops_the_host_timer(void **state)
{
	u64 start;

	taken = false;
	set(0, 2, 11932); /* 10 ms */
	pass(10000000 + 1000);
	start = now - 1000;
	assert_int_equal(irqs, 1);
	assert_false(armed->armed);
	pass(5000000000 + 3000000);
	assert_int_equal(irqs, 1);
	assert_in_range(count(0), 8430, 8450);
	pit->ops->irq_ready(pit);
	pit->ops->irq_ready(pit);
	assert_int_equal(irqs, 1);
	assert_in_range((armed->deadline - start + 2000) % 10000151, 0, 5000);
	pass(8000000);
	assert_int_equal(irqs, 2);
	/* A guest that sets it anew hears once more. */
	set(0, 0, 1000);
	pass(1000000000);
	assert_int_equal(irqs, 3);
	pit->ops->irq_ready(pit);
	pass(1000000000);
	assert_int_equal(irqs, 3);
}

static void other_ports_have_nothing(void **state)
{
	assert_int_equal(in(0x60), 0xff);
	assert_int_equal(in(0x43), 0xff);
	out(0x60, 1);
	assert_int_equal(pit->ops->read(pit, test_vcpu, 0, 2), 0xffff);
	out(0x61, 0xff);
	assert_int_equal(in(0x61) & 0xcf, 3);
}

static void its_state_is_saved(void **state)
{
	u8 buf[512];
	struct vdev_state s = { buf, sizeof(buf) };
	u16 before;

	out(0x61, 1);
	set(2, 2, 50000);
	clocks(1000);
	before = count(2);
	assert_int_equal(pit->ops->save(pit, &s), 0);
	pit->ops->reset(pit);
	now += 1234567;
	assert_int_equal(pit->ops->restore(pit, &s), 0);
	assert_int_equal(count(2), before);
	test_state_checks(pit);
	((struct vpit_state *)buf)->counter[1].reload = 0;
	assert_int_equal(pit->ops->restore(pit, &s), -EINVAL);
}

/* Whatever a guest writes, nothing divides by 0 or arms the past. */
static void anything_can_be_written(void **state)
{
	u64 seed = shim_seed(5);
	int i;

	for (i = 0; i < 200000; i++) {
		static const u8 ports[] = { 0x40, 0x41, 0x42, 0x43, 0x61 };
		u64 r = shim_random(&seed);

		if (r & 1)
			out(ports[(r >> 8) % 5], (u8)(r >> 16));
		else
			(void)in(ports[(r >> 8) % 5]);
		pass(r >> 32 & 0xffff);
	}
}

static void a_pause_takes_no_time(void **state)
{
	unsigned int before;

	set(0, 2, PIT_HZ / 100);
	pass(14000000);
	before = irqs;
	assert_int_equal(before, 1);
	test_vm.state = VM_PAUSED;
	pit->ops->vm_state(pit);
	pass(1000000000);
	assert_int_equal(irqs, before);
	test_vm.arch.tsc_offset -= 1000000000;
	test_vm.state = VM_RUNNING;
	assert_in_range(count(0), PIT_HZ / 100 * 59 / 100, PIT_HZ / 100 * 61 / 100);
	pit->ops->vm_state(pit);
	pass(5900000);
	assert_int_equal(irqs, before);
	pass(200000);
	assert_int_equal(irqs, before + 1);
	/* What a vCPU sets as it leaves waits, too. */
	test_vm.state = VM_PAUSED;
	pit->ops->vm_state(pit);
	set(0, 2, PIT_HZ / 100);
	pass(1000000000);
	assert_int_equal(irqs, before + 1);
	test_vm.arch.tsc_offset -= 1000000000;
	test_vm.state = VM_RUNNING;
	pit->ops->vm_state(pit);
	pass(10100000);
	assert_int_equal(irqs, before + 2);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(software_can_measure_its_clock),
		T(it_can_measure_it_by_steps_of_the_count),
		T(counts_are_right_after_any_pause),
		T(no_clock_is_lost),
		T(it_counts_down_at_its_rate),
		T(its_gate_pauses_and_triggers),
		T(a_square_wave_is_half_up),
		T(bytes_are_latched_and_toggle),
		T(status_is_read_back),
		T(bcd),
		T(a_pause_takes_no_time),
		T(counter_0_interrupts),
		T(a_frantic_counter_does_not_flood_the_host),
		T(a_pending_interrupt_stops_the_host_timer),
		T(other_ports_have_nothing),
		T(its_state_is_saved),
		T(anything_can_be_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
