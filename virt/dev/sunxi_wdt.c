// SPDX-License-Identifier: Apache-2.0
/*
 * "lodge,sunxi-wdt": the watchdog of Allwinner's D1 (D1-H User Manual 1.2, "Timer"), whose registers
 * there are a second time in a block of their own. It resets or interrupts, as its configuration says.
 */
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/slab.h>
#include <lodge/vdev.h>
#include <lodge/vm.h>
#include "watchdog.h"

#define WDOG_IRQ_EN_REG	    0x00
#define WDOG_IRQ_STA_REG    0x04
#define WDOG_SOFT_RST_REG   0x08
#define WDOG_CTRL_REG	    0x10
#define WDOG_CFG_REG	    0x14
#define WDOG_MODE_REG	    0x18
#define WDOG_OUTPUT_CFG_REG 0x1c

#define KEY_FIELD	   0x16aa /* in the upper half of what is stored to four of them */
#define CTRL_RESTART	   (0xa57 << 1 | 1)
#define CTRL_VALID	   0x1fff
#define CFG_SYSTEM	   1 /* of CFG_MODE: reset the whole system */
#define CFG_INTERRUPT	   2
#define CFG_MODE	   3
#define CFG_VALID	   (BIT(8) | CFG_MODE)
#define MODE_EN		   BIT(0)
#define MODE_INTV(mode)	   ((mode) >> 4 & 15)
#define MODE_VALID	   0xf1
#define OUTPUT_CFG_VALID   0xfff
#define OUTPUT_CFG_DEFAULT 0x1f /* 1 ms */

#define CLOCK_HZ      32000 /* of either clock source */
#define STATE_VERSION 1

/* The guest-visible state, as it is saved. */
struct sunxi_state {
	struct vdev_state_header header;
	struct watchdog_count count;
	u16 cfg, output_cfg;
	u8 mode, irq_en, irq_sta, reserved;
};

struct sunxi {
	struct watchdog dog;
	struct sunxi_state s;
};

static struct sunxi *to_sunxi(struct vdev *v)
{
	return container_of(v, struct sunxi, dog.vdev);
}

static void sunxi_update_irq(struct sunxi *p)
{
	watchdog_set_irq(&p->dog, p->s.irq_sta && p->s.irq_en);
}

/* In cycles; what is reserved is the longest there is. */
static u32 sunxi_interval(const struct sunxi_state *s)
{
	static const u8 half_seconds[16] = { 1,	 2,  4,	 6,  8,	 10, 12, 16,
					     20, 24, 28, 32, 32, 32, 32, 32 };

	return half_seconds[MODE_INTV(s->mode)] * (CLOCK_HZ / 2);
}

static void sunxi_restart(struct sunxi *p)
{
	if (p->s.mode & MODE_EN)
		watchdog_run(&p->dog, sunxi_interval(&p->s));
	else
		watchdog_set(&p->dog, sunxi_interval(&p->s));
}

static bool sunxi_expire(struct watchdog *w)
{
	struct sunxi *p = container_of(w, struct sunxi, dog);

	/* Whether it resets or not, it has reached its interval. */
	p->s.irq_sta = 1;
	sunxi_update_irq(p);
	if ((p->s.cfg & CFG_MODE) == CFG_INTERRUPT)
		sunxi_restart(p);
	return (p->s.cfg & CFG_MODE) == CFG_SYSTEM;
}

static u32 sunxi_reg(const struct sunxi_state *s, u64 off)
{
	switch (off) {
	case WDOG_IRQ_EN_REG:
		return s->irq_en;
	case WDOG_IRQ_STA_REG:
		return s->irq_sta;
	case WDOG_CFG_REG:
		return s->cfg;
	case WDOG_MODE_REG:
		return s->mode;
	case WDOG_OUTPUT_CFG_REG:
		return s->output_cfg;
	default:
		return 0;
	}
}

static u64 sunxi_read(struct vdev *v, struct vcpu *vcpu, u64 off, unsigned int width)
{
	u32 val;

	if (width != 4)
		return 0;
	spin_lock(&v->lock);
	val = sunxi_reg(&to_sunxi(v)->s, off);
	spin_unlock(&v->lock);
	return val;
}

static void sunxi_write_mode(struct sunxi *p, u8 val)
{
	u8 old = p->s.mode;

	p->s.mode = val & MODE_VALID;
	/* Another interval counts from its next restart on. */
	if (!((old ^ val) & MODE_EN))
		return;
	if (val & MODE_EN)
		sunxi_restart(p);
	else
		watchdog_stop(&p->dog);
}

