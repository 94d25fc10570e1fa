// SPDX-License-Identifier: Apache-2.0
/*
 * Requests of VIRTIO block devices.
 *
 * A request is one chain of descriptors: a header, the caller's own segments, and a
 * byte for the status. Whoever waits is woken by the interrupt, or polls while
 * nothing can sleep yet. A device that completes nothing for the timeout, or
 * says what can't be, is reset and set up again; what it had under way fails.
 */
#include <asm/layout.h>
#include <lodge/errno.h>
#include <lodge/printk.h>
#include <lodge/time.h>
#include "virtio_blk.h"

#define BLK_T_IN    0u
#define BLK_T_OUT   1u
#define BLK_T_FLUSH 4u

#define BLK_S_OK   0
#define BLK_S_NONE 0xff /* not yet written by the device */

#define GRACE_US 500000
/* While others complete, one request may take so many times longer. */
#define STARVED_FACTOR 6

static struct virtio_blk *to_vblk(struct block_device *b)
{
	return container_of(b, struct virtio_blk, block);
}

static hpa_t vblk_addr(const void *p)
{
	return kva_to_hpa(p);
}

/* ---- completion; all under vb->lock ---- */

/* @slot's request is done; it may be gone as soon as that can be seen. */
static void vblk_finish(struct virtio_blk *vb, struct blk_slot *slot, int error)
{
	struct block_request *rq = slot->rq;

	slot->rq = NULL;
	slot->next_free = vb->free;
	vb->free = slot;
	rq->error = error;
	/* RELEASE: the data and the error before the sign that they are there. */
	__atomic_store_n(&rq->done, true, __ATOMIC_RELEASE);
}

/* Start the device again as it was. */
static int vblk_restart(struct virtio_blk *vb)
{
	u64 features = vb->vdev->features;
	int err = virtio_start(vb->vdev, features);

	if (err)
		return err;
	return vb->vdev->features == features ? vblk_enable(vb) : -EOPNOTSUPP;
}

static __cold void vblk_reset(struct virtio_blk *vb, const char *why)
{
	unsigned int i;

	pr_warn("%s: %s; it is reset, and what it had under way fails", vb->block.name, why);
	/* Restarting begins with a reset, after which the device uses no memory of ours. */
	vb->dead = vblk_restart(vb) != 0;
	for (i = 0; i < NR_SLOTS; i++)
		if (vb->slot[i].rq)
			vblk_finish(vb, &vb->slot[i], -EIO);
	vb->progress = time_now();
	if (vb->dead)
		pr_err("%s: does not come back and is given up", vb->block.name);
}

static void vblk_complete(struct virtio_blk *vb, struct blk_slot *slot, u32 written)
{
	bool ok = READ_ONCE(slot->status) == BLK_S_OK && written >= slot->read_len;

	vblk_finish(vb, slot, ok ? 0 : -EIO);
}

/* Take back what the device has done; true if that was anything. */
static bool vblk_drain(struct virtio_blk *vb)
{
	bool any = false;
	void *slot;
	u32 written;
	int err;

	if (vb->dead)
		return false;
	while (!(err = virtq_take(&vb->vq, &slot, &written))) {
		vblk_complete(vb, slot, written);
		any = true;
	}
	if (any)
		vb->progress = time_now();
	if (unlikely(err != -EAGAIN || vb->vdev->broken)) {
		vblk_reset(vb, err != -EAGAIN ? "the device answered what it was not asked"
					      : "the device asks for a reset");
		any = true;
	}
	return any;
}

/* Reset the device if it sits on a request. */
static void vblk_check_stuck(struct virtio_blk *vb)
{
	u64 now = time_now();
	bool stuck = vb->vq.inflight && now - vb->progress >= vb->timeout;
	unsigned int i;

	for (i = 0; i < NR_SLOTS; i++)
		if (vb->slot[i].rq && now - vb->slot[i].started >= STARVED_FACTOR * vb->timeout)
			stuck = true;
	if (unlikely(stuck && !vb->dead))
		vblk_reset(vb, "a request is stuck");
}

void vblk_irq(struct virtio_device *d)
{
	struct virtio_blk *vb = d->driver;
	unsigned long flags = spin_lock_irqsave(&vb->lock);
	bool any = vblk_drain(vb);

	spin_unlock_irqrestore(&vb->lock, flags);
	if (any)
		waitq_wake(&vb->waitq);
}

/* ---- waiting ---- */

/*
 * A machine that skips idle time, as emulators can, may not have given the device the time
 * that the clock says: before it counts as stuck it has a while in which the CPU is busy.
 */
static void vblk_grace(struct virtio_blk *vb)
{
	u64 end = time_now() + time_from_us(GRACE_US);
	bool any = false;

	while (!any && time_now() < end) {
		unsigned long flags = spin_lock_irqsave(&vb->lock);

		any = vblk_drain(vb);
		spin_unlock_irqrestore(&vb->lock, flags);
	}
	if (any)
		waitq_wake(&vb->waitq);
}

