// SPDX-License-Identifier: Apache-2.0
/* The guest's Goldfish real-time clock. */
/* links: virt/bus/fdt.c */
#include "../../virt/dev/goldfish_rtc.c"
#include "rtc_fixture.h"

static u64 rd_time(void)
{
	u32 low = rd(RTC_TIME_LOW);

	return low | (u64)rd(RTC_TIME_HIGH) << 32;
}

static void set_alarm(u64 t)
{
	wr(RTC_ALARM_HIGH, (u32)(t >> 32));
	wr(RTC_ALARM_LOW, (u32)t);
}

static int setup(void **state)
{
	clock_setup();
	dev = test_create(&goldfish_ops, 0x101000, 0x1000, 11);
	return 0;
}

static void tells_the_worlds_time(void **state)
{
	assert_int_equal(rd_time(), wallclock_ns());
	advance(5 * NSEC);
	assert_int_equal(rd_time(), wallclock_ns());
}

static void the_upper_half_is_latched(void **state)
{
	u64 t;
	u32 low;

	now_ns = 0xffffffffu - (u32)(1700000000 * NSEC);
	t = wallclock_ns();
	low = rd(RTC_TIME_LOW);
	assert_int_equal(low, 0xffffffff);
	advance(10);
	assert_int_equal(rd(RTC_TIME_HIGH), t >> 32);
	assert_int_equal(rd(RTC_TIME_LOW), 9);
	assert_int_equal(rd(RTC_TIME_HIGH), (t >> 32) + 1);
}

static void time_can_be_set_and_outlives_a_reset(void **state)
{
	wr(RTC_TIME_HIGH, 0x12345678);
	wr(RTC_TIME_LOW, 0x9abcdef0);
	assert_int_equal(rd_time(), 0x123456789abcdef0);
	dev->ops->reset(dev);
	advance(16);
	assert_int_equal(rd_time(), 0x123456789abcdf00);
}

static void the_alarm_rings_on_time(void **state)
{
	wr(RTC_IRQ_ENABLED, 1);
	set_alarm(rd_time() + 2 * NSEC);
	assert_int_equal(rd(RTC_ALARM_STATUS), 1);
	advance(2 * NSEC - 2000);
	assert_false(line);
	advance(4000);
	assert_true(line);
	assert_int_equal(rd(RTC_ALARM_STATUS), 0);
	wr(RTC_CLEAR_INTERRUPT, 1);
	assert_false(line);
}

static void an_alarm_in_the_past_rings_at_once(void **state)
{
	wr(RTC_IRQ_ENABLED, 1);
	set_alarm(rd_time() - 1);
	assert_true(line);
	assert_int_equal(timer_starts, 0);
}

static void a_cleared_alarm_is_silent(void **state)
{
	wr(RTC_IRQ_ENABLED, 1);
	set_alarm(rd_time() + NSEC);
	wr(RTC_CLEAR_ALARM, 1);
	assert_int_equal(rd(RTC_ALARM_STATUS), 0);
	advance(2 * NSEC);
	assert_false(line);
}

static void the_interrupt_waits_until_enabled(void **state)
{
	set_alarm(rd_time() + NSEC);
	advance(2 * NSEC);
	assert_false(line);
	wr(RTC_IRQ_ENABLED, 1);
	assert_true(line);
	wr(RTC_IRQ_ENABLED, 0);
	assert_false(line);
}

static void a_far_alarm_takes_steps(void **state)
{
	u64 start = rd_time();

	wr(RTC_IRQ_ENABLED, 1);
	set_alarm(start + 36000 * NSEC);
	advance(35999 * NSEC);
	assert_false(line);
	assert_in_range(timer_starts, 10, 11);
	advance(2 * NSEC);
	assert_true(line);
	set_alarm(~(u64)0);
	wr(RTC_CLEAR_ALARM, 0);
}

static void setting_the_time_moves_the_alarm(void **state)
{
	u64 t = rd_time();

	wr(RTC_IRQ_ENABLED, 1);
	set_alarm(t + (1ull << 33));
	wr(RTC_TIME_HIGH, (u32)(t >> 32) + 3);
	assert_true(line);
}

static void only_words_count(void **state)
{
	static const unsigned int widths[] = { 1, 2, 8 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(widths); i++) {
		assert_int_equal(dev->ops->read(dev, test_vcpu, RTC_TIME_LOW, widths[i]), 0);
		dev->ops->write(dev, test_vcpu, RTC_IRQ_ENABLED, widths[i], 1);
	}
	assert_int_equal(rd(RTC_IRQ_ENABLED), 0);
	assert_int_equal(rd(0x20), 0);
	assert_int_equal(rd(0xffc), 0);
}

static void state_survives_save_and_restore(void **state)
{
	u8 buf[256];
	struct vdev_state s = { buf, sizeof(buf) };

	wr(RTC_IRQ_ENABLED, 1);
	set_alarm(rd_time() + NSEC);
	assert_int_equal(dev->ops->save(dev, &s), 0);
	dev->ops->reset(dev);
	advance(3 * NSEC);
	assert_false(line);
	assert_int_equal(dev->ops->restore(dev, &s), 0);
	assert_true(line); /* it passed meanwhile */
	test_state_checks(dev);
}

static void describes_itself_as_the_board_does(void **state)
{
	test_vm.irqchip = dev;
	assert_int_equal(dev->ops->fdt(dev, NULL), 0);
	test_vm.irqchip = NULL;
	assert_string_equal(test_fdt, "rtc@101000 { reg = <0 0x101000 0 0x1000>; "
				      "interrupt-parent = <0x100>; interrupts = <0xb>; "
				      "compatible = \"google,goldfish-rtc\"; }; ");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(tells_the_worlds_time),
		T(the_upper_half_is_latched),
		T(time_can_be_set_and_outlives_a_reset),
		T(the_alarm_rings_on_time),
		T(an_alarm_in_the_past_rings_at_once),
		T(a_cleared_alarm_is_silent),
		T(the_interrupt_waits_until_enabled),
		T(a_far_alarm_takes_steps),
		T(setting_the_time_moves_the_alarm),
		T(only_words_count),
		T(state_survives_save_and_restore),
		T(describes_itself_as_the_board_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
