// SPDX-License-Identifier: Apache-2.0
/*
 * "lodge,pl061": Arm's PrimeCell GPIO (Arm DDI 0190 B) with eight pins. The VM's power button is at one of
 * them, where QEMU's board has it. Nothing is at the others, which are low unless the guest drives
 * them; and no other function of a pin is to be had by AFSEL, which only reads back.
 */
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/slab.h>
#include <lodge/vdev.h>
#include <lodge/vm.h>
#include "gpio_key.h"
#include "primecell.h"

#define GPIODATA_END 0x400 /* its address says which pins an access is of, by bits 9 to 2 */
#define GPIODIR	     0x400
#define GPIOIS	     0x404
#define GPIOIBE	     0x408
#define GPIOIEV	     0x40c
#define GPIOIE	     0x410
#define GPIORIS	     0x414
#define GPIOMIS	     0x418
#define GPIOIC	     0x41c
#define GPIOAFSEL    0x420

#define PL061_PART     0x61
#define PL061_REVISION 0
#define STATE_VERSION  1

#define POWER_PIN 3

/**
 * struct pl061_state - the guest-visible state, as it is saved: a bit for each pin
 * @in:	   high from outside
 * @out:   what the guest drives, where it does
 * @edges: that have been seen, and not been cleared
 */
struct pl061_state {
	struct vdev_state_header header;
	u8 in, out, dir, is, ibe, iev, ie, afsel, edges, reserved[7];
};

struct pl061 {
	struct vdev vdev;
	struct pl061_state s;
	bool irq_level; /* what vm_irq_set() was told last */
};

static struct pl061 *to_pl061(struct vdev *v)
{
	return container_of(v, struct pl061, vdev);
}

/* What is driven and what comes from outside is seen at the pins in the same way. */
static u8 pl061_pins(const struct pl061 *p)
{
	return (u8)((p->s.out & p->s.dir) | (p->s.in & ~p->s.dir));
}

/* 3.3.3 to 3.3.7: levels count while they are there, edges until they are cleared. */
static u8 pl061_raw(const struct pl061 *p)
{
	return (u8)(p->s.edges | (p->s.is & ~(pl061_pins(p) ^ p->s.iev)));
}

static void pl061_update_irq(struct pl061 *p)
{
	bool level = (pl061_raw(p) & p->s.ie) != 0;

	if (level == p->irq_level)
		return;
	p->irq_level = level;
	vm_irq_set(p->vdev.vm, p->vdev.irq, level);
}

/* After a change of what makes pins, or of how they are looked at; they were @before. */
static void pl061_update(struct pl061 *p, u8 before)
{
	u8 pins = pl061_pins(p);

	p->s.edges |= (u8)((pins ^ before) & (p->s.ibe | ~(pins ^ p->s.iev)));
	p->s.edges &= (u8)~p->s.is;
	pl061_update_irq(p);
}

static u32 pl061_reg(const struct pl061 *p, u64 off)
{
	if (off < GPIODATA_END)
		return pl061_pins(p) & (u32)(off >> 2);
	switch (off) {
	case GPIODIR:
		return p->s.dir;
	case GPIOIS:
		return p->s.is;
	case GPIOIBE:
		return p->s.ibe;
	case GPIOIEV:
		return p->s.iev;
	case GPIOIE:
		return p->s.ie;
	case GPIORIS:
		return pl061_raw(p);
	case GPIOMIS:
		return pl061_raw(p) & p->s.ie;
	case GPIOAFSEL:
		return p->s.afsel;
	default:
		return primecell_id(off, PL061_PART, PL061_REVISION);
	}
}

static u64 pl061_read(struct vdev *v, struct vcpu *vcpu, u64 off, unsigned int width)
{
	u32 val;

	spin_lock(&v->lock);
	val = pl061_reg(to_pl061(v), ALIGN_DOWN(off, 4));
	spin_unlock(&v->lock);
	return primecell_narrow(val, off, width);
}

