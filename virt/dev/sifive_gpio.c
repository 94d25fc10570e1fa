// SPDX-License-Identifier: Apache-2.0
/*
 * "lodge,sifive-gpio": SiFive's GPIO (FU540-C000 manual v1.0, chapter 17) with one pin, and the VM's power button
 * at it: a pin has an interrupt of its own there, and a device here has one. Pull-ups and drive strength
 * only read back, as nothing weak is at the pin.
 */
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/slab.h>
#include <lodge/vdev.h>
#include <lodge/vm.h>
#include "gpio_key.h"

/* Registers, by words. */
enum {
	INPUT_VAL,
	INPUT_EN,
	OUTPUT_EN,
	OUTPUT_VAL,
	PUE,
	DS,
	RISE_IE,
	RISE_IP,
	FALL_IE,
	FALL_IP,
	HIGH_IE,
	HIGH_IP,
	LOW_IE,
	LOW_IP,
	OUT_XOR = 0x40 / 4,
	NR_REGS
};

#define PIN	      1u /* the bit of the only one */
#define POWER_PIN     0
#define STATE_VERSION 1

/**
 * struct sifive_gpio_state - the guest-visible state, as it is saved
 * @reg: by their offsets; those that are no registers stay 0
 * @in:  high from outside
 */
struct sifive_gpio_state {
	struct vdev_state_header header;
	u8 reg[NR_REGS], in, reserved[6];
};

struct sifive_gpio {
	struct vdev vdev;
	struct sifive_gpio_state s;
	bool irq_level; /* what vm_irq_set() was told last */
};

static struct sifive_gpio *to_gpio(struct vdev *v)
{
	return container_of(v, struct sifive_gpio, vdev);
}

/* What is driven and what comes from outside is seen at the pin in the same way. */
static u8 gpio_pin(const struct sifive_gpio *g)
{
	const u8 *r = g->s.reg;
	u8 level = r[OUTPUT_EN] ? r[OUTPUT_VAL] ^ r[OUT_XOR] : g->s.in;

	return level & r[INPUT_EN];
}

static void gpio_update_irq(struct sifive_gpio *g)
{
	const u8 *r = g->s.reg;
	bool level = (r[RISE_IE] & r[RISE_IP]) | (r[FALL_IE] & r[FALL_IP]) |
		     (r[HIGH_IE] & r[HIGH_IP]) | (r[LOW_IE] & r[LOW_IP]);

	if (level == g->irq_level)
		return;
	g->irq_level = level;
	vm_irq_set(g->vdev.vm, g->vdev.irq, level);
}

/* What was written, or comes from outside, is seen now. A level is pending again at once if it lasts. */
static void gpio_update(struct sifive_gpio *g)
{
	u8 *r = g->s.reg, pin = gpio_pin(g);

	r[RISE_IP] |= pin & (u8)~r[INPUT_VAL];
	r[FALL_IP] |= r[INPUT_VAL] & (u8)~pin;
	r[INPUT_VAL] = pin;
	r[HIGH_IP] |= pin;
	r[LOW_IP] |= pin ^ PIN;
	gpio_update_irq(g);
}

/* The number of the register at @off, or NR_REGS: a driver accesses them by words. */
static unsigned int gpio_reg(u64 off, unsigned int width)
{
	u64 n = off / 4;
	bool is_one = n <= LOW_IP || n == OUT_XOR;

	return off % 4 || width != 4 || !is_one ? NR_REGS : (unsigned int)n;
}

static u64 gpio_read(struct vdev *v, struct vcpu *vcpu, u64 off, unsigned int width)
{
	unsigned int n = gpio_reg(off, width);
	u64 val = 0;

	if (n == NR_REGS)
		return 0;
	spin_lock(&v->lock);
	val = to_gpio(v)->s.reg[index_nospec(n, NR_REGS)];
	spin_unlock(&v->lock);
	return val;
}

static void gpio_write(struct vdev *v, struct vcpu *vcpu, u64 off, unsigned int width, u64 val)
{
	unsigned int n = gpio_reg(off, width);
	struct sifive_gpio *g = to_gpio(v);
	u8 *r;

	if (n == NR_REGS || n == INPUT_VAL)
		return;
	spin_lock(&v->lock);
	r = &g->s.reg[index_nospec(n, NR_REGS)];
	if (n == RISE_IP || n == FALL_IP || n == HIGH_IP || n == LOW_IP)
		*r &= (u8)~val;
	else
		*r = val & PIN;
	gpio_update(g);
	spin_unlock(&v->lock);
}

static void gpio_power_button(struct vdev *v, bool pressed)
{
	unsigned long flags = spin_lock_irqsave(&v->lock);
	struct sifive_gpio *g = to_gpio(v);

	g->s.in = pressed;
	gpio_update(g);
	spin_unlock_irqrestore(&v->lock, flags);
}

static void gpio_reset(struct vdev *v)
{
	struct sifive_gpio *g = to_gpio(v);
	unsigned long flags = spin_lock_irqsave(&v->lock);

	g->s = (struct sifive_gpio_state){ .header = { STATE_VERSION, sizeof(g->s) } };
	gpio_update(g);
	spin_unlock_irqrestore(&v->lock, flags);
}

static const struct vdev_ops sifive_gpio_ops;

static int gpio_create(struct vm *vm, const struct vdev_config *cfg, struct vdev **out)
{
	struct sifive_gpio *g = kzalloc_for(vm->account, sizeof(*g));

	if (!g)
		return -ENOMEM;
	vdev_init(&g->vdev, &sifive_gpio_ops, vm, cfg);
	gpio_reset(&g->vdev);
	*out = &g->vdev;
	return 0;
}

static void gpio_destroy(struct vdev *v)
{
	kfree_for(v->vm->account, to_gpio(v));
}

static int gpio_node(struct vdev *v, struct fdt_writer *w)
{
	static const char compatible[] = "sifive,fu540-c000-gpio\0sifive,gpio0";

	gpio_fdt(v, w, "gpio", compatible, sizeof(compatible));
	fdtw_u32(w, "ngpios", 1);
	gpio_fdt_end(v, w, POWER_PIN);
	return 0;
}

static int gpio_save(struct vdev *v, struct vdev_state *out)
{
	return vdev_state_put(v, out, &to_gpio(v)->s, sizeof(struct sifive_gpio_state));
}

static int gpio_restore(struct vdev *v, const struct vdev_state *in)
{
	struct sifive_gpio *g = to_gpio(v);
	struct sifive_gpio_state s;
	unsigned long flags;
	unsigned int i;
	int rc = vdev_state_get(in, &s, sizeof(s), STATE_VERSION);

	if (rc)
		return rc;
	for (i = 0; i < NR_REGS; i++)
		s.reg[i] &= i <= LOW_IP || i == OUT_XOR ? PIN : 0;
	s.in &= PIN;
	flags = spin_lock_irqsave(&v->lock);
	g->s = s;
	gpio_update(g);
	spin_unlock_irqrestore(&v->lock, flags);
	return 0;
}

static const struct vdev_ops sifive_gpio_ops = {
	.compatible = "lodge,sifive-gpio",
	.create = gpio_create,
	.destroy = gpio_destroy,
	.reset = gpio_reset,
	.read = gpio_read,
	.write = gpio_write,
	.power_button = gpio_power_button,
	.fdt = gpio_node,
	.save = gpio_save,
	.restore = gpio_restore,
};
VDEV_REGISTER(sifive_gpio_ops);
