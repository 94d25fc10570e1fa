// SPDX-License-Identifier: Apache-2.0
/*
 * "lodge,pl031": Arm's PrimeCell real-time clock (Arm DDI 0224 C), with its alarm. It counts
 * seconds since 1970 in 32 bits, and always runs.
 */
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/slab.h>
#include <lodge/vdev.h>
#include <lodge/vm.h>
#include "primecell.h"
#include "rtc.h"

#define RTC_DR	 0x00
#define RTC_MR	 0x04 /* the alarm */
#define RTC_LR	 0x08 /* writing it sets the time */
#define RTC_CR	 0x0c
#define RTC_IMSC 0x10
#define RTC_RIS	 0x14
#define RTC_MIS	 0x18
#define RTC_ICR	 0x1c

#define CR_START  1
#define INT_MATCH 1

#define PL031_PART     0x31
#define PL031_REVISION 1
#define STATE_VERSION  1

#define NSEC_PER_SEC 1000000000ull

/**
 * struct pl031_state - the guest-visible state, as it is saved
 * @clock: its alarm runs from the first write of MR on
 */
struct pl031_state {
	struct vdev_state_header header;
	struct rtc_clock clock;
	u32 mr, lr;
	u8 imsc, ris, reserved[6];
};

struct pl031 {
	struct rtc rtc;
	struct pl031_state s;
};

static struct pl031 *to_pl031(struct vdev *v)
{
	return container_of(v, struct pl031, rtc.vdev);
}

static void pl031_update_irq(struct pl031 *p)
{
	rtc_set_irq(&p->rtc, (p->s.ris & p->s.imsc) != 0);
}

static void pl031_ring(struct rtc *r)
{
	struct pl031 *p = container_of(r, struct pl031, rtc);

	p->s.ris = INT_MATCH;
	pl031_update_irq(p);
}

/* The next time, perhaps after the counter has wrapped, that it is what MR says. */
static void pl031_arm(struct pl031 *p)
{
	u64 now = rtc_now(&p->rtc) / NSEC_PER_SEC;

	rtc_set_alarm(&p->rtc, (now + (u32)(p->s.mr - (u32)now)) * NSEC_PER_SEC);
}

static void pl031_load(struct pl031 *p, u32 val)
{
	u64 now = rtc_now(&p->rtc);
	bool armed = p->s.clock.running;

	/* A jump over the alarm is no match. */
	p->s.clock.running = false;
	p->s.lr = val;
	rtc_set_time(&p->rtc, now, val * NSEC_PER_SEC + now % NSEC_PER_SEC);
	if (armed)
		pl031_arm(p);
}

static u32 pl031_reg(struct pl031 *p, u64 off)
{
	switch (off) {
	case RTC_DR:
		return (u32)(rtc_now(&p->rtc) / NSEC_PER_SEC);
	case RTC_MR:
		return p->s.mr;
	case RTC_LR:
		return p->s.lr;
	case RTC_CR:
		return CR_START;
	case RTC_IMSC:
		return p->s.imsc;
	case RTC_RIS:
		return p->s.ris;
	case RTC_MIS:
		return p->s.ris & p->s.imsc;
	default:
		return primecell_id(off, PL031_PART, PL031_REVISION);
	}
}

static u64 pl031_read(struct vdev *v, struct vcpu *vcpu, u64 off, unsigned int width)
{
	u32 val;

	spin_lock(&v->lock);
	val = pl031_reg(to_pl031(v), ALIGN_DOWN(off, 4));
	spin_unlock(&v->lock);
	return primecell_narrow(val, off, width);
}

static void pl031_write(struct vdev *v, struct vcpu *vcpu, u64 off, unsigned int width, u64 val)
{
	struct pl031 *p = to_pl031(v);

	if (width < 4)
		return;
	spin_lock(&v->lock);
	switch (off) {
	case RTC_MR:
		p->s.mr = (u32)val;
		pl031_arm(p);
		break;
	case RTC_LR:
		pl031_load(p, (u32)val);
		break;
	case RTC_IMSC:
		p->s.imsc = val & INT_MATCH;
		break;
	case RTC_ICR:
		p->s.ris &= (u8)~val;
		break;
	}
	pl031_update_irq(p);
	spin_unlock(&v->lock);
}

static void pl031_reset(struct vdev *v)
{
	struct pl031 *p = to_pl031(v);
	unsigned long flags = spin_lock_irqsave(&v->lock);

	/* A clock with a battery: the time that was set stays set. */
	p->s = (struct pl031_state){
		.header = { STATE_VERSION, sizeof(p->s) },
		.clock.offset = p->s.clock.offset,
	};
	pl031_update_irq(p);
	spin_unlock_irqrestore(&v->lock, flags);
	rtc_stop(&p->rtc);
}

static const struct vdev_ops pl031_ops;

static int pl031_create(struct vm *vm, const struct vdev_config *cfg, struct vdev **out)
{
	struct pl031 *p = kzalloc_for(vm->account, sizeof(*p));

	if (!p)
		return -ENOMEM;
	rtc_init(&p->rtc, &pl031_ops, vm, cfg, &p->s.clock, pl031_ring);
	pl031_reset(&p->rtc.vdev);
	*out = &p->rtc.vdev;
	return 0;
}

static void pl031_destroy(struct vdev *v)
{
	struct pl031 *p = to_pl031(v);

	rtc_stop(&p->rtc);
	kfree_for(v->vm->account, p);
}

static int pl031_fdt(struct vdev *v, struct fdt_writer *w)
{
	static const char compatible[] = "arm,pl031\0arm,primecell";

	vdev_fdt_node(v, w, "pl031");
	fdtw_prop(w, "compatible", compatible, sizeof(compatible));
	fdtw_u32(w, "clocks", GUEST_PHANDLE_APB_CLOCK);
	fdtw_string(w, "clock-names", "apb_pclk");
	fdtw_end_node(w);
	return 0;
}

/* As with every clock here, what is saved is its offset from the world's time. */
static int pl031_save(struct vdev *v, struct vdev_state *out)
{
	return vdev_state_put(v, out, &to_pl031(v)->s, sizeof(struct pl031_state));
}

static int pl031_restore(struct vdev *v, const struct vdev_state *in)
{
	struct pl031 *p = to_pl031(v);
	struct pl031_state s;
	unsigned long flags;
	int rc = vdev_state_get(in, &s, sizeof(s), STATE_VERSION);

	if (rc)
		return rc;
	s.imsc &= INT_MATCH;
	s.ris &= INT_MATCH;
	flags = spin_lock_irqsave(&v->lock);
	p->s = s;
	pl031_update_irq(p);
	rtc_check_alarm(&p->rtc);
	spin_unlock_irqrestore(&v->lock, flags);
	return 0;
}

static const struct vdev_ops pl031_ops = {
	.compatible = "lodge,pl031",
	.create = pl031_create,
	.destroy = pl031_destroy,
	.reset = pl031_reset,
	.read = pl031_read,
	.write = pl031_write,
	.fdt = pl031_fdt,
	.apb = true,
	.save = pl031_save,
	.restore = pl031_restore,
};
VDEV_REGISTER(pl031_ops);
