// SPDX-License-Identifier: Apache-2.0
/*
 * "lodge,rtc": the Goldfish real-time clock, with its alarm.
 *
 * Time is nanoseconds since 1970: the host's, plus what the guest has set it ahead.
 */
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/slab.h>
#include <lodge/time.h>
#include <lodge/vdev.h>
#include <lodge/vm.h>
#include <lodge/wallclock.h>

#define RTC_TIME_LOW	    0x00 /* reading it latches TIME_HIGH */
#define RTC_TIME_HIGH	    0x04
#define RTC_ALARM_LOW	    0x08 /* writing it arms the alarm */
#define RTC_ALARM_HIGH	    0x0c
#define RTC_IRQ_ENABLED	    0x10
#define RTC_CLEAR_ALARM	    0x14
#define RTC_ALARM_STATUS    0x18
#define RTC_CLEAR_INTERRUPT 0x1c

#define STATE_VERSION 1

/* The timer is armed for an hour at most, so that no conversion of units overflows. */
#define ALARM_STEP_US (3600 * 1000000ull)

/**
 * struct rtc_state - the guest-visible state, as it is saved
 * @offset:	guest time less host time
 * @alarm:	guest time of the alarm
 * @time_high:	upper half of the last read of TIME_LOW
 * @running:	the alarm is yet to come
 * @pending:	it came, and nobody has cleared the interrupt
 */
struct rtc_state {
	struct vdev_state_header header;
	u64 offset;
	u64 alarm;
	u32 time_high;
	u8 irq_enabled, running, pending, reserved;
};

struct rtc {
	struct vdev vdev;
	struct rtc_state s;
	struct timer timer;
	bool irq_level;
};

static struct rtc *to_rtc(struct vdev *v)
{
	return container_of(v, struct rtc, vdev);
}

static u64 rtc_now(const struct rtc *r)
{
	return wallclock_ns() + r->s.offset;
}

static void rtc_update_irq(struct rtc *r)
{
	bool level = r->s.irq_enabled && r->s.pending;

	if (level == r->irq_level)
		return;
	r->irq_level = level;
	vm_irq_set(r->vdev.vm, r->vdev.irq, level);
}

/* Rings if it is time, else waits on. */
static void rtc_check_alarm(struct rtc *r)
{
	u64 now = rtc_now(r);

	if (!r->s.running)
		return;
	if (now >= r->s.alarm) {
		r->s.running = false;
		r->s.pending = true;
		rtc_update_irq(r);
	} else {
		u64 us = (r->s.alarm - now) / 1000 + 1;

		timer_start(&r->timer, time_now() + time_from_us(min(us, ALARM_STEP_US)));
	}
}

static void rtc_timer(struct timer *t)
{
	struct rtc *r = container_of(t, struct rtc, timer);
	unsigned long flags = spin_lock_irqsave(&r->vdev.lock);

	rtc_check_alarm(r);
	spin_unlock_irqrestore(&r->vdev.lock, flags);
}

static u64 rtc_read_locked(struct rtc *r, u64 off)
{
	u64 now;

	switch (off) {
	case RTC_TIME_LOW:
		now = rtc_now(r);
		r->s.time_high = (u32)(now >> 32);
		return (u32)now;
	case RTC_TIME_HIGH:
		return r->s.time_high;
	case RTC_ALARM_LOW:
		return (u32)r->s.alarm;
	case RTC_ALARM_HIGH:
		return r->s.alarm >> 32;
	case RTC_IRQ_ENABLED:
		return r->s.irq_enabled;
	case RTC_ALARM_STATUS:
		return r->s.running;
	default:
		return 0;
	}
}

static u64 rtc_read(struct vdev *v, struct vcpu *vcpu, u64 off, unsigned int width)
{
	struct rtc *r = to_rtc(v);
	u64 val;

	if (width != 4)
		return 0;
	spin_lock(&v->lock);
	val = rtc_read_locked(r, off);
	spin_unlock(&v->lock);
	return val;
}

static u64 replace_low(u64 old, u32 val)
{
	return (old & ~(u64)0xffffffff) | val;
}

