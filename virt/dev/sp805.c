// SPDX-License-Identifier: Apache-2.0
/*
 * "lodge,sp805": Arm's PrimeCell watchdog (Arm DDI 0270 B). When its counter is 0 for the first time
 * it interrupts, and when it is again and nobody has cleared that, it resets.
 */
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/slab.h>
#include <lodge/vdev.h>
#include <lodge/vm.h>
#include "primecell.h"
#include "watchdog.h"

#define WDOGLOAD    0x000
#define WDOGVALUE   0x004
#define WDOGCONTROL 0x008
#define WDOGINTCLR  0x00c
#define WDOGRIS	    0x010
#define WDOGMIS	    0x014
#define WDOGLOCK    0xc00
#define WDOGITCR    0xf00
#define WDOGITOP    0xf04

#define CONTROL_INTEN BIT(0) /* the counter falls, and its interrupt counts */
#define CONTROL_RESEN BIT(1)
#define CONTROL_VALID 3
#define LOCK_KEY      0x1acce551
#define ITCR_ITEN     BIT(0) /* the outputs are what ITOP says */
#define ITOP_WDOGRES  BIT(0)
#define ITOP_WDOGINT  BIT(1)
#define ITOP_VALID    3

#define SP805_PART     0x805
#define SP805_REVISION 1
#define STATE_VERSION  1

/* The guest-visible state, as it is saved. */
struct sp805_state {
	struct vdev_state_header header;
	struct watchdog_count count;
	u32 load;
	u8 control, ris, locked, itcr, itop, reserved[7];
};

struct sp805 {
	struct watchdog dog;
	struct sp805_state s;
};

static struct sp805 *to_sp805(struct vdev *v)
{
	return container_of(v, struct sp805, dog.vdev);
}

static void sp805_update_irq(struct sp805 *p)
{
	const struct sp805_state *s = &p->s;

	watchdog_set_irq(&p->dog,
			 s->itcr ? s->itop & ITOP_WDOGINT : s->ris && (s->control & CONTROL_INTEN));
}

/* The counter falls from @from on; a second 0 without a reset does nothing, so nobody waits for it. */
static void sp805_run(struct sp805 *p, u64 from)
{
	if (p->s.ris && !(p->s.control & CONTROL_RESEN))
		watchdog_run_round(&p->dog, from, (u64)p->s.load + 1);
	else
		watchdog_run(&p->dog, from);
}

static bool sp805_expire(struct watchdog *w)
{
	struct sp805 *p = container_of(w, struct sp805, dog);
	struct sp805_state *s = &p->s;

	/* After a reset that does not come, it waits for one who clears its interrupt. */
	if (s->ris)
		return (s->control & CONTROL_RESEN) && !s->itcr;
	s->ris = 1;
	sp805_run(p, (u64)s->load + 1);
	sp805_update_irq(p);
	return false;
}

static u32 sp805_reg(struct sp805 *p, u64 off)
{
	const struct sp805_state *s = &p->s;

	switch (off) {
	case WDOGLOAD:
		return s->load;
	case WDOGVALUE:
		return (u32)min(watchdog_left(&p->dog), (u64)s->load);
	case WDOGCONTROL:
		return s->control;
	case WDOGRIS:
		return s->ris;
	case WDOGMIS:
		return s->ris && (s->control & CONTROL_INTEN);
	case WDOGLOCK:
		return s->locked;
	case WDOGITCR:
		return s->itcr;
	default:
		return primecell_id(off, SP805_PART, SP805_REVISION);
	}
}

static u64 sp805_read(struct vdev *v, struct vcpu *vcpu, u64 off, unsigned int width)
{
	u32 val;

	spin_lock(&v->lock);
	val = sp805_reg(to_sp805(v), ALIGN_DOWN(off, 4));
	spin_unlock(&v->lock);
	return primecell_narrow(val, off, width);
}

/* From the value of WDOGLOAD on, if it is enabled. */
static void sp805_reload(struct sp805 *p)
{
	if (p->s.control & CONTROL_INTEN)
		sp805_run(p, p->s.load);
	else
		watchdog_set(&p->dog, p->s.load);
}

static void sp805_write_control(struct sp805 *p, u8 val)
{
	u8 old = p->s.control;

	p->s.control = val & CONTROL_VALID;
	if (!(val & CONTROL_INTEN))
		watchdog_stop(&p->dog);
	else if (!(old & CONTROL_INTEN))
		sp805_reload(p);
	else if (p->s.count.falls)
		sp805_run(p, watchdog_left(&p->dog));
}

/* Return: whether an output that resets the machine becomes active. */
static bool sp805_write_test(struct sp805 *p, u64 off, u8 val)
{
	struct sp805_state *s = &p->s;
	bool before = s->itcr && (s->itop & ITOP_WDOGRES);

	if (off == WDOGITCR)
		s->itcr = val & ITCR_ITEN;
	else
		s->itop = val & ITOP_VALID;
	return !before && s->itcr && (s->itop & ITOP_WDOGRES);
}

