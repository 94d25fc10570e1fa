// SPDX-License-Identifier: Apache-2.0
/* The guest's PL031. */
/* links: virt/bus/fdt.c */
#include "../../virt/dev/pl031.c"
#include "rtc_fixture.h"

static int setup(void **state)
{
	clock_setup();
	dev = test_create(&pl031_ops, 0x9010000, 0x1000, 34);
	return 0;
}

static u32 world(void)
{
	return (u32)(wallclock_ns() / NSEC);
}

static void tells_the_worlds_time(void **state)
{
	assert_int_equal(rd(RTC_DR), world());
	advance(5 * NSEC);
	assert_int_equal(rd(RTC_DR), world());
	assert_int_equal(rd(RTC_CR), 1);
	wr(RTC_CR, 0); /* once started it is not stopped */
	assert_int_equal(rd(RTC_CR), 1);
}

static void drivers_recognise_it(void **state)
{
	static const u8 id[8] = { 0x31, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1 };
	unsigned int i;

	for (i = 0; i < 8; i++)
		assert_int_equal(rd(0xfe0 + 4 * i), id[i]);
}

static void time_can_be_set_and_outlives_a_reset(void **state)
{
	wr(RTC_LR, 0xfffffff0);
	assert_int_equal(rd(RTC_LR), 0xfffffff0);
	assert_int_equal(rd(RTC_DR), 0xfffffff0);
	advance(3 * NSEC);
	assert_int_equal(rd(RTC_DR), 0xfffffff3);
	dev->ops->reset(dev);
	assert_int_equal(rd(RTC_LR), 0);
	advance(NSEC);
	assert_int_equal(rd(RTC_DR), 0xfffffff4);
	advance(16 * NSEC);
	assert_int_equal(rd(RTC_DR), 4); /* it has 32 bits */
}

static void the_alarm_rings_on_time(void **state)
{
	u32 t = rd(RTC_DR);

	wr(RTC_IMSC, 1);
	wr(RTC_MR, t + 2);
	assert_int_equal(rd(RTC_MR), t + 2);
	advance(NSEC);
	assert_int_equal(rd(RTC_RIS), 0);
	advance(NSEC - 12345678 - 1000); /* the second begins with the world's */
	assert_false(line);
	advance(4000);
	assert_true(line);
	assert_int_equal(rd(RTC_DR), t + 2);
	assert_int_equal(rd(RTC_RIS), 1);
	assert_int_equal(rd(RTC_MIS), 1);
	wr(RTC_ICR, 1);
	assert_false(line);
	assert_int_equal(rd(RTC_RIS), 0);
	advance(10 * NSEC);
	assert_false(line);
}

static void an_alarm_for_now_rings_at_once(void **state)
{
	wr(RTC_MR, rd(RTC_DR));
	assert_int_equal(rd(RTC_RIS), 1);
	assert_int_equal(rd(RTC_MIS), 0);
	assert_false(line);
	wr(RTC_IMSC, 1);
	assert_true(line);
	wr(RTC_IMSC, 2);
	assert_int_equal(rd(RTC_IMSC), 0);
	assert_false(line);
}

static void an_alarm_in_the_past_waits_for_the_counter_to_wrap(void **state)
{
	u32 t = rd(RTC_DR);

	wr(RTC_IMSC, 1);
	wr(RTC_MR, t - 1);
	advance(5 * NSEC);
	assert_false(line);
	assert_int_equal(to_pl031(dev)->s.clock.alarm / NSEC, (u64)t + 0xffffffff);
}

static void a_jump_over_the_alarm_is_no_match(void **state)
{
	u32 t = rd(RTC_DR);

	wr(RTC_IMSC, 1);
	wr(RTC_MR, t + 10);
	wr(RTC_LR, t + 20);
	advance(30 * NSEC);
	assert_false(line);
	wr(RTC_LR, t + 8);
	advance(3 * NSEC);
	assert_true(line);
	wr(RTC_ICR, 1);
	wr(RTC_LR, t); /* it has rung: only MR arms it again */
	advance(30 * NSEC);
	assert_false(line);
}