/* Return: whether the machine is to be reset. */
static bool sunxi_set_reg(struct sunxi *p, u64 off, u32 val)
{
	struct sunxi_state *s = &p->s;
	bool has_key = val >> 16 == KEY_FIELD;

	switch (off) {
	case WDOG_IRQ_EN_REG:
		s->irq_en = val & 1;
		break;
	case WDOG_IRQ_STA_REG:
		s->irq_sta &= (u8)~val;
		break;
	case WDOG_SOFT_RST_REG:
		/* While it is enabled, it can't be used so. */
		return has_key && (val & 1) && !(s->mode & MODE_EN);
	case WDOG_CTRL_REG:
		if ((val & CTRL_VALID) == CTRL_RESTART)
			sunxi_restart(p);
		break;
	case WDOG_CFG_REG:
		if (has_key)
			s->cfg = val & CFG_VALID;
		break;
	case WDOG_MODE_REG:
		if (has_key)
			sunxi_write_mode(p, (u8)val);
		break;
	case WDOG_OUTPUT_CFG_REG:
		s->output_cfg = val & OUTPUT_CFG_VALID;
		break;
	}
	return false;
}

static void sunxi_write(struct vdev *v, struct vcpu *vcpu, u64 off, unsigned int width, u64 val)
{
	struct sunxi *p = to_sunxi(v);
	bool failed;

	if (width != 4)
		return;
	spin_lock(&v->lock);
	failed = sunxi_set_reg(p, off, (u32)val);
	sunxi_update_irq(p);
	spin_unlock(&v->lock);
	if (failed)
		vm_request_reset(v->vm, 0); /* the guest wants it */
}

/* ---- life ---- */

static void sunxi_reset(struct vdev *v)
{
	struct sunxi *p = to_sunxi(v);
	unsigned long flags = spin_lock_irqsave(&v->lock);

	p->s = (struct sunxi_state){ .header = { STATE_VERSION, sizeof(p->s) },
				     .cfg = CFG_SYSTEM,
				     .output_cfg = OUTPUT_CFG_DEFAULT };
	sunxi_restart(p);
	sunxi_update_irq(p);
	spin_unlock_irqrestore(&v->lock, flags);
	watchdog_quit(&p->dog);
}

static const struct vdev_ops sunxi_ops;

static int sunxi_create(struct vm *vm, const struct vdev_config *cfg, struct vdev **out)
{
	struct sunxi *p = kzalloc_for(vm->account, sizeof(*p));

	if (!p)
		return -ENOMEM;
	watchdog_init(&p->dog, &sunxi_ops, vm, cfg);
	p->dog.count = &p->s.count;
	p->dog.hz = CLOCK_HZ;
	p->dog.expire = sunxi_expire;
	sunxi_reset(&p->dog.vdev);
	*out = &p->dog.vdev;
	return 0;
}

static void sunxi_destroy(struct vdev *v)
{
	struct sunxi *p = to_sunxi(v);

	watchdog_quit(&p->dog);
	kfree_for(v->vm->account, p);
}

/* Its clocks always run: no driver that knows this device has to have them. */
static int sunxi_fdt(struct vdev *v, struct fdt_writer *w)
{
	vdev_fdt_node(v, w, "watchdog");
	fdtw_string(w, "compatible", "allwinner,sun20i-d1-wdt");
	fdtw_end_node(w);
	return 0;
}

static int sunxi_save(struct vdev *v, struct vdev_state *out)
{
	struct sunxi *p = to_sunxi(v);

	return watchdog_save(&p->dog, out, &p->s, sizeof(p->s));
}

static int sunxi_restore(struct vdev *v, const struct vdev_state *in)
{
	struct sunxi *p = to_sunxi(v);
	struct sunxi_state s;
	unsigned long flags;
	int rc = vdev_state_get(in, &s, sizeof(s), STATE_VERSION);

	if (rc)
		return rc;
	s.cfg &= CFG_VALID;
	s.mode &= MODE_VALID;
	s.output_cfg &= OUTPUT_CFG_VALID;
	s.irq_en &= 1;
	s.irq_sta &= 1;
	/* It never goes round. */
	if (!watchdog_count_is_good(&s.count, 16 * CLOCK_HZ) || s.count.period)
		return -EINVAL;
	flags = spin_lock_irqsave(&v->lock);
	p->s = s;
	watchdog_restored(&p->dog);
	sunxi_update_irq(p);
	spin_unlock_irqrestore(&v->lock, flags);
	return 0;
}

static const struct vdev_ops sunxi_ops = {
	.compatible = "lodge,sunxi-wdt",
	.create = sunxi_create,
	.destroy = sunxi_destroy,
	.reset = sunxi_reset,
	.vm_state = watchdog_vm_state,
	.read = sunxi_read,
	.write = sunxi_write,
	.fdt = sunxi_fdt,
	.save = sunxi_save,
	.restore = sunxi_restore,
};
VDEV_REGISTER(sunxi_ops);
