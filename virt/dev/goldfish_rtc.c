// SPDX-License-Identifier: Apache-2.0
/* "lodge,goldfish-rtc": the Goldfish real-time clock, with its alarm. Its unit is 1 ns. */
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/slab.h>
#include <lodge/vdev.h>
#include <lodge/vm.h>
#include "rtc.h"

#define RTC_TIME_LOW	    0x00 /* reading it latches TIME_HIGH */
#define RTC_TIME_HIGH	    0x04
#define RTC_ALARM_LOW	    0x08 /* writing it arms the alarm */
#define RTC_ALARM_HIGH	    0x0c
#define RTC_IRQ_ENABLED	    0x10
#define RTC_CLEAR_ALARM	    0x14
#define RTC_ALARM_STATUS    0x18
#define RTC_CLEAR_INTERRUPT 0x1c

#define STATE_VERSION 1

/**
 * struct goldfish_state - the guest-visible state, as it is saved
 * @time_high:	upper half of the last read of TIME_LOW
 * @pending:	the alarm came, and nobody has cleared the interrupt
 */
struct goldfish_state {
	struct vdev_state_header header;
	struct rtc_clock clock;
	u32 time_high;
	u8 irq_enabled, pending, reserved[2];
};

struct goldfish {
	struct rtc rtc;
	struct goldfish_state s;
};

static struct goldfish *to_goldfish(struct vdev *v)
{
	return container_of(v, struct goldfish, rtc.vdev);
}

static void goldfish_update_irq(struct goldfish *g)
{
	rtc_set_irq(&g->rtc, g->s.irq_enabled && g->s.pending);
}

static void goldfish_ring(struct rtc *r)
{
	struct goldfish *g = container_of(r, struct goldfish, rtc);

	g->s.pending = true;
	goldfish_update_irq(g);
}

static u64 goldfish_read_locked(struct goldfish *g, u64 off)
{
	u64 now;

	switch (off) {
	case RTC_TIME_LOW:
		now = rtc_now(&g->rtc);
		g->s.time_high = (u32)(now >> 32);
		return (u32)now;
	case RTC_TIME_HIGH:
		return g->s.time_high;
	case RTC_ALARM_LOW:
		return (u32)g->s.clock.alarm;
	case RTC_ALARM_HIGH:
		return g->s.clock.alarm >> 32;
	case RTC_IRQ_ENABLED:
		return g->s.irq_enabled;
	case RTC_ALARM_STATUS:
		return g->s.clock.running;
	default:
		return 0;
	}
}

static u64 goldfish_read(struct vdev *v, struct vcpu *vcpu, u64 off, unsigned int width)
{
	u64 val;

	if (width != 4)
		return 0;
	spin_lock(&v->lock);
	val = goldfish_read_locked(to_goldfish(v), off);
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

/* Each half of the time takes effect when it is written. */
static void goldfish_write_locked(struct goldfish *g, u64 off, u32 val)
{
	u64 now = rtc_now(&g->rtc);

	switch (off) {
	case RTC_TIME_LOW:
		rtc_set_time(&g->rtc, now, replace_low(now, val));
		break;
	case RTC_TIME_HIGH:
		rtc_set_time(&g->rtc, now, replace_high(now, val));
		break;
	case RTC_ALARM_LOW:
		rtc_set_alarm(&g->rtc, replace_low(g->s.clock.alarm, val));
		break;
	case RTC_ALARM_HIGH:
		g->s.clock.alarm = replace_high(g->s.clock.alarm, val);
		break;
	case RTC_IRQ_ENABLED:
		g->s.irq_enabled = val & 1;
		break;
	case RTC_CLEAR_ALARM:
		g->s.clock.running = false;
		break;
	case RTC_CLEAR_INTERRUPT:
		g->s.pending = false;
		break;
	}
	goldfish_update_irq(g);
}

static void goldfish_write(struct vdev *v, struct vcpu *vcpu, u64 off, unsigned int width, u64 val)
{
	if (width != 4)
		return;
	spin_lock(&v->lock);
	goldfish_write_locked(to_goldfish(v), off, (u32)val);
	spin_unlock(&v->lock);
}

static void goldfish_reset(struct vdev *v)
{
	struct goldfish *g = to_goldfish(v);
	unsigned long flags = spin_lock_irqsave(&v->lock);

	/* A clock with a battery: the time that was set stays set. */
	g->s = (struct goldfish_state){
		.header = { STATE_VERSION, sizeof(g->s) },
		.clock.offset = g->s.clock.offset,
	};
	goldfish_update_irq(g);
	spin_unlock_irqrestore(&v->lock, flags);
	rtc_stop(&g->rtc);
}

static const struct vdev_ops goldfish_ops;

static int goldfish_create(struct vm *vm, const struct vdev_config *cfg, struct vdev **out)
{
	struct goldfish *g = kzalloc_for(vm->account, sizeof(*g));

	if (!g)
		return -ENOMEM;
	rtc_init(&g->rtc, &goldfish_ops, vm, cfg, &g->s.clock, goldfish_ring);
	goldfish_reset(&g->rtc.vdev);
	*out = &g->rtc.vdev;
	return 0;
}

static void goldfish_destroy(struct vdev *v)
{
	struct goldfish *g = to_goldfish(v);

	rtc_stop(&g->rtc);
	kfree_for(v->vm->account, g);
}

static int goldfish_fdt(struct vdev *v, struct fdt_writer *w)
{
	vdev_fdt_node(v, w, "rtc");
	fdtw_string(w, "compatible", "google,goldfish-rtc");
	fdtw_end_node(w);
	return 0;
}

/* The clock goes on in the world's time wherever it is restored: its offset is what counts. */
static int goldfish_save(struct vdev *v, struct vdev_state *out)
{
	return vdev_state_put(v, out, &to_goldfish(v)->s, sizeof(struct goldfish_state));
}

static int goldfish_restore(struct vdev *v, const struct vdev_state *in)
{
	struct goldfish *g = to_goldfish(v);
	struct goldfish_state s;
	unsigned long flags;
	int rc = vdev_state_get(in, &s, sizeof(s), STATE_VERSION);

	if (rc)
		return rc;
	flags = spin_lock_irqsave(&v->lock);
	g->s = s;
	goldfish_update_irq(g);
	rtc_check_alarm(&g->rtc);
	spin_unlock_irqrestore(&v->lock, flags);
	return 0;
}

static const struct vdev_ops goldfish_ops = {
	.compatible = "lodge,goldfish-rtc",
	.create = goldfish_create,
	.destroy = goldfish_destroy,
	.reset = goldfish_reset,
	.read = goldfish_read,
	.write = goldfish_write,
	.fdt = goldfish_fdt,
	.save = goldfish_save,
	.restore = goldfish_restore,
};
VDEV_REGISTER(goldfish_ops);