static void stores_of_less_than_a_word_do_nothing(void **state)
{
	dev->ops->write(dev, test_vcpu, RTC_IMSC, 1, 1);
	dev->ops->write(dev, test_vcpu, RTC_IMSC, 2, 1);
	assert_int_equal(rd(RTC_IMSC), 0);
	assert_int_equal(dev->ops->read(dev, test_vcpu, RTC_DR, 1), world() & 0xff);
	assert_int_equal(dev->ops->read(dev, test_vcpu, RTC_DR + 2, 2), world() >> 16);
	assert_int_equal(dev->ops->read(dev, test_vcpu, RTC_DR, 8), world());
	dev->ops->write(dev, test_vcpu, RTC_IMSC, 8, 1);
	assert_int_equal(rd(RTC_IMSC), 1);
	assert_int_equal(rd(0x20), 0);
	assert_int_equal(rd(0xfdc), 0);
}

static void state_survives_save_and_restore(void **state)
{
	u8 buf[256];
	struct vdev_state s = { buf, sizeof(buf) };

	wr(RTC_IMSC, 1);
	wr(RTC_LR, 1000);
	wr(RTC_MR, 1002);
	assert_int_equal(dev->ops->save(dev, &s), 0);
	dev->ops->reset(dev);
	advance(3 * NSEC);
	assert_false(line);
	assert_int_equal(dev->ops->restore(dev, &s), 0);
	assert_true(line); /* it passed meanwhile */
	assert_int_equal(rd(RTC_DR), 1003);
	assert_int_equal(rd(RTC_LR), 1000);
	test_state_checks(dev);
}

static void random_accesses_keep_it_whole(void **state)
{
	u64 seed = shim_seed(9);
	unsigned int i;

	for (i = 0; i < 100000; i++) {
		u64 r = shim_random(&seed), off = r % 0x24;
		unsigned int width = 1u << (r >> 12) % 4;
		const struct pl031_state *s = &to_pl031(dev)->s;

		if ((r >> 16) % 8 == 0)
			advance((r >> 24) % (3 * NSEC));
		else if ((r >> 16) % 2)
			dev->ops->write(dev, test_vcpu, off, width,
					off == RTC_MR ? rd(RTC_DR) + (r >> 32) % 4 : r >> 32);
		else if (width < 8)
			assert_int_equal(dev->ops->read(dev, test_vcpu, off, width) >> 8 * width,
					 0);
		assert_int_equal(line, (s->ris & s->imsc) != 0);
		assert_true(!s->clock.running || armed ||
			    s->clock.alarm > rtc_now(&to_pl031(dev)->rtc));
		assert_int_equal(dev->lock.locked, 0);
	}
}

static void describes_itself_as_the_board_does(void **state)
{
	test_vm.irqchip = dev;
	assert_int_equal(dev->ops->fdt(dev, NULL), 0);
	test_vm.irqchip = NULL;
	assert_string_equal(test_fdt, "pl031@9010000 { reg = <0 0x9010000 0 0x1000>; "
				      "interrupt-parent = <0x100>; interrupts = <0x22>; "
				      "compatible = \"arm,pl031|arm,primecell\"; "
				      "clocks = <0x102>; clock-names = \"apb_pclk\"; }; ");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(tells_the_worlds_time),
		T(drivers_recognise_it),
		T(time_can_be_set_and_outlives_a_reset),
		T(the_alarm_rings_on_time),
		T(an_alarm_for_now_rings_at_once),
		T(an_alarm_in_the_past_waits_for_the_counter_to_wrap),
		T(a_jump_over_the_alarm_is_no_match),
		T(stores_of_less_than_a_word_do_nothing),
		T(state_survives_save_and_restore),
		T(random_accesses_keep_it_whole),
		T(describes_itself_as_the_board_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
