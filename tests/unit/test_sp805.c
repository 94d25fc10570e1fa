// SPDX-License-Identifier: Apache-2.0
/* The guest's SP805. */
/* links: virt/bus/fdt.c */
#include "watchdog_fixture.h"
#include "../../virt/dev/sp805.c"

#define HZ 24000000u

static int setup(void **state)
{
	watchdog_setup(&sp805_ops, 0x90c0000, 0x1000, 42);
	return 0;
}

/* Enabled, to interrupt after a second and to reset after another. */
static void start(void)
{
	wr(WDOGLOAD, HZ);
	wr(WDOGCONTROL, 3);
}

static void is_off_after_a_reset(void **state)
{
	assert_int_equal(rd(WDOGLOAD), 0xffffffff);
	assert_int_equal(rd(WDOGVALUE), 0xffffffff);
	assert_int_equal(rd(WDOGCONTROL), 0);
	assert_int_equal(rd(WDOGLOCK), 0);
	advance(1000 * SEC);
	assert_int_equal(rd(WDOGVALUE), 0xffffffff);
	assert_int_equal(timer_starts, 0);
}

static void drivers_recognise_it(void **state)
{
	static const u8 id[8] = { 0x05, 0x18, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1 };
	unsigned int i;

	for (i = 0; i < 8; i++)
		assert_int_equal(rd(0xfe0 + 4 * i), id[i]);
	assert_int_equal(rd(0xfdc), 0);
}

static void counts_down(void **state)
{
	start();
	assert_int_equal(rd(WDOGVALUE), HZ);
	advance(250 * MSEC);
	assert_int_equal(rd(WDOGVALUE), HZ / 4 * 3);
	assert_int_equal(rd(WDOGLOAD), HZ);
	advance(750 * MSEC - 1);
	assert_int_equal(rd(WDOGRIS), 0);
	assert_int_equal(rd(WDOGVALUE), 3);
	assert_false(line);
}

static void interrupts_first(void **state)
{
	start();
	advance(SEC);
	assert_int_equal(rd(WDOGRIS), 1);
	assert_int_equal(rd(WDOGMIS), 1);
	assert_true(line);
	assert_int_equal(failures, 0);
	assert_in_range(rd(WDOGVALUE), HZ - 3, HZ); /* and begins anew */
	wr(WDOGINTCLR, 0x12345678);
	assert_int_equal(rd(WDOGRIS), 0);
	assert_int_equal(rd(WDOGMIS), 0);
	assert_false(line);
}

static void resets_when_nobody_clears_its_interrupt(void **state)
{
	start();
	advance(2 * SEC - MSEC);
	assert_int_equal(failures, 0);
	advance(2 * MSEC);
	assert_int_equal(failures, 1);
	assert_int_equal(rd(WDOGVALUE), 0);
	assert_true(line);
	/* If nothing comes of it, it waits. */
	advance(100 * SEC);
	wr(WDOGCONTROL, 3);
	advance(100 * SEC);
	assert_int_equal(failures, 1);
	wr(WDOGINTCLR, 1);
	assert_false(line);
	advance(SEC + MSEC);
	assert_true(line);
	advance(SEC);
	assert_int_equal(failures, 2);
	/* Its counter may be started anew otherwise; its interrupt has not been cleared. */
	wr(WDOGLOAD, HZ / 2);
	advance(500 * MSEC);
	assert_int_equal(failures, 3);
}

static void those_who_clear_its_interrupt_in_time_go_on(void **state)
{
	unsigned int i;

	start();
	for (i = 0; i < 100; i++) {
		advance(900 * MSEC);
		wr(WDOGINTCLR, 1);
		assert_int_equal(rd(WDOGVALUE), HZ);
	}
	assert_false(line);
	for (i = 0; i < 100; i++) {
		advance(1900 * MSEC);
		assert_true(line);
		wr(WDOGINTCLR, 1);
	}
	assert_int_equal(failures, 0);
}

