// SPDX-License-Identifier: Apache-2.0
/*
 * "lodge,wdat": a watchdog for guests that learn from ACPI's Watchdog Action Table what to do with
 * registers that they do not know (Microsoft, "Hardware Watchdog Timers Design Specification").
 */
#include <lodge/errno.h>
#include <lodge/slab.h>
#include <lodge/vdev.h>
#include <lodge/vm.h>
#include <lodge/wdat_regs.h>
#include "watchdog.h"

#define MS_PER_SEC    1000
#define DEFAULT_MS    60000
#define STATE_VERSION 1

/* The guest-visible state, as it is saved. */
struct wdat_state {
	struct vdev_state_header header;
	struct watchdog_count count;
	u32 timeout;
	u8 run, fired, reserved[2];
};

struct wdat {
	struct watchdog dog;
	struct wdat_state s;
};

static struct wdat *to_wdat(struct vdev *v)
{
	return container_of(v, struct wdat, dog.vdev);
}

static bool wdat_expire(struct watchdog *w)
{
	container_of(w, struct wdat, dog)->s.fired = WDAT_FIRED;
	return true;
}

static u64 wdat_read(struct vdev *v, struct vcpu *vcpu, u64 off, unsigned int width)
{
	struct wdat *p = to_wdat(v);
	u64 val = 0;

	if (width != 4)
		return 0;
	spin_lock(&v->lock);
	switch (off) {
	case WDAT_CONTROL:
		val = p->s.run;
		break;
	case WDAT_TIMEOUT:
		val = p->s.timeout;
		break;
	case WDAT_COUNT:
		val = watchdog_left(&p->dog);
		break;
	case WDAT_STATUS:
		val = p->s.fired;
		break;
	}
	spin_unlock(&v->lock);
	return val;
}

static void wdat_restart(struct wdat *p)
{
	if (p->s.run)
		watchdog_run(&p->dog, p->s.timeout);
	else
		watchdog_set(&p->dog, p->s.timeout);
}

static void wdat_write_control(struct wdat *p, u8 run)
{
	if (run == p->s.run)
		return;
	p->s.run = run;
	if (run)
		wdat_restart(p);
	else
		watchdog_stop(&p->dog);
}

static void wdat_write(struct vdev *v, struct vcpu *vcpu, u64 off, unsigned int width, u64 val)
{
	struct wdat *p = to_wdat(v);

	if (width != 4)
		return;
	spin_lock(&v->lock);
	switch (off) {
	case WDAT_CONTROL:
		wdat_write_control(p, val & WDAT_RUN);
		break;
	case WDAT_TIMEOUT:
		p->s.timeout = max((u32)val & WDAT_MAX_MS, 1u);
		break;
	case WDAT_COUNT:
		wdat_restart(p);
		break;
	case WDAT_STATUS:
		p->s.fired &= (u8)~val;
		break;
	}
	spin_unlock(&v->lock);
}

/* ---- life ---- */

static void wdat_reset(struct vdev *v)
{
	struct wdat *p = to_wdat(v);
	unsigned long flags = spin_lock_irqsave(&v->lock);

	/* The next life is to know how this one has ended. */
	p->s = (struct wdat_state){ .header = { STATE_VERSION, sizeof(p->s) },
				    .timeout = DEFAULT_MS,
				    .fired = p->s.fired };
	wdat_restart(p);
	spin_unlock_irqrestore(&v->lock, flags);
	watchdog_quit(&p->dog);
}

static const struct vdev_ops wdat_ops;

static int wdat_create(struct vm *vm, const struct vdev_config *cfg, struct vdev **out)
{
	struct wdat *p;

	if (cfg->size != WDAT_SIZE)
		return -EINVAL;
	p = kzalloc_for(vm->account, sizeof(*p));
	if (!p)
		return -ENOMEM;
	watchdog_init(&p->dog, &wdat_ops, vm, cfg);
	p->dog.count = &p->s.count;
	p->dog.hz = MS_PER_SEC;
	p->dog.expire = wdat_expire;
	wdat_reset(&p->dog.vdev);
	*out = &p->dog.vdev;
	return 0;
}

static void wdat_destroy(struct vdev *v)
{
	struct wdat *p = to_wdat(v);

	watchdog_quit(&p->dog);
	kfree_for(v->vm->account, p);
}

static int wdat_save(struct vdev *v, struct vdev_state *out)
{
	struct wdat *p = to_wdat(v);

	return watchdog_save(&p->dog, out, &p->s, sizeof(p->s));
}

static int wdat_restore(struct vdev *v, const struct vdev_state *in)
{
	struct wdat *p = to_wdat(v);
	struct wdat_state s;
	unsigned long flags;
	int rc = vdev_state_get(in, &s, sizeof(s), STATE_VERSION);

	if (rc)
		return rc;
	s.run &= WDAT_RUN;
	s.fired &= WDAT_FIRED;
	if (!watchdog_count_is_good(&s.count, WDAT_MAX_MS) || s.count.period || !s.timeout ||
	    s.timeout > WDAT_MAX_MS)
		return -EINVAL;
	flags = spin_lock_irqsave(&v->lock);
	p->s = s;
	watchdog_restored(&p->dog);
	spin_unlock_irqrestore(&v->lock, flags);
	return 0;
}

static const struct vdev_ops wdat_ops = {
	.compatible = "lodge,wdat",
	.create = wdat_create,
	.destroy = wdat_destroy,
	.reset = wdat_reset,
	.vm_state = watchdog_vm_state,
	.read = wdat_read,
	.write = wdat_write,
	.save = wdat_save,
	.restore = wdat_restore,
};
VDEV_REGISTER(wdat_ops);
