// SPDX-License-Identifier: Apache-2.0
/* The guest's watchdog that ACPI describes. */
#include "watchdog_fixture.h"
#include "../../virt/dev/wdat.c"

static int setup(void **state)
{
	watchdog_setup(&wdat_ops, 0x620, 0x10, 0);
	return 0;
}

static void start(u32 ms)
{
	wr(WDAT_TIMEOUT, ms);
	wr(WDAT_CONTROL, 1);
}

static void is_off_after_power_on(void **state)
{
	assert_int_equal(rd(WDAT_CONTROL), 0);
	assert_int_equal(rd(WDAT_TIMEOUT), 60000);
	assert_int_equal(rd(WDAT_COUNT), 60000);
	assert_int_equal(rd(WDAT_STATUS), 0);
	advance(1000 * SEC);
	assert_int_equal(rd(WDAT_COUNT), 60000);
	assert_int_equal(failures, 0);
}

static void expires_in_time(void **state)
{
	start(1000);
	assert_int_equal(rd(WDAT_CONTROL), 1);
	assert_int_equal(rd(WDAT_COUNT), 1000);
	advance(250 * MSEC);
	assert_int_equal(rd(WDAT_COUNT), 750);
	assert_int_equal(rd(WDAT_TIMEOUT), 1000);
	wr(WDAT_CONTROL, 0xffffffff); /* runs already */
	advance(750 * MSEC - 1);
	assert_int_equal(failures, 0);
	advance(1);
	assert_int_equal(failures, 1);
	assert_int_equal(rd(WDAT_COUNT), 0);
	assert_int_equal(rd(WDAT_STATUS), 1);
	/* If nothing comes of it, it waits. */
	advance(100 * SEC);
	assert_int_equal(failures, 1);
	wr(WDAT_COUNT, 0);
	advance(SEC);
	assert_int_equal(failures, 2);
}

static void those_who_restart_it_in_time_go_on(void **state)
{
	unsigned int i;

	start(1000);
	for (i = 0; i < 100; i++) {
		advance(900 * MSEC);
		wr(WDAT_COUNT, i);
		assert_int_equal(rd(WDAT_COUNT), 1000);
	}
	assert_int_equal(failures, 0);
	wr(WDAT_TIMEOUT, 5000); /* from the next time on */
	assert_int_equal(rd(WDAT_COUNT), 1000);
	wr(WDAT_COUNT, 1);
	advance(4900 * MSEC);
	assert_int_equal(failures, 0);
	wr(WDAT_CONTROL, 2);
	assert_int_equal(rd(WDAT_CONTROL), 0);
	assert_null(armed);
	advance(100 * SEC);
	assert_int_equal(rd(WDAT_COUNT), 100);
	wr(WDAT_COUNT, 1);
	assert_int_equal(rd(WDAT_COUNT), 5000);
	assert_null(armed);
}

static void timeouts_are_of_24_bits(void **state)
{
	wr(WDAT_TIMEOUT, 0xffffffff);
	assert_int_equal(rd(WDAT_TIMEOUT), 0xffffff);
	wr(WDAT_TIMEOUT, 0);
	assert_int_equal(rd(WDAT_TIMEOUT), 1);
	wr(WDAT_TIMEOUT, 0x1000000);
	assert_int_equal(rd(WDAT_TIMEOUT), 1);
}

static void the_next_life_learns_of_it(void **state)
{
	start(1000);
	advance(SEC);
	dev->ops->reset(dev);
	assert_null(armed);
	assert_int_equal(rd(WDAT_CONTROL), 0);
	assert_int_equal(rd(WDAT_TIMEOUT), 60000);
	assert_int_equal(rd(WDAT_STATUS), 1);
	wr(WDAT_STATUS, 0xfffffffe);
	assert_int_equal(rd(WDAT_STATUS), 1);
	wr(WDAT_STATUS, 1);
	assert_int_equal(rd(WDAT_STATUS), 0);
	dev->ops->reset(dev);
	assert_int_equal(rd(WDAT_STATUS), 0);
}

static void time_stands_still_while_its_vm_is_paused(void **state)
{
	start(1000);
	advance(500 * MSEC);
	vm_is(VM_PAUSED);
	advance(100 * SEC);
	assert_int_equal(rd(WDAT_COUNT), 500);
	vm_is(VM_RUNNING);
	advance(499 * MSEC);
	assert_int_equal(failures, 0);
	advance(MSEC);
	assert_int_equal(failures, 1);
	start(1000);
	vm_is(VM_DYING);
	assert_null(armed);
}

static void other_widths_do_nothing(void **state)
{
	dev->ops->write(dev, test_vcpu, WDAT_CONTROL, 1, 1);
	dev->ops->write(dev, test_vcpu, WDAT_CONTROL, 2, 1);
	assert_int_equal(rd(WDAT_CONTROL), 0);
	assert_int_equal(dev->ops->read(dev, test_vcpu, WDAT_TIMEOUT, 2), 0);
	wr(WDAT_CONTROL + 1, 1);
	assert_int_equal(rd(WDAT_CONTROL), 0);
	assert_int_equal(rd(WDAT_TIMEOUT + 1), 0);
}

static void its_window_has_one_size(void **state)
{
	struct vdev_config c = { .name = "dev", .base = { 0x620 }, .size = 8, .space = VDEV_PORTS };
	struct vdev *v;

	assert_int_equal(wdat_ops.create(&test_vm, &c, &v), -EINVAL);
}

static void state_survives_save_and_restore(void **state)
{
	u8 buf[256];
	struct vdev_state s = { buf, sizeof(buf) };
	struct wdat_state *saved = (struct wdat_state *)buf;

	start(1000);
	advance(250 * MSEC);
	assert_int_equal(dev->ops->save(dev, &s), 0);
	dev->ops->reset(dev);
	advance(10 * SEC);
	assert_int_equal(dev->ops->restore(dev, &s), 0);
	assert_int_equal(rd(WDAT_COUNT), 750);
	advance(750 * MSEC);
	assert_int_equal(failures, 1);
	test_state_checks(dev);
	saved->timeout = 0;
	assert_int_equal(dev->ops->restore(dev, &s), -EINVAL);
	saved->timeout = 0x1000000;
	assert_int_equal(dev->ops->restore(dev, &s), -EINVAL);
	saved->timeout = 1;
	saved->count.left = 0x1000000;
	assert_int_equal(dev->ops->restore(dev, &s), -EINVAL);
	saved->count.left = 0;
	saved->count.period = 1;
	assert_int_equal(dev->ops->restore(dev, &s), -EINVAL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(is_off_after_power_on),
		T(expires_in_time),
		T(those_who_restart_it_in_time_go_on),
		T(timeouts_are_of_24_bits),
		T(the_next_life_learns_of_it),
		T(time_stands_still_while_its_vm_is_paused),
		T(other_widths_do_nothing),
		T(its_window_has_one_size),
		T(state_survives_save_and_restore),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
