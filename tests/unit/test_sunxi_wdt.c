// SPDX-License-Identifier: Apache-2.0
/* The guest's watchdog of a D1. */
/* links: virt/bus/fdt.c */
#include "watchdog_fixture.h"
#include "../../virt/dev/sunxi_wdt.c"

#define KEY ((u32)KEY_FIELD << 16)

static unsigned int resets;

void vm_request_reset(struct vm *vm, u64 reason)
{
	assert_int_equal(dev->lock.locked, 0);
	resets++;
}

static int setup(void **state)
{
	watchdog_setup(&sunxi_ops, 0x102000, 0x1000, 12);
	resets = 0;
	return 0;
}

static void start(u32 interval)
{
	wr(WDOG_MODE_REG, KEY | interval << 4 | 1);
}

static void is_off_after_a_reset(void **state)
{
	assert_int_equal(rd(WDOG_IRQ_EN_REG), 0);
	assert_int_equal(rd(WDOG_IRQ_STA_REG), 0);
	assert_int_equal(rd(WDOG_SOFT_RST_REG), 0);
	assert_int_equal(rd(0x0c), 0);
	assert_int_equal(rd(WDOG_CTRL_REG), 0);
	assert_int_equal(rd(WDOG_CFG_REG), 1);
	assert_int_equal(rd(WDOG_MODE_REG), 0);
	assert_int_equal(rd(WDOG_OUTPUT_CFG_REG), 0x1f);
	assert_int_equal(rd(0x20), 0);
	advance(100 * SEC);
	assert_int_equal(failures, 0);
}

static void intervals_are_as_the_manual_says(void **state)
{
	static const u32 ms[16] = { 500,   1000,  2000,	 3000,	4000,  5000,  6000,  8000,
				    10000, 12000, 14000, 16000, 16000, 16000, 16000, 16000 };
	unsigned int i;

	for (i = 0; i < 16; i++) {
		start(i);
		assert_int_equal(rd(WDOG_MODE_REG), i << 4 | 1);
		advance(ms[i] * MSEC - 1);
		assert_int_equal(failures, i);
		advance(1);
		assert_int_equal(failures, i + 1);
		wr(WDOG_MODE_REG, KEY);
	}
}

static void those_who_restart_it_in_time_go_on(void **state)
{
	unsigned int i;

	start(1);
	for (i = 0; i < 100; i++) {
		advance(900 * MSEC);
		wr(WDOG_CTRL_REG, 0xa57 << 1 | 1);
	}
	assert_int_equal(failures, 0);
	/* Without its key a restart is none. */
	advance(900 * MSEC);
	wr(WDOG_CTRL_REG, 1);
	wr(WDOG_CTRL_REG, 0xa57 << 1);
	advance(100 * MSEC);
	assert_int_equal(failures, 1);
	assert_int_equal(rd(WDOG_IRQ_STA_REG), 1);
	/* If no reset comes it waits for a restart. */
	advance(100 * SEC);
	assert_int_equal(failures, 1);
	wr(WDOG_CTRL_REG, 0xa57 << 1 | 1);
	advance(SEC);
	assert_int_equal(failures, 2);
}

static void a_new_interval_counts_from_the_next_restart_on(void **state)
{
	start(1);
	advance(500 * MSEC);
	start(4);
	advance(499 * MSEC);
	assert_int_equal(failures, 0);
	advance(MSEC);
	assert_int_equal(failures, 1);
	wr(WDOG_CTRL_REG, 0xa57 << 1 | 1);
	advance(3999 * MSEC);
	assert_int_equal(failures, 1);
	advance(MSEC);
	assert_int_equal(failures, 2);
}

static void a_key_protects_it(void **state)
{
	wr(WDOG_MODE_REG, 0xf1);
	wr(WDOG_MODE_REG, 0x16ab00f1);
	wr(WDOG_CFG_REG, 0x102);
	wr(WDOG_SOFT_RST_REG, 1);
	assert_int_equal(rd(WDOG_MODE_REG), 0);
	assert_int_equal(rd(WDOG_CFG_REG), 1);
	assert_int_equal(resets, 0);
	wr(WDOG_MODE_REG, KEY | 0xffff);
	wr(WDOG_CFG_REG, KEY | 0xffff);
	assert_int_equal(rd(WDOG_MODE_REG), 0xf1);
	assert_int_equal(rd(WDOG_CFG_REG), 0x103);
	wr(WDOG_OUTPUT_CFG_REG, 0xffffffff);
	assert_int_equal(rd(WDOG_OUTPUT_CFG_REG), 0xfff);
}

static void software_may_reset_while_it_is_off(void **state)
{
	start(1);
	wr(WDOG_SOFT_RST_REG, KEY | 1);
	assert_int_equal(resets, 0);
	wr(WDOG_MODE_REG, KEY);
	wr(WDOG_SOFT_RST_REG, KEY);
	assert_int_equal(resets, 0);
	wr(WDOG_SOFT_RST_REG, KEY | 1);
	assert_int_equal(resets, 1);
	assert_int_equal(failures, 0);
}