static bool sp805_set_reg(struct sp805 *p, u64 off, u32 val)
{
	struct sp805_state *s = &p->s;

	if (off == WDOGLOCK)
		s->locked = val != LOCK_KEY;
	else if (s->locked)
		return false;
	switch (off) {
	case WDOGLOAD:
		s->load = val;
		sp805_reload(p);
		break;
	case WDOGCONTROL:
		sp805_write_control(p, (u8)val);
		break;
	case WDOGINTCLR:
		s->ris = 0;
		sp805_reload(p);
		break;
	case WDOGITCR:
	case WDOGITOP:
		return sp805_write_test(p, off, (u8)val);
	}
	return false;
}

static void sp805_write(struct vdev *v, struct vcpu *vcpu, u64 off, unsigned int width, u64 val)
{
	struct sp805 *p = to_sp805(v);
	bool failed;

	if (width < 4)
		return;
	spin_lock(&v->lock);
	failed = sp805_set_reg(p, off, (u32)val);
	sp805_update_irq(p);
	spin_unlock(&v->lock);
	if (failed)
		vm_watchdog_expired(v->vm);
}

/* ---- life ---- */

static void sp805_reset(struct vdev *v)
{
	struct sp805 *p = to_sp805(v);
	unsigned long flags = spin_lock_irqsave(&v->lock);

	p->s = (struct sp805_state){ .header = { STATE_VERSION, sizeof(p->s) },
				     .load = 0xffffffff };
	watchdog_set(&p->dog, p->s.load);
	sp805_update_irq(p);
	spin_unlock_irqrestore(&v->lock, flags);
	watchdog_quit(&p->dog);
}

static const struct vdev_ops sp805_ops;

static int sp805_create(struct vm *vm, const struct vdev_config *cfg, struct vdev **out)
{
	struct sp805 *p = kzalloc_for(vm->account, sizeof(*p));

	if (!p)
		return -ENOMEM;
	watchdog_init(&p->dog, &sp805_ops, vm, cfg);
	p->dog.count = &p->s.count;
	p->dog.hz = GUEST_APB_HZ;
	p->dog.expire = sp805_expire;
	sp805_reset(&p->dog.vdev);
	*out = &p->dog.vdev;
	return 0;
}

static void sp805_destroy(struct vdev *v)
{
	struct sp805 *p = to_sp805(v);

	watchdog_quit(&p->dog);
	kfree_for(v->vm->account, p);
}

static int sp805_fdt(struct vdev *v, struct fdt_writer *w)
{
	static const char compatible[] = "arm,sp805\0arm,primecell";
	static const char clock_names[] = "wdog_clk\0apb_pclk";
	static const u32 clocks[] = { GUEST_PHANDLE_APB_CLOCK, GUEST_PHANDLE_APB_CLOCK };

	vdev_fdt_node(v, w, "watchdog");
	fdtw_prop(w, "compatible", compatible, sizeof(compatible));
	fdtw_cells(w, "clocks", clocks, ARRAY_SIZE(clocks));
	fdtw_prop(w, "clock-names", clock_names, sizeof(clock_names));
	fdtw_end_node(w);
	return 0;
}

static int sp805_save(struct vdev *v, struct vdev_state *out)
{
	struct sp805 *p = to_sp805(v);

	return watchdog_save(&p->dog, out, &p->s, sizeof(p->s));
}

static int sp805_restore(struct vdev *v, const struct vdev_state *in)
{
	struct sp805 *p = to_sp805(v);
	struct sp805_state s;
	unsigned long flags;
	int rc = vdev_state_get(in, &s, sizeof(s), STATE_VERSION);

	if (rc)
		return rc;
	s.control &= CONTROL_VALID;
	s.ris = s.ris != 0;
	s.locked = s.locked != 0;
	s.itcr &= ITCR_ITEN;
	s.itop &= ITOP_VALID;
	if (!watchdog_count_is_good(&s.count, (u64)s.load + 1))
		return -EINVAL;
	flags = spin_lock_irqsave(&v->lock);
	p->s = s;
	watchdog_restored(&p->dog);
	sp805_update_irq(p);
	spin_unlock_irqrestore(&v->lock, flags);
	return 0;
}

static const struct vdev_ops sp805_ops = {
	.compatible = "lodge,sp805",
	.create = sp805_create,
	.destroy = sp805_destroy,
	.reset = sp805_reset,
	.vm_state = watchdog_vm_state,
	.read = sp805_read,
	.write = sp805_write,
	.fdt = sp805_fdt,
	.apb = true,
	.save = sp805_save,
	.restore = sp805_restore,
};
VDEV_REGISTER(sp805_ops);
