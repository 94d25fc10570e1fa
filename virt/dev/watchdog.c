// SPDX-License-Identifier: Apache-2.0
/* What the watchdogs that guests see have in common. */
#include "watchdog.h"
#include <lodge/vm.h>

/* A counter has 32 bits, and a device's clock a MHz or some: neither product overflows. */
static u64 to_ticks(const struct watchdog *w, u64 cycles)
{
	return cycles / w->hz * time_hz() + (cycles % w->hz * time_hz() + w->hz - 1) / w->hz;
}

static u64 to_cycles(const struct watchdog *w, u64 ticks)
{
	return ticks / time_hz() * w->hz + ticks % time_hz() * w->hz / time_hz();
}

static struct watchdog *to_watchdog(struct vdev *v)
{
	return container_of(v, struct watchdog, vdev);
}

static bool vm_runs(const struct watchdog *w)
{
	enum vm_state state = vm_state(w->vdev.vm);

	return state == VM_RUNNING || state == VM_STOPPING;
}

u64 watchdog_left(const struct watchdog *w)
{
	const struct watchdog_count *c = w->count;
	u64 passed;

	if (!c->falls || w->still)
		return c->left;
	passed = to_cycles(w, time_now() - w->since);
	if (passed <= c->left)
		return c->left - passed;
	return c->period ? c->period - (passed - c->left - 1) % c->period - 1 : 0;
}

/* From @count on. A VM that does not run has its time to come. */
static void go_on(struct watchdog *w)
{
	timer_cancel(&w->timer);
	w->since = time_now();
	w->still = !vm_runs(w);
	if (w->count->falls && !w->still && !w->count->period)
		timer_start(&w->timer, w->since + to_ticks(w, w->count->left));
}

void watchdog_run_round(struct watchdog *w, u64 cycles, u64 period)
{
	w->count->left = cycles;
	w->count->period = period;
	w->count->falls = 1;
	go_on(w);
}

void watchdog_run(struct watchdog *w, u64 cycles)
{
	watchdog_run_round(w, cycles, 0);
}

void watchdog_set(struct watchdog *w, u64 cycles)
{
	w->count->left = cycles;
	w->count->period = 0;
	w->count->falls = 0;
	timer_cancel(&w->timer);
}

void watchdog_stop(struct watchdog *w)
{
	watchdog_set(w, watchdog_left(w));
}

void watchdog_set_irq(struct watchdog *w, bool level)
{
	if (level == w->irq_level)
		return;
	w->irq_level = level;
	vm_irq_set(w->vdev.vm, w->vdev.irq, level);
}

static void watchdog_timer(struct timer *t)
{
	struct watchdog *w = container_of(t, struct watchdog, timer);
	unsigned long flags = spin_lock_irqsave(&w->vdev.lock);
	bool failed = false;

	/* The guest, or a pause of the VM, may have come before the lock was had. */
	if (w->count->falls && !w->count->period && !w->still && !watchdog_left(w)) {
		watchdog_set(w, 0);
		if (vm_runs(w))
			failed = w->expire(w);
		else
			watchdog_run(w, 0); /* when it goes on */
	}
	spin_unlock_irqrestore(&w->vdev.lock, flags);
	if (failed)
		vm_watchdog_expired(w->vdev.vm);
}

void watchdog_vm_state(struct vdev *v)
{
	struct watchdog *w = to_watchdog(v);
	unsigned long flags = spin_lock_irqsave(&v->lock);

	if (w->still == vm_runs(w)) {
		/* Still, if it does not run any more. */
		w->count->left = watchdog_left(w);
		go_on(w);
	}
	spin_unlock_irqrestore(&v->lock, flags);
}

int watchdog_save(struct watchdog *w, struct vdev_state *out, const void *state, size_t size)
{
	unsigned long flags = spin_lock_irqsave(&w->vdev.lock);

	w->count->left = watchdog_left(w);
	go_on(w);
	spin_unlock_irqrestore(&w->vdev.lock, flags);
	return vdev_state_put(&w->vdev, out, state, size);
}

void watchdog_restored(struct watchdog *w)
{
	go_on(w);
}

void watchdog_init(struct watchdog *w, const struct vdev_ops *ops, struct vm *vm,
		   const struct vdev_config *cfg)
{
	vdev_init(&w->vdev, ops, vm, cfg);
	timer_init_for(&w->timer, watchdog_timer, &vm->timers);
	w->still = true;
}

void watchdog_quit(struct watchdog *w)
{
	timer_cancel_sync(&w->timer);
}
