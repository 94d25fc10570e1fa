/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PC_FIXTURE_H
#define PC_FIXTURE_H

/* What the tests of a PC's clocks share: time in nanoseconds, the device's timer, and its line. */
#include "vdev_test.h"

static u64 now;
static struct timer *armed;
static unsigned int irqs;
static bool irq_level;

u64 time_now(void)
{
	return now;
}

u64 time_from_us(u64 us)
{
	return us * 1000;
}

void timer_init_for(struct timer *t, void (*fn)(struct timer *t), struct time_account *account)
{
	t->fn = fn;
	t->armed = false;
	armed = t;
}

void timer_start(struct timer *t, u64 deadline)
{
	assert_true(deadline > now);
	t->deadline = deadline;
	t->armed = true;
}

void timer_cancel(struct timer *t)
{
	t->armed = false;
}

void timer_cancel_sync(struct timer *t)
{
	timer_cancel(t);
}

void vm_irq_set(struct vm *vm, u32 irq, bool level)
{
	irqs += level && !irq_level;
	irq_level = level;
}

static void pass(u64 ns)
{
	u64 end = now + ns;

	while (armed->armed && armed->deadline <= end) {
		now = armed->deadline;
		armed->armed = false;
		armed->fn(armed);
	}
	now = end;
}

#endif