static void a_new_load_counts_at_once(void **state)
{
	start();
	advance(500 * MSEC);
	wr(WDOGLOAD, 2 * HZ);
	assert_int_equal(rd(WDOGVALUE), 2 * HZ);
	advance(1900 * MSEC);
	assert_false(line);
	advance(100 * MSEC);
	assert_true(line);
}

static void disabled_it_stands_still(void **state)
{
	start();
	advance(250 * MSEC);
	wr(WDOGCONTROL, 2);
	assert_null(armed);
	advance(10 * SEC);
	assert_int_equal(rd(WDOGVALUE), HZ / 4 * 3);
	assert_int_equal(rd(WDOGRIS), 0);
	wr(WDOGCONTROL, 3); /* from its load on */
	assert_int_equal(rd(WDOGVALUE), HZ);
	advance(SEC);
	assert_true(line);
	wr(WDOGCONTROL, 2); /* masks its interrupt */
	assert_false(line);
	assert_int_equal(rd(WDOGRIS), 1);
	assert_int_equal(rd(WDOGMIS), 0);
	wr(WDOGCONTROL, 3);
	assert_true(line);
}

static void without_resen_it_only_interrupts(void **state)
{
	wr(WDOGLOAD, 1);
	wr(WDOGCONTROL, 1);
	assert_int_equal(rd(WDOGCONTROL), 1);
	advance(100 * SEC);
	assert_true(line);
	assert_int_equal(failures, 0);
	/* What changes nothing takes no time of the host's. */
	assert_in_range(timer_starts, 1, 2);
	assert_null(armed);

	wr(WDOGLOAD, HZ - 1);
	assert_null(armed);
	advance(SEC / 4);
	assert_int_equal(rd(WDOGVALUE), HZ / 4 * 3 - 1);
	advance(SEC);
	assert_int_equal(rd(WDOGVALUE), HZ / 4 * 3 - 1);
	/* Enabled later it counts from where it is. */
	wr(WDOGCONTROL, 0xff);
	assert_int_equal(rd(WDOGCONTROL), 3);
	advance(SEC / 4 * 3 - MSEC);
	assert_int_equal(failures, 0);
	advance(2 * MSEC);
	assert_int_equal(failures, 1);
}

static void locked_it_can_only_be_read(void **state)
{
	wr(WDOGLOCK, 1);
	assert_int_equal(rd(WDOGLOCK), 1);
	start();
	wr(WDOGITCR, 1);
	wr(WDOGITOP, 3);
	assert_int_equal(rd(WDOGLOAD), 0xffffffff);
	assert_int_equal(rd(WDOGCONTROL), 0);
	assert_int_equal(rd(WDOGITCR), 0);
	assert_false(line);
	assert_int_equal(failures, 0);
	wr(WDOGLOCK, 0x1acce551);
	assert_int_equal(rd(WDOGLOCK), 0);
	start();
	advance(SEC);
	wr(WDOGLOCK, 0x1acce550);
	wr(WDOGINTCLR, 1);
	wr(WDOGCONTROL, 0);
	assert_true(line);
	advance(SEC + MSEC);
	assert_int_equal(failures, 1);
}

static void in_test_mode_its_outputs_are_told(void **state)
{
	wr(WDOGITOP, 3);
	assert_int_equal(rd(WDOGITOP), 0); /* it can't be read */
	assert_false(line);
	assert_int_equal(failures, 0);
	wr(WDOGITCR, 0xff);
	assert_int_equal(rd(WDOGITCR), 1);
	assert_true(line);
	assert_int_equal(failures, 1);
	wr(WDOGITOP, 1);
	assert_false(line);
	assert_int_equal(failures, 1); /* active already */
	wr(WDOGITOP, 0);
	wr(WDOGITOP, 1);
	assert_int_equal(failures, 2);
	wr(WDOGITOP, 0);
	/* And what its counter does is not seen. */
	start();
	advance(3 * SEC);
	assert_int_equal(rd(WDOGRIS), 1);
	assert_false(line);
	assert_int_equal(failures, 2);
	wr(WDOGITCR, 0);
	assert_true(line);
}