static void it_may_only_interrupt(void **state)
{
	wr(WDOG_CFG_REG, KEY | 2);
	start(0);
	advance(500 * MSEC);
	assert_int_equal(rd(WDOG_IRQ_STA_REG), 1);
	assert_false(line);
	wr(WDOG_IRQ_EN_REG, 0xff);
	assert_int_equal(rd(WDOG_IRQ_EN_REG), 1);
	assert_true(line);
	wr(WDOG_IRQ_STA_REG, 0);
	assert_true(line);
	wr(WDOG_IRQ_STA_REG, 1);
	assert_false(line);
	advance(499 * MSEC);
	assert_false(line);
	advance(MSEC);
	assert_true(line);
	assert_int_equal(failures, 0);
	dev->ops->reset(dev);
	assert_false(line);
}

static void configured_for_nothing_it_does_nothing(void **state)
{
	wr(WDOG_CFG_REG, KEY | 3);
	start(0);
	advance(SEC);
	assert_int_equal(failures, 0);
	assert_null(armed);
	wr(WDOG_CFG_REG, KEY);
	wr(WDOG_CTRL_REG, 0xa57 << 1 | 1);
	advance(SEC);
	assert_int_equal(failures, 0);
}

static void time_stands_still_while_its_vm_is_paused(void **state)
{
	start(1);
	advance(500 * MSEC);
	vm_is(VM_PAUSED);
	advance(100 * SEC);
	vm_is(VM_RUNNING);
	advance(499 * MSEC);
	assert_int_equal(failures, 0);
	advance(MSEC + 1000);
	assert_int_equal(failures, 1);
	start(1);
	vm_is(VM_DYING);
	assert_null(armed);
}

static void other_widths_do_nothing(void **state)
{
	dev->ops->write(dev, test_vcpu, WDOG_IRQ_EN_REG, 1, 1);
	dev->ops->write(dev, test_vcpu, WDOG_IRQ_EN_REG, 8, 1);
	assert_int_equal(rd(WDOG_IRQ_EN_REG), 0);
	assert_int_equal(dev->ops->read(dev, test_vcpu, WDOG_CFG_REG, 2), 0);
	assert_int_equal(dev->ops->read(dev, test_vcpu, WDOG_IRQ_EN_REG, 8), 0);
}

static void state_survives_save_and_restore(void **state)
{
	u8 buf[256];
	struct vdev_state s = { buf, sizeof(buf) };
	struct sunxi_state *saved = (struct sunxi_state *)buf;

	start(1);
	wr(WDOG_IRQ_EN_REG, 1);
	advance(250 * MSEC);
	assert_int_equal(dev->ops->save(dev, &s), 0);
	dev->ops->reset(dev);
	advance(10 * SEC);
	assert_int_equal(dev->ops->restore(dev, &s), 0);
	advance(749 * MSEC);
	assert_int_equal(failures, 0);
	advance(MSEC);
	assert_int_equal(failures, 1);
	assert_true(line);
	test_state_checks(dev);
	saved->count.period = 1;
	assert_int_equal(dev->ops->restore(dev, &s), -EINVAL);
	saved->count.period = 0;
	saved->count.left = 16 * CLOCK_HZ + 1;
	assert_int_equal(dev->ops->restore(dev, &s), -EINVAL);
}

static void random_accesses_keep_it_whole(void **state)
{
	static const enum vm_state states[] = { VM_RUNNING, VM_PAUSED, VM_RUNNING, VM_STOPPING };
	u64 seed = shim_seed(14);
	unsigned int i;

	for (i = 0; i < 100000; i++) {
		const struct sunxi_state *s = &to_sunxi(dev)->s;
		u64 r = shim_random(&seed), off = r % 9 * 4;
		u32 val = (u32)(r >> 32);

		if ((r >> 16) % 8 == 0)
			advance((r >> 24) % (3 * SEC));
		else if ((r >> 16) % 64 == 1)
			vm_is(states[(r >> 24) % 4]);
		else if ((r >> 16) % 2)
			wr(off, (r >> 20) % 4 ? KEY | (u16)val : val);
		else
			(void)rd(off);
		assert_true(s->count.falls <= (s->mode & 1));
		assert_int_equal(armed != NULL, s->count.falls && test_vm.state != VM_PAUSED);
		assert_int_equal(line, s->irq_en && s->irq_sta);
	}
}

static void describes_itself(void **state)
{
	test_vm.irqchip = dev;
	assert_int_equal(dev->ops->fdt(dev, NULL), 0);
	test_vm.irqchip = NULL;
	assert_string_equal(test_fdt, "watchdog@102000 { reg = <0 0x102000 0 0x1000>; "
				      "interrupt-parent = <0x100>; interrupts = <0xc>; "
				      "compatible = \"allwinner,sun20i-d1-wdt\"; }; ");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(is_off_after_a_reset),
		T(intervals_are_as_the_manual_says),
		T(those_who_restart_it_in_time_go_on),
		T(a_new_interval_counts_from_the_next_restart_on),
		T(a_key_protects_it),
		T(software_may_reset_while_it_is_off),
		T(it_may_only_interrupt),
		T(configured_for_nothing_it_does_nothing),
		T(time_stands_still_while_its_vm_is_paused),
		T(other_widths_do_nothing),
		T(state_survives_save_and_restore),
		T(random_accesses_keep_it_whole),
		T(describes_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
