// SPDX-License-Identifier: Apache-2.0
/*
 * Requests: on their way to the device, and back. Each is one chain of descriptors: a header, the
 * caller's own segments, and a byte for the status. Whoever waits is woken by the interrupt, looks
 * now and then in case one was lost, or polls while nothing can sleep yet.
 */
#include <asm/layout.h>
#include <lodge/errno.h>
#include <lodge/time.h>
#include "virtio_blk.h"

#define BLK_T_IN    0u
#define BLK_T_OUT   1u
#define BLK_T_FLUSH 4u

#define BLK_S_OK   0
#define BLK_S_NONE 0xff /* not yet written by the device */

#define LOOK_US 250000

static struct virtio_blk *to_vblk(struct block_device *b)
{
	return container_of(b, struct virtio_blk, block);
}

static hpa_t vblk_addr(const void *p)
{
	return kva_to_hpa(p);
}

/* ---- completion; all under vb->lock ---- */

void vblk_finish(struct virtio_blk *vb, struct blk_slot *slot, int error)
{
	struct block_request *rq = slot->rq;

	slot->rq = NULL;
	slot->next_free = vb->free;
	vb->free = slot;
	rq->error = error;
	/* RELEASE: the data and the error before the sign that they are there. */
	__atomic_store_n(&rq->done, true, __ATOMIC_RELEASE);
}

static void vblk_complete(struct virtio_blk *vb, struct blk_slot *slot, u32 written)
{
	bool ok = READ_ONCE(slot->status) == BLK_S_OK && written >= slot->read_len;

	vblk_finish(vb, slot, ok ? 0 : -EIO);
}

bool vblk_drain(struct virtio_blk *vb)
{
	bool any = false;
	void *slot;
	u32 written;
	int err;

	if (vb->dead || vb->recovering || vb->sick)
		return false;
	while (!(err = virtq_take(&vb->vq, &slot, &written))) {
		vblk_complete(vb, slot, written);
		any = true;
	}
	if (any) {
		vb->progress = time_now();
		vb->resets = 0;
	}
	if (unlikely(err != -EAGAIN))
		vb->sick = "the device completed a request that it did not have";
	else if (unlikely(vb->vdev->broken))
		vb->sick = "the device asks for a reset";
	return any || vb->sick;
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

/* What a thread waits for. */
struct vblk_wait {
	struct virtio_blk *vb;
	bool (*cond)(void *arg);
	void *arg;
};

/* Or it has something to do before. */
static bool vblk_ends_sleep(void *arg)
{
	const struct vblk_wait *w = arg;

	return w->cond(w->arg) || (READ_ONCE(w->vb->sick) && !READ_ONCE(w->vb->recovering));
}

static void vblk_sleep(struct vblk_wait *w, u64 deadline)
{
	/* A timeout is not looked at here: the next round finds out. */
	if (w->vb->vdev->has_irq && thread_can_sleep())
		(void)waitq_wait(&w->vb->waitq, vblk_ends_sleep, w, deadline);
}

/* Until @cond(@arg), which the device's progress or its end brings about. */
static void vblk_wait_for(struct virtio_blk *vb, bool (*cond)(void *arg), void *arg)
{
	struct vblk_wait w = { vb, cond, arg };

	for (;;) {
		unsigned long flags = spin_lock_irqsave(&vb->lock);
		bool any = vblk_drain(vb);
		bool met = cond(arg);
		const char *why = met ? NULL : vblk_trouble(vb);
		u64 deadline = time_now() + time_from_us(LOOK_US);

		if (!vb->recovering)
			deadline = min(deadline, vb->progress + vblk_patience(vb));
		spin_unlock_irqrestore(&vb->lock, flags);
		if (any || met)
			waitq_wake(&vb->waitq);
		if (met)
			return;
		if (unlikely(why))
			vblk_recover(vb, why);
		else
			vblk_sleep(&w, deadline);
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

	if (vb->dead)
		return true;
	return !vb->recovering && !vb->sick && vb->free && vb->vq.nr_free >= room->descs;
}

/* ---- requests ---- */

void vblk_give(struct virtio_blk *vb, struct blk_slot *slot)
{
	const struct block_request *rq = slot->rq;
	struct virtq_chain chain;
	unsigned int i;

	slot->status = BLK_S_NONE;
	slot->started = time_now();
	if (!vb->vq.inflight)
		vb->progress = slot->started;

	chain = virtq_begin(&vb->vq);
	virtq_push(&chain, vblk_addr(&slot->header), sizeof(slot->header), false);
	for (i = 0; i < rq->nr_segs; i++)
		virtq_push(&chain, rq->seg[i].addr, rq->seg[i].len, slot->header.type == BLK_T_IN);
	slot->read_len = chain.writable;
	virtq_push(&chain, vblk_addr(&slot->status), 1, true);
	virtq_end(&vb->vq, chain, slot);
	if (virtq_must_notify(&vb->vq))
		vb->vdev->ops->notify(vb->vdev, 0);
}

/* Give @rq to the device; there is room. Under vb->lock. */
static void vblk_start(struct virtio_blk *vb, struct block_request *rq, u32 type)
{
	struct blk_slot *slot = vb->free;

	vb->free = slot->next_free;
	slot->header.type = type;
	slot->header.sector = rq->sector;
	slot->rq = rq;
	slot->order = vb->order++;
	slot->tries = 0;
	vblk_give(vb, slot);
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
	if (bytes % b->block_size || rq->sector % block_unit(b))
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