static void time_stands_still_while_its_vm_is_paused(void **state)
{
	start();
	advance(250 * MSEC);
	vm_is(VM_PAUSED);
	assert_null(armed);
	advance(100 * SEC);
	assert_int_equal(rd(WDOGVALUE), HZ / 4 * 3);
	vm_is(VM_PAUSED);
	vm_is(VM_RUNNING);
	assert_int_equal(rd(WDOGVALUE), HZ / 4 * 3);
	vm_is(VM_STOPPING); /* which runs */
	advance(750 * MSEC - 1);
	assert_false(line);
	advance(1);
	assert_true(line);
	/* One that a vCPU starts on its way out waits as well. */
	test_vm.state = VM_PAUSED;
	wr(WDOGINTCLR, 1);
	assert_null(armed);
	vm_is(VM_PAUSED);
	advance(100 * SEC);
	vm_is(VM_RUNNING);
	assert_false(line);
	assert_int_equal(rd(WDOGVALUE), HZ);
}

static void a_timer_that_comes_in_a_pause_waits(void **state)
{
	start();
	test_vm.state = VM_PAUSED; /* and nobody has told yet */
	advance(SEC);
	assert_false(line);
	vm_is(VM_PAUSED);
	advance(100 * SEC);
	assert_false(line);
	vm_is(VM_RUNNING);
	advance(1);
	assert_true(line);
}

static void a_timer_that_comes_late_does_nothing(void **state)
{
	struct timer *t;

	start();
	t = armed;
	now += SEC;
	wr(WDOGINTCLR, 1);
	t->fn(t);
	assert_false(line);
	assert_non_null(armed);
	wr(WDOGCONTROL, 0);
	t->fn(t);
	assert_false(line);
	assert_null(armed);
}

static void the_end_of_its_vm_ends_it(void **state)
{
	start();
	vm_is(VM_DYING);
	assert_null(armed);
	start();
	advance(10 * SEC);
	assert_int_equal(failures, 0);
	test_vm.state = VM_STARTING;
	dev->ops->reset(dev);
	vm_is(VM_RUNNING);
	assert_null(armed);
	timer_starts = 0;
	is_off_after_a_reset(state);
}

static void a_reset_lowers_its_line_and_unlocks(void **state)
{
	start();
	wr(WDOGITOP, 2);
	wr(WDOGLOCK, 0);
	advance(SEC);
	assert_true(line);
	dev->ops->reset(dev);
	assert_false(line);
	assert_null(armed);
	assert_int_equal(rd(WDOGLOCK), 0);
	assert_int_equal(rd(WDOGRIS), 0);
	wr(WDOGITCR, 1);
	assert_false(line);
}

static void stores_of_less_than_a_word_do_nothing(void **state)
{
	dev->ops->write(dev, test_vcpu, WDOGCONTROL, 1, 1);
	dev->ops->write(dev, test_vcpu, WDOGCONTROL, 2, 1);
	assert_int_equal(rd(WDOGCONTROL), 0);
	dev->ops->write(dev, test_vcpu, WDOGLOAD, 8, 0x1234500000077);
	assert_int_equal(rd(WDOGLOAD), 0x77);
	wr(WDOGLOAD, 0x12345678);
	assert_int_equal(dev->ops->read(dev, test_vcpu, WDOGLOAD + 1, 1), 0x56);
	assert_int_equal(dev->ops->read(dev, test_vcpu, WDOGLOAD + 2, 2), 0x1234);
	assert_int_equal(dev->ops->read(dev, test_vcpu, WDOGLOAD, 8), 0x12345678);
	assert_int_equal(rd(0x18), 0);
}

