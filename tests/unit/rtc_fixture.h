/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RTC_FIXTURE_H
#define RTC_FIXTURE_H

/* What the tests of the guest's clocks share: one, with the world's time and its timers. */
#include "../../virt/dev/rtc.c"
#include "vdev_test.h"

#define NSEC 1000000000ull

static struct vdev *dev;
static u64 now_ns; /* the world's time; the counter runs at 10 MHz from 0 */
static struct timer *armed;
static unsigned int timer_starts;
static bool line;

u64 wallclock_ns(void)
{
	return now_ns + 1700000000 * NSEC;
}

u64 time_now(void)
{
	return now_ns / 100;
}

u64 time_from_us(u64 us)
{
	assert_true(us <= ALARM_STEP_US);
	return us * 10;
}

void timer_init_for(struct timer *t, void (*fn)(struct timer *t), struct time_account *account)
{
	t->fn = fn;
}

void timer_start(struct timer *t, u64 deadline)
{
	t->deadline = deadline;
	armed = t;
	timer_starts++;
}

void timer_cancel(struct timer *t)
{
	armed = NULL;
}

void timer_cancel_sync(struct timer *t)
{
	timer_cancel(t);
}

void vm_irq_set(struct vm *vm, u32 irq, bool level)
{
	assert_int_equal(irq, dev->irq);
	assert_true(level != line);
	line = level;
}

static void advance(u64 ns)
{
	u64 end = now_ns + ns;

	while (armed && armed->deadline * 100 <= end) {
		struct timer *t = armed;

		now_ns = max(now_ns, t->deadline * 100);
		armed = NULL;
		t->fn(t);
	}
	now_ns = end;
}

static u32 rd(u64 off)
{
	u64 v = dev->ops->read(dev, test_vcpu, off, 4);

	assert_int_equal(dev->lock.locked, 0);
	return (u32)v;
}

static void wr(u64 off, u32 val)
{
	dev->ops->write(dev, test_vcpu, off, 4, val);
	assert_int_equal(dev->lock.locked, 0);
}

static void clock_setup(void)
{
	now_ns = 12345678;
	armed = NULL;
	timer_starts = 0;
	line = false;
}

static int teardown(void **state)
{
	test_destroy(dev);
	assert_null(armed);
	return 0;
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