static void pl061_set(struct pl061 *p, u64 off, u8 val)
{
	u8 mask;

	if (off < GPIODATA_END) {
		mask = (u8)(off >> 2);
		p->s.out = (p->s.out & (u8)~mask) | (val & mask);
		return;
	}
	switch (off) {
	case GPIODIR:
		p->s.dir = val;
		break;
	case GPIOIS:
		p->s.is = val;
		break;
	case GPIOIBE:
		p->s.ibe = val;
		break;
	case GPIOIEV:
		p->s.iev = val;
		break;
	case GPIOIE:
		p->s.ie = val;
		break;
	case GPIOIC:
		p->s.edges &= (u8)~val;
		break;
	case GPIOAFSEL:
		p->s.afsel = val;
		break;
	}
}

/* Registers have 8 bits, and drivers that access them so. */
static void pl061_write(struct vdev *v, struct vcpu *vcpu, u64 off, unsigned int width, u64 val)
{
	struct pl061 *p = to_pl061(v);
	u8 before;

	if (off % 4)
		return;
	spin_lock(&v->lock);
	before = pl061_pins(p);
	pl061_set(p, off, (u8)val);
	pl061_update(p, before);
	spin_unlock(&v->lock);
}

static void pl061_power_button(struct vdev *v, bool pressed)
{
	unsigned long flags = spin_lock_irqsave(&v->lock);
	struct pl061 *p = to_pl061(v);
	u8 before = pl061_pins(p);

	p->s.in = pressed ? BIT(POWER_PIN) : 0;
	pl061_update(p, before);
	spin_unlock_irqrestore(&v->lock, flags);
}

static void pl061_reset(struct vdev *v)
{
	struct pl061 *p = to_pl061(v);
	unsigned long flags = spin_lock_irqsave(&v->lock);

	p->s = (struct pl061_state){ .header = { STATE_VERSION, sizeof(p->s) } };
	pl061_update_irq(p);
	spin_unlock_irqrestore(&v->lock, flags);
}

static const struct vdev_ops pl061_ops;

static int pl061_create(struct vm *vm, const struct vdev_config *cfg, struct vdev **out)
{
	struct pl061 *p = kzalloc_for(vm->account, sizeof(*p));

	if (!p)
		return -ENOMEM;
	vdev_init(&p->vdev, &pl061_ops, vm, cfg);
	pl061_reset(&p->vdev);
	*out = &p->vdev;
	return 0;
}

static void pl061_destroy(struct vdev *v)
{
	kfree_for(v->vm->account, to_pl061(v));
}

static int pl061_fdt(struct vdev *v, struct fdt_writer *w)
{
	static const char compatible[] = "arm,pl061\0arm,primecell";

	gpio_fdt(v, w, "pl061", compatible, sizeof(compatible));
	fdtw_u32(w, "clocks", GUEST_PHANDLE_APB_CLOCK);
	fdtw_string(w, "clock-names", "apb_pclk");
	gpio_fdt_end(v, w, POWER_PIN);
	return 0;
}

static int pl061_save(struct vdev *v, struct vdev_state *out)
{
	return vdev_state_put(v, out, &to_pl061(v)->s, sizeof(struct pl061_state));
}

static int pl061_restore(struct vdev *v, const struct vdev_state *in)
{
	struct pl061 *p = to_pl061(v);
	struct pl061_state s;
	unsigned long flags;
	int rc = vdev_state_get(in, &s, sizeof(s), STATE_VERSION);

	if (rc)
		return rc;
	s.in &= BIT(POWER_PIN);
	s.edges &= (u8)~s.is;
	flags = spin_lock_irqsave(&v->lock);
	p->s = s;
	pl061_update_irq(p);
	spin_unlock_irqrestore(&v->lock, flags);
	return 0;
}

static const struct vdev_ops pl061_ops = {
	.compatible = "lodge,pl061",
	.create = pl061_create,
	.destroy = pl061_destroy,
	.reset = pl061_reset,
	.read = pl061_read,
	.write = pl061_write,
	.power_button = pl061_power_button,
	.fdt = pl061_fdt,
	.apb = true,
	.save = pl061_save,
	.restore = pl061_restore,
};
VDEV_REGISTER(pl061_ops);