static void state_survives_save_and_restore(void **state)
{
	u8 buf[256];
	struct vdev_state s = { buf, sizeof(buf) };
	struct sp805_state *saved = (struct sp805_state *)buf;

	start();
	wr(WDOGLOCK, 1);
	advance(250 * MSEC);
	assert_int_equal(dev->ops->save(dev, &s), 0);
	advance(750 * MSEC);
	assert_true(line); /* whoever saved it does not change it */
	dev->ops->reset(dev);
	advance(10 * SEC);
	assert_int_equal(dev->ops->restore(dev, &s), 0);
	assert_int_equal(rd(WDOGVALUE), HZ / 4 * 3);
	assert_int_equal(rd(WDOGLOCK), 1);
	advance(750 * MSEC);
	assert_true(line);
	advance(SEC + MSEC);
	assert_int_equal(failures, 1);
	test_state_checks(dev);
	saved->count.left = (u64)HZ + 2;
	assert_int_equal(dev->ops->restore(dev, &s), -EINVAL);
	saved->count.left = 0;
	saved->count.falls = 2;
	assert_int_equal(dev->ops->restore(dev, &s), -EINVAL);
	saved->count.falls = 1;
	saved->count.period = (u64)HZ + 2;
	assert_int_equal(dev->ops->restore(dev, &s), -EINVAL);
}

static void random_accesses_keep_it_whole(void **state)
{
	static const u64 regs[] = { WDOGLOAD, WDOGVALUE, WDOGCONTROL, WDOGINTCLR, WDOGRIS,
				    WDOGMIS,  WDOGLOCK,	 WDOGITCR,    WDOGITOP };
	static const enum vm_state states[] = { VM_RUNNING, VM_PAUSED, VM_RUNNING, VM_STOPPING };
	u64 seed = shim_seed(13);
	unsigned int i;

	for (i = 0; i < 100000; i++) {
		const struct sp805_state *s = &to_sp805(dev)->s;
		u64 r = shim_random(&seed), off = regs[r % ARRAY_SIZE(regs)];
		u32 val = (u32)(r >> 32) >> (r >> 8) % 32;

		if ((r >> 16) % 8 == 0)
			advance((r >> 24) % (3 * SEC));
		else if ((r >> 16) % 64 == 1)
			vm_is(states[(r >> 24) % 4]);
		else if ((r >> 16) % 2)
			wr(off, off == WDOGLOCK && (r >> 20) % 4 ? LOCK_KEY : val);
		else if (off == WDOGVALUE)
			assert_in_range(rd(off), 0, s->load);
		else
			(void)rd(off);
		assert_true(s->count.left <= (u64)s->load + 1);
		assert_true(s->count.falls <= (s->control & CONTROL_INTEN));
		assert_int_equal(armed != NULL, s->count.falls && test_vm.state != VM_PAUSED &&
							!(s->ris && s->control == 1));
		assert_int_equal(line,
				 s->itcr ? s->itop >> 1 : s->ris && (s->control & CONTROL_INTEN));
	}
}

static void describes_itself(void **state)
{
	test_vm.irqchip = dev;
	assert_int_equal(dev->ops->fdt(dev, NULL), 0);
	test_vm.irqchip = NULL;
	assert_string_equal(test_fdt, "watchdog@90c0000 { reg = <0 0x90c0000 0 0x1000>; "
				      "interrupt-parent = <0x100>; interrupts = <0x2a>; "
				      "compatible = \"arm,sp805|arm,primecell\"; "
				      "clocks = <0x102 0x102>; "
				      "clock-names = \"wdog_clk|apb_pclk\"; }; ");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(is_off_after_a_reset),
		T(drivers_recognise_it),
		T(counts_down),
		T(interrupts_first),
		T(resets_when_nobody_clears_its_interrupt),
		T(those_who_clear_its_interrupt_in_time_go_on),
		T(a_new_load_counts_at_once),
		T(disabled_it_stands_still),
		T(without_resen_it_only_interrupts),
		T(locked_it_can_only_be_read),
		T(in_test_mode_its_outputs_are_told),
		T(time_stands_still_while_its_vm_is_paused),
		T(a_timer_that_comes_in_a_pause_waits),
		T(a_timer_that_comes_late_does_nothing),
		T(the_end_of_its_vm_ends_it),
		T(a_reset_lowers_its_line_and_unlocks),
		T(stores_of_less_than_a_word_do_nothing),
		T(state_survives_save_and_restore),
		T(random_accesses_keep_it_whole),
		T(describes_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
