/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIRT_DEV_WATCHDOG_H
#define VIRT_DEV_WATCHDOG_H

/*
 * What the watchdogs that guests see have in common: a counter that falls while the VM runs, and does
 * not while it is paused. All is called with the device's lock held, unless it says otherwise.
 */
#include <lodge/time.h>
#include <lodge/types.h>
#include <lodge/vdev.h>

/**
 * struct watchdog_count - the counter, as it is saved
 * @left:	cycles until it is 0; of one that falls, at the time when it was set or stopped
 * @period:	cycles from then on until it is 0 again, again and again; 0: it stays 0
 * @falls:	1, or 0 for one that is stopped
 */
struct watchdog_count {
	u64 left, period;
	u32 falls, reserved;
};

/**
 * struct watchdog - the generic part of a watchdog
 * @count:	in what the device saves
 * @hz:		its cycles in a second
 * @expire:	the counter has become 0; with the lock held. Returns whether the guest has failed.
 * @since:	when @count's cycles began to pass, in ticks
 * @still:	they do not, as the VM does not run
 * @irq_level:	what vm_irq_set() was told last
 */
struct watchdog {
	struct vdev vdev;
	struct watchdog_count *count;
	u32 hz;
	bool (*expire)(struct watchdog *w);
	struct timer timer;
	u64 since;
	bool still;
	bool irq_level;
};

/** watchdog_init() - the generic part of a new one; nobody else knows it yet. */
void watchdog_init(struct watchdog *w, const struct vdev_ops *ops, struct vm *vm,
		   const struct vdev_config *cfg);
/** watchdog_quit() - it expires no more, nor does so now; without the lock. */
void watchdog_quit(struct watchdog *w);

/** watchdog_run() - the counter falls from @cycles, and expires when it is 0. */
void watchdog_run(struct watchdog *w, u64 cycles);
/**
 * watchdog_run_round() - the counter falls from @cycles, and every @period cycles after that, which
 * changes nothing but what it shows
 */
void watchdog_run_round(struct watchdog *w, u64 cycles, u64 period);
/** watchdog_stop() - the counter stays what it is. */
void watchdog_stop(struct watchdog *w);
/** watchdog_set() - the counter is stopped, and is @cycles. */
void watchdog_set(struct watchdog *w, u64 cycles);
/** watchdog_left() - what the counter is. */
u64 watchdog_left(const struct watchdog *w);
/** watchdog_set_irq() - the interrupt line. */
void watchdog_set_irq(struct watchdog *w, bool level);

/** watchdog_save() - as vdev_ops.save(), of a state of @size bytes at @state; without the lock. */
int watchdog_save(struct watchdog *w, struct vdev_state *out, const void *state, size_t size);
/** watchdog_count_is_good() - whether a restored counter is one of at most @max cycles. */
static inline bool watchdog_count_is_good(const struct watchdog_count *c, u64 max)
{
	return c->left <= max && c->period <= max && c->falls <= 1;
}
/** watchdog_restored() - @count has been restored: go on from there. */
void watchdog_restored(struct watchdog *w);

/** watchdog_vm_state() - for vdev_ops.vm_state(). */
void watchdog_vm_state(struct vdev *v);

#endif