static u64 replace_high(u64 old, u32 val)
{
	return (u32)old | (u64)val << 32;
}

/* Each half takes effect when it is written. */
static void rtc_set_time(struct rtc *r, u64 now, u64 set)
{
	r->s.offset += set - now;
	rtc_check_alarm(r);
}

static void rtc_write_locked(struct rtc *r, u64 off, u32 val)
{
	u64 now = rtc_now(r);

	switch (off) {
	case RTC_TIME_LOW:
		rtc_set_time(r, now, replace_low(now, val));
		break;
	case RTC_TIME_HIGH:
		rtc_set_time(r, now, replace_high(now, val));
		break;
	case RTC_ALARM_LOW:
		r->s.alarm = replace_low(r->s.alarm, val);
		r->s.running = true;
		rtc_check_alarm(r);
		break;
	case RTC_ALARM_HIGH:
		r->s.alarm = replace_high(r->s.alarm, val);
		break;
	case RTC_IRQ_ENABLED:
		r->s.irq_enabled = val & 1;
		rtc_update_irq(r);
		break;
	case RTC_CLEAR_ALARM:
		r->s.running = false;
		break;
	case RTC_CLEAR_INTERRUPT:
		r->s.pending = false;
		rtc_update_irq(r);
		break;
	}
}

static void rtc_write(struct vdev *v, struct vcpu *vcpu, u64 off, unsigned int width, u64 val)
{
	if (width != 4)
		return;
	spin_lock(&v->lock);
	rtc_write_locked(to_rtc(v), off, (u32)val);
	spin_unlock(&v->lock);
}

static void rtc_reset(struct vdev *v)
{
	struct rtc *r = to_rtc(v);
	unsigned long flags = spin_lock_irqsave(&v->lock);

	/* A clock with a battery: the time that was set stays set. */
	r->s = (struct rtc_state){
		.header = { STATE_VERSION, sizeof(r->s) },
		.offset = r->s.offset,
	};
	rtc_update_irq(r);
	spin_unlock_irqrestore(&v->lock, flags);
	timer_cancel(&r->timer);
}

static const struct vdev_ops rtc_ops;

static int rtc_create(struct vm *vm, const struct vdev_config *cfg, struct vdev **out)
{
	struct rtc *r = kzalloc(sizeof(*r));

	if (!r)
		return -ENOMEM;
	vdev_init(&r->vdev, &rtc_ops, vm, cfg);
	timer_init(&r->timer, rtc_timer);
	rtc_reset(&r->vdev);
	*out = &r->vdev;
	return 0;
}

static void rtc_destroy(struct vdev *v)
{
	struct rtc *r = to_rtc(v);

	timer_cancel(&r->timer);
	kfree(r);
}

static int rtc_fdt(struct vdev *v, struct fdt_writer *w)
{
	vdev_fdt_node(v, w, "rtc");
	fdtw_string(w, "compatible", "google,goldfish-rtc");
	fdtw_end_node(w);
	return 0;
}

/* The clock goes on in the world's time wherever it is restored: @offset is what counts. */
static int rtc_save(struct vdev *v, struct vdev_state *out)
{
	return vdev_state_put(v, out, &to_rtc(v)->s, sizeof(struct rtc_state));
}

static int rtc_restore(struct vdev *v, const struct vdev_state *in)
{
	struct rtc *r = to_rtc(v);
	struct rtc_state s;
	unsigned long flags;
	int rc = vdev_state_get(in, &s, sizeof(s), STATE_VERSION);

	if (rc)
		return rc;
	flags = spin_lock_irqsave(&v->lock);
	r->s = s;
	rtc_update_irq(r);
	rtc_check_alarm(r);
	spin_unlock_irqrestore(&v->lock, flags);
	return 0;
}

static const struct vdev_ops rtc_ops = {
	.compatible = "lodge,rtc",
	.create = rtc_create,
	.destroy = rtc_destroy,
	.reset = rtc_reset,
	.read = rtc_read,
	.write = rtc_write,
	.fdt = rtc_fdt,
	.save = rtc_save,
	.restore = rtc_restore,
};
VDEV_REGISTER(rtc_ops);
