// SPDX-License-Identifier: Apache-2.0
/*
 * A device that completes nothing for a while, says what can't be or asks for it, is reset and set
 * up again, and is given what it had under way once more.
 *
 * Writes, too: those under way are independent, for whoever wants one after another waits for the
 * first; their data is still there and the same; and a device that has come out of reset does
 * nothing for the old ones any more. They go in the order in which they came.
 */
#include <lodge/errno.h>
#include <lodge/printk.h>
#include <lodge/time.h>
#include "virtio_blk.h"

#define GRACE_US    500000
#define PAUSE_US    100000 /* between two attempts to reset it */
#define RESET_TRIES 100
/* While others complete, one request may take so many times longer. */
#define STARVED_FACTOR 6
#define MAX_TRIES      4
#define MAX_BACKOFF    3

u64 vblk_patience(const struct virtio_blk *vb)
{
	return vb->timeout << min(vb->resets, (unsigned int)MAX_BACKOFF);
}

static const char stuck[] = "a request is stuck";

const char *vblk_trouble(const struct virtio_blk *vb)
{
	u64 now = time_now(), patience = vblk_patience(vb);
	unsigned int i;

	if (vb->dead || vb->recovering)
		return NULL;
	if (vb->sick)
		return vb->sick;
	for (i = 0; i < NR_SLOTS; i++)
		if (vb->slot[i].rq && now - vb->slot[i].started >= STARVED_FACTOR * patience)
			return "a request is left behind";
	return vb->vq.inflight && now - vb->progress >= patience ? stuck : NULL;
}

/*
 * A machine that skips idle time, as emulators can, may not have given the device the time
 * that the clock says: before it counts as stuck it has a while in which the CPU is busy.
 */
static bool vblk_grace(struct virtio_blk *vb)
{
	u64 end = time_now() + time_from_us(GRACE_US);
	bool any = false;

	while (!any && time_now() < end) {
		unsigned long flags = spin_lock_irqsave(&vb->lock);

		any = vblk_drain(vb);
		spin_unlock_irqrestore(&vb->lock, flags);
		thread_make_room();
	}
	return any;
}

/*
 * Start the device again as it was. Until it reads as reset, what it had under way is its own to
 * write to (VIRTIO 1.2, 2.1.2 and 4.2.2.2), and whoever waits for that has to: memory that
 * is given back would be another's. Only a transport that keeps it from memory ends that.
 */
static int vblk_restart(struct virtio_blk *vb)
{
	struct virtio_device *d = vb->vdev;
	u64 features = d->features;
	unsigned int tries = 0;
	int err;

	while ((err = virtio_start(d, features)) == -ETIMEDOUT) {
		if (++tries >= RESET_TRIES && d->ops->stop && d->ops->stop(d))
			return err;
		if (tries == 1)
			pr_err("%s: its reset does not complete; outstanding requests wait for that",
			       vb->block.name);
		if (thread_can_sleep())
			thread_sleep_us(PAUSE_US);
	}
	if (err)
		return err;
	return d->features == features ? vblk_enable(vb) : -EOPNOTSUPP;
}

/* The first request in the order of their submission from @order on. */
static struct blk_slot *slot_from(struct virtio_blk *vb, u64 order)
{
	struct blk_slot *first = NULL;
	unsigned int i;

	for (i = 0; i < NR_SLOTS; i++) {
		struct blk_slot *s = &vb->slot[i];

		if (s->rq && s->order >= order && (!first || s->order < first->order))
			first = s;
	}
	return first;
}

/* What was under way once more, or back as failed; how many of these. Under vb->lock. */
static unsigned int vblk_resubmit(struct virtio_blk *vb)
{
	struct blk_slot *slot;
	unsigned int failed = 0;
	u64 order = 0;

	while ((slot = slot_from(vb, order))) {
		order = slot->order + 1;
		if (!vb->dead && ++slot->tries < MAX_TRIES) {
			vblk_give(vb, slot);
		} else {
			vblk_finish(vb, slot, -EIO);
			failed++;
		}
	}
	return failed;
}

/* One thread at a time. */
static bool vblk_begin(struct virtio_blk *vb, bool *first)
{
	unsigned long flags = spin_lock_irqsave(&vb->lock);
	bool mine = vblk_trouble(vb) != NULL;

	if (mine) {
		vb->recovering = true;
		*first = !vb->resets++;
	}
	spin_unlock_irqrestore(&vb->lock, flags);
	return mine;
}

static unsigned int vblk_go_on(struct virtio_blk *vb, int err)
{
	unsigned long flags = spin_lock_irqsave(&vb->lock);
	unsigned int failed;

	vb->dead = err != 0;
	vb->sick = NULL;
	vb->recovering = false;
	vb->progress = time_now();
	failed = vblk_resubmit(vb);
	if (failed)
		vb->resets = 0; /* for those that are still to come it begins anew */
	spin_unlock_irqrestore(&vb->lock, flags);
	return failed;
}

__cold void vblk_recover(struct virtio_blk *vb, const char *why)
{
	unsigned int failed;
	bool first;
	int err;

	if (why == stuck && vblk_grace(vb)) {
		waitq_wake(&vb->waitq);
		return;
	}
	if (!vblk_begin(vb, &first))
		return;
	if (first)
		pr_warn("%s: %s; resetting it and retrying outstanding requests", vb->block.name,
			why);
	err = vblk_restart(vb);
	failed = vblk_go_on(vb, err);
	if (err)
		pr_err("%s: does not recover and is not used any more", vb->block.name);
	else if (failed)
		pr_err("%s: %u request%s failed after %u tries", vb->block.name, failed,
		       failed == 1 ? "" : "s", MAX_TRIES);
	waitq_wake(&vb->waitq);
}
