/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WATCHDOG_FIXTURE_H
#define WATCHDOG_FIXTURE_H

/* What the tests of the guest's watchdogs share: one, with the host's time and its timer. */
#include "../../virt/dev/watchdog.c"
#include "vdev_test.h"

#define MSEC 10000ull /* ticks: the counter runs at 10 MHz */
#define SEC  (1000 * MSEC)

static struct vdev *dev;
static u64 now;
static struct timer *armed;
static unsigned int timer_starts, failures;
static bool line;

u64 time_now(void)
{
	return now;
}

u64 time_hz(void)
{
	return SEC;
}

void timer_init_for(struct timer *t, void (*fn)(struct timer *t), struct time_account *account)
{
	assert_ptr_equal(account, &test_vm.timers);
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
	if (dev)
		assert_int_equal(dev->lock.locked, 0);
	armed = NULL;
}

void vm_irq_set(struct vm *vm, u32 irq, bool level)
{
	assert_int_equal(irq, dev->irq);
	assert_true(level != line);
	line = level;
}

void vm_watchdog_expired(struct vm *vm)
{
	assert_ptr_equal(vm, &test_vm);
	assert_int_equal(dev->lock.locked, 0);
	failures++;
}

static void advance(u64 ticks)
{
	u64 end = now + ticks;

	while (armed && armed->deadline <= end) {
		struct timer *t = armed;

		now = max(now, t->deadline);
		armed = NULL;
		t->fn(t);
		assert_int_equal(dev->lock.locked, 0);
	}
	now = end;
}

static void vm_is(enum vm_state state)
{
	test_vm.state = state;
	dev->ops->vm_state(dev);
	assert_int_equal(dev->lock.locked, 0);
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

static void watchdog_setup(const struct vdev_ops *ops, u64 base, u64 size, u32 irq)
{
	now = 12345;
	armed = NULL;
	dev = NULL;
	timer_starts = failures = 0;
	line = false;
	test_vm.state = VM_RUNNING;
	dev = test_create(ops, base, size, irq);
	assert_null(armed);
}

static int teardown(void **state)
{
	test_destroy(dev);
	assert_null(armed);
	return 0;
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
