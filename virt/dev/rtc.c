// SPDX-License-Identifier: Apache-2.0
/* What the real-time clocks that guests see have in common. */
#include "rtc.h"
#include <lodge/vm.h>
#include <lodge/wallclock.h>

/* The timer is armed for an hour at most, so that no conversion of units overflows. */
#define ALARM_STEP_US (3600 * 1000000ull)

u64 rtc_now(const struct rtc *r)
{
	return wallclock_ns() + r->clock->offset;
}

void rtc_set_irq(struct rtc *r, bool level)
{
	if (level == r->irq_level)
		return;
	r->irq_level = level;
	vm_irq_set(r->vdev.vm, r->vdev.irq, level);
}

void rtc_check_alarm(struct rtc *r)
{
	u64 now = rtc_now(r);

	if (!r->clock->running)
		return;
	if (now >= r->clock->alarm) {
		r->clock->running = false;
		r->ring(r);
	} else {
		u64 us = (r->clock->alarm - now) / 1000 + 1;

		timer_start(&r->timer, time_now() + time_from_us(min(us, ALARM_STEP_US)));
	}
}

void rtc_set_time(struct rtc *r, u64 now, u64 set)
{
	r->clock->offset += set - now;
	rtc_check_alarm(r);
}

void rtc_set_alarm(struct rtc *r, u64 alarm)
{
	r->clock->alarm = alarm;
	r->clock->running = true;
	rtc_check_alarm(r);
}

static void rtc_timer(struct timer *t)
{
	struct rtc *r = container_of(t, struct rtc, timer);
	unsigned long flags = spin_lock_irqsave(&r->vdev.lock);

	rtc_check_alarm(r);
	spin_unlock_irqrestore(&r->vdev.lock, flags);
}

void rtc_init(struct rtc *r, const struct vdev_ops *ops, struct vm *vm,
	      const struct vdev_config *cfg, struct rtc_clock *clock, void (*ring)(struct rtc *r))
{
	vdev_init(&r->vdev, ops, vm, cfg);
	r->clock = clock;
	r->ring = ring;
	timer_init_for(&r->timer, rtc_timer, &vm->timers);
}

void rtc_stop(struct rtc *r)
{
	timer_cancel_sync(&r->timer);
}
