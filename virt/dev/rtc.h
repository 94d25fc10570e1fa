/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIRT_DEV_RTC_H
#define VIRT_DEV_RTC_H

/*
 * What the real-time clocks that guests see have in common: the host's time of day plus
 * what the guest has set it ahead, and an alarm.
 */
#include <lodge/time.h>
#include <lodge/types.h>
#include <lodge/vdev.h>

/**
 * struct rtc_clock - a guest's clock, as it is saved; nanoseconds since 1970
 * @offset:	guest time less host time
 * @alarm:	guest time of the alarm
 * @running:	the alarm is yet to come
 */
struct rtc_clock {
	u64 offset;
	u64 alarm;
	u32 running, reserved;
};

/**
 * struct rtc - the generic part of a clock
 * @clock:	in what the device saves
 * @ring:	the alarm's time has come; called with the device's lock held
 * @irq_level:	what vm_irq_set() was told last
 */
struct rtc {
	struct vdev vdev;
	struct rtc_clock *clock;
	void (*ring)(struct rtc *r);
	struct timer timer;
	bool irq_level;
};

/* All are called with the device's lock held but for rtc_init() and rtc_stop(). */

/** rtc_init() - the generic part of a new clock. */
void rtc_init(struct rtc *r, const struct vdev_ops *ops, struct vm *vm,
	      const struct vdev_config *cfg, struct rtc_clock *clock, void (*ring)(struct rtc *r));
/** rtc_stop() - no alarm comes any more; without the lock. */
void rtc_stop(struct rtc *r);
/** rtc_now() - the guest's time. */
u64 rtc_now(const struct rtc *r);
/** rtc_set_time() - it was @now and is @set; an alarm that is passed over rings. */
void rtc_set_time(struct rtc *r, u64 now, u64 set);
/** rtc_set_alarm() - ring at @alarm, or now if that is past. */
void rtc_set_alarm(struct rtc *r, u64 alarm);
/** rtc_check_alarm() - ring if it is time, else wait on; after the clock was restored. */
void rtc_check_alarm(struct rtc *r);
/** rtc_set_irq() - the interrupt line. */
void rtc_set_irq(struct rtc *r, bool level);

#endif
