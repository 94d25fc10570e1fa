// SPDX-License-Identifier: Apache-2.0
/*
 * How a guest ends or restarts itself: "lodge,acpi-power", the sleep registers of a
 * hardware-reduced platform (ACPI 6.5, 4.8.3.7) and the line of its power button, and "lodge,reset-control", the register that
 * the FADT names for resets and that software without ACPI knows as well.
 *
 * The sleep control register has its bits where the upper byte of a PM1 control register has
 * them, and lies behind one, so that software which writes such a register as a word,
 * at the place where other virtual machines have it, powers off too.
 */
#include <lodge/errno.h>
#include <lodge/slab.h>
#include <lodge/vdev.h>
#include <lodge/vm.h>
#include <asm/vpower.h>

#define STATE_VERSION 1

#define SLEEP_TYPE   0x1c
#define SLEEP_ENABLE BIT(5)
#define SLEEP_S5     0 /* SLP_TYP that \_S5 has in the DSDT */

#define RESET_CPU   BIT(2) /* resets when it becomes set */
#define RESET_VALID 0x0e

struct vpower_state {
	struct vdev_state_header header;
	u8 reg, reserved[7];
};

struct vpower {
	struct vdev vdev;
	struct vpower_state s;
};

static struct vpower *to_vpower(struct vdev *v)
{
	return container_of(v, struct vpower, vdev);
}

/* ---- sleep ---- */

/* Nothing wakes this machine, so the status is 0, as is what was asked for. */
static u64 sleep_read(struct vdev *v, struct vcpu *vcpu, u64 off, unsigned int width)
{
	return 0;
}

static void sleep_write(struct vdev *v, struct vcpu *vcpu, u64 off, unsigned int width, u64 val)
{
	unsigned int byte = ACPI_SLEEP_CONTROL - ACPI_POWER_PORTS;

	if (off > byte || off + width <= byte)
		return;
	val >>= 8 * (byte - off);
	if ((val & SLEEP_ENABLE) && (val & SLEEP_TYPE) >> 2 == SLEEP_S5)
		vm_request_shutdown(v->vm, 0);
}

/* Its interrupt is the generic event device's in the DSDT, which takes its edge as a press. */
static void sleep_power_button(struct vdev *v, bool pressed)
{
	vm_irq_set(v->vm, v->irq, pressed);
}

/* ---- reset ---- */

static u64 reset_read(struct vdev *v, struct vcpu *vcpu, u64 off, unsigned int width)
{
	/* Another vCPU may write it. */
	return READ_ONCE(to_vpower(v)->s.reg);
}

static void reset_write(struct vdev *v, struct vcpu *vcpu, u64 off, unsigned int width, u64 val)
{
	struct vpower *p = to_vpower(v);
	u8 old;

	spin_lock(&v->lock);
	old = p->s.reg;
	WRITE_ONCE(p->s.reg, (u8)(val & RESET_VALID));
	spin_unlock(&v->lock);
	if (!(old & RESET_CPU) && (val & RESET_CPU))
		vm_request_reset(v->vm, 0);
}

/* ---- life, of both ---- */

static void vpower_reset(struct vdev *v)
{
	struct vpower *p = to_vpower(v);

	p->s = (struct vpower_state){ .header = { STATE_VERSION, sizeof(p->s) } };
}

static void sleep_reset(struct vdev *v)
{
	vpower_reset(v);
	sleep_power_button(v, false);
}

static int vpower_create(const struct vdev_ops *ops, u64 size, struct vm *vm,
			 const struct vdev_config *cfg, struct vdev **out)
{
	struct vpower *p;

	if (cfg->size != size)
		return -EINVAL;
	p = kzalloc_for(vm->account, sizeof(*p));
	if (!p)
		return -ENOMEM;
	vdev_init(&p->vdev, ops, vm, cfg);
	vpower_reset(&p->vdev);
	*out = &p->vdev;
	return 0;
}

static void vpower_destroy(struct vdev *v)
{
	kfree_for(v->vm->account, to_vpower(v));
}

static int vpower_save(struct vdev *v, struct vdev_state *out)
{
	return vdev_state_put(v, out, &to_vpower(v)->s, sizeof(struct vpower_state));
}

static int vpower_restore(struct vdev *v, const struct vdev_state *in)
{
	struct vpower_state s;
	int rc = vdev_state_get(in, &s, sizeof(s), STATE_VERSION);

	if (rc)
		return rc;
	s.reg &= RESET_VALID;
	to_vpower(v)->s = s;
	return 0;
}

static const struct vdev_ops sleep_ops, reset_ops;

static int sleep_create(struct vm *vm, const struct vdev_config *cfg, struct vdev **out)
{
	return vpower_create(&sleep_ops, ACPI_POWER_NR_PORTS, vm, cfg, out);
}

static int reset_create(struct vm *vm, const struct vdev_config *cfg, struct vdev **out)
{
	return vpower_create(&reset_ops, 1, vm, cfg, out);
}

static const struct vdev_ops sleep_ops = {
	.compatible = "lodge,acpi-power",
	.create = sleep_create,
	.destroy = vpower_destroy,
	.reset = sleep_reset,
	.read = sleep_read,
	.write = sleep_write,
	.power_button = sleep_power_button,
	.save = vpower_save,
	.restore = vpower_restore,
};
VDEV_REGISTER(sleep_ops);

static const struct vdev_ops reset_ops = {
	.compatible = "lodge,reset-control",
	.create = reset_create,
	.destroy = vpower_destroy,
	.reset = vpower_reset,
	.read = reset_read,
	.write = reset_write,
	.save = vpower_save,
	.restore = vpower_restore,
};
VDEV_REGISTER(reset_ops);