/* Until @cond(@arg), which the device's progress or its reset brings about. */
static void vblk_wait_for(struct virtio_blk *vb, bool (*cond)(void *arg), void *arg)
{
	for (;;) {
		unsigned long flags = spin_lock_irqsave(&vb->lock);
		bool any = vblk_drain(vb);
		bool met = cond(arg);
		u64 deadline;

		if (!met) {
			vblk_check_stuck(vb);
			met = cond(arg);
		}
		deadline = vb->progress + vb->timeout;
		spin_unlock_irqrestore(&vb->lock, flags);
		if (any || met)
			waitq_wake(&vb->waitq);
		if (met)
			return;
		/* A timeout is not looked at here: the next round finds out. */
		if (vb->vdev->has_irq && thread_can_sleep() &&
		    waitq_wait(&vb->waitq, cond, arg, deadline))
			vblk_grace(vb);
	}
}

static bool vblk_rq_done(void *arg)
{
	struct block_request *rq = arg;

	return __atomic_load_n(&rq->done, __ATOMIC_ACQUIRE);
}

static int vblk_wait(struct block_device *b, struct block_request *rq)
{
	if (!vblk_rq_done(rq))
		vblk_wait_for(to_vblk(b), vblk_rq_done, rq);
	return rq->error;
}

struct vblk_room {
	struct virtio_blk *vb;
	unsigned int descs;
};

static bool vblk_has_room(void *arg)
{
	const struct vblk_room *room = arg;
	const struct virtio_blk *vb = room->vb;

	return vb->dead || (vb->free && vb->vq.nr_free >= room->descs);
}

/* ---- requests ---- */

/* Give @rq to the device; there is room. Under vb->lock. */
static void vblk_start(struct virtio_blk *vb, struct block_request *rq, u32 type)
{
	struct blk_slot *slot = vb->free;
	struct virtq_chain chain;
	unsigned int i;

	vb->free = slot->next_free;
	slot->header.type = type;
	slot->header.sector = rq->sector;
	slot->status = BLK_S_NONE;
	slot->rq = rq;
	slot->started = time_now();
	if (!vb->vq.inflight)
		vb->progress = slot->started;

	chain = virtq_begin(&vb->vq);
	virtq_push(&chain, vblk_addr(&slot->header), sizeof(slot->header), false);
	for (i = 0; i < rq->nr_segs; i++)
		virtq_push(&chain, rq->seg[i].addr, rq->seg[i].len, type == BLK_T_IN);
	slot->read_len = chain.writable;
	virtq_push(&chain, vblk_addr(&slot->status), 1, true);
	virtq_end(&vb->vq, chain, slot);
	if (virtq_must_notify(&vb->vq))
		vb->vdev->ops->notify(vb->vdev, 0);
}

static int vblk_queue(struct virtio_blk *vb, struct block_request *rq, u32 type)
{
	struct vblk_room room = { vb, rq->nr_segs + 2 };

	rq->done = false;
	rq->error = 0;
	for (;;) {
		unsigned long flags = spin_lock_irqsave(&vb->lock);
		bool dead = vb->dead;
		bool ready = !dead && vblk_has_room(&room);

		if (ready)
			vblk_start(vb, rq, type);
		spin_unlock_irqrestore(&vb->lock, flags);
		if (dead)
			return -EIO;
		if (ready)
			return 0;
		vblk_wait_for(vb, vblk_has_room, &room);
	}
}

/* Whether the device can be asked for @rq: nothing is cut or left to the device to judge. */
static int vblk_check(const struct block_device *b, const struct block_request *rq)
{
	unsigned int i;
	u64 bytes = 0;

	if (!rq->nr_segs || rq->nr_segs > b->max_segs)
		return -EINVAL;
	for (i = 0; i < rq->nr_segs; i++) {
		if (!rq->seg[i].len || rq->seg[i].len > b->max_seg_size)
			return -EINVAL;
		bytes += rq->seg[i].len;
	}
	if (bytes % SECTOR_SIZE)
		return -EINVAL;
	if (rq->sector > b->sectors || bytes / SECTOR_SIZE > b->sectors - rq->sector)
		return -EINVAL;
	return rq->write && b->read_only ? -EROFS : 0;
}

static int vblk_submit(struct block_device *b, struct block_request *rq)
{
	int err = vblk_check(b, rq);

	return err ? err : vblk_queue(to_vblk(b), rq, rq->write ? BLK_T_OUT : BLK_T_IN);
}

static int vblk_flush(struct block_device *b)
{
	struct virtio_blk *vb = to_vblk(b);
	struct block_request rq;
	int err;

	if (READ_ONCE(vb->dead))
		return -EIO;
	/* Without the feature there is no cache that could be lost. */
	if (!(vb->vdev->features & BLK_F_FLUSH))
		return 0;
	rq.sector = 0;
	rq.nr_segs = 0;
	err = vblk_queue(vb, &rq, BLK_T_FLUSH);
	return err ? err : vblk_wait(b, &rq);
}

const struct block_ops vblk_ops = {
	.submit = vblk_submit,
	.wait = vblk_wait,
	.flush = vblk_flush,
};
