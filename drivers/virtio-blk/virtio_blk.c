// SPDX-License-Identifier: Apache-2.0
/*
 * VIRTIO block devices (VIRTIO 1.2, 5.2).
 *
 * A request is one chain of descriptors: a header, the caller's own segments, and a
 * byte for the status. Whoever waits is woken by the interrupt, or polls while
 * nothing can sleep yet. A device that completes nothing for REQUEST_TIMEOUT_US, or
 * says what can't be, is reset and set up again; what it had under way fails.
 */
#include <asm/layout.h>
#include <lodge/block.h>
#include <lodge/errno.h>
#include <lodge/printf.h>
#include <lodge/printk.h>
#include <lodge/slab.h>
#include <lodge/spinlock.h>
#include <lodge/thread.h>
#include <lodge/time.h>
#include <lodge/virtio.h>

#define BLK_F_SIZE_MAX BIT(1)
#define BLK_F_SEG_MAX  BIT(2)
#define BLK_F_RO       BIT(5)
#define BLK_F_BLK_SIZE BIT(6)
#define BLK_F_FLUSH    BIT(9)
#define BLK_FEATURES   (BLK_F_SIZE_MAX | BLK_F_SEG_MAX | BLK_F_RO | BLK_F_BLK_SIZE | BLK_F_FLUSH)

/* Fields of the configuration */
#define BLK_CAPACITY 0
#define BLK_SIZE_MAX 8
#define BLK_SEG_MAX  12
#define BLK_BLK_SIZE 20

#define BLK_T_IN    0u
#define BLK_T_OUT   1u
#define BLK_T_FLUSH 4u

#define BLK_S_OK   0
#define BLK_S_NONE 0xff /* not yet written by the device */

#define QUEUE_SIZE	   256
#define NR_SLOTS	   16
#define MAX_INFLIGHT	   8
#define MAX_SEG_SIZE	   (16u << 20) /* a request stays below 2 GiB */
#define REQUEST_TIMEOUT_US 5000000
#define GRACE_US	   500000
/* While others complete, one request may take so many times longer. */
#define STARVED_FACTOR 6

struct blk_header {
	u32 type;
	u32 reserved;
	u64 sector;
};

/* A request under way; the device reads @header and writes @status. */
struct blk_slot {
	struct blk_header header;
	u8 status;
	struct block_request *rq; /* NULL: free */
	u32 read_len;		  /* bytes that have to come */
	u64 started;
	struct blk_slot *next_free;
};

struct virtio_blk {
	struct block_device block;
	struct virtio_device *vdev;
	struct waitq waitq; /* for requests to be done, and for room */
	struct spinlock lock;
	/* under the lock: */
	struct virtqueue vq;
	struct blk_slot *free;
	bool dead;    /* could not be set up again */
	u64 progress; /* when the device last was idle or completed a request */
	u64 timeout;  /* ticks */
	struct blk_slot slot[NR_SLOTS];
};

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

/* Make the queue known and let the device go. */
static int vblk_enable(struct virtio_blk *vb)
{
	int err;

	virtq_reset(&vb->vq);
	err = vb->vdev->ops->queue_enable(vb->vdev, 0, &vb->vq);
	if (err)
		return err;
	virtio_ready(vb->vdev);
	return 0;
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

static void vblk_irq(struct virtio_device *d)
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

static const struct block_ops vblk_ops = {
	.submit = vblk_submit,
	.wait = vblk_wait,
	.flush = vblk_flush,
};

/* ---- discovery ---- */

static u32 vblk_config32(struct virtio_device *d, u64 feature, u32 off, u32 without)
{
	if (!(d->features & feature))
		return without;
	return (u32)d->ops->read_config(d, off, 4);
}

/* Read what the device can do into vb->block. */
static int vblk_configure(struct virtio_blk *vb)
{
	struct virtio_device *d = vb->vdev;
	struct block_device *b = &vb->block;
	u32 block_size = vblk_config32(d, BLK_F_BLK_SIZE, BLK_BLK_SIZE, SECTOR_SIZE);
	u32 size_max = vblk_config32(d, BLK_F_SIZE_MAX, BLK_SIZE_MAX, MAX_SEG_SIZE);
	u32 seg_max = vblk_config32(d, BLK_F_SEG_MAX, BLK_SEG_MAX, 1);

	if (block_size != SECTOR_SIZE) {
		pr_err("%s: a disk with blocks of %u bytes; only 512 will do", d->name, block_size);
		return -ENODEV;
	}
	if (size_max < SECTOR_SIZE || !seg_max)
		return -EINVAL;
	b->sectors = d->ops->read_config(d, BLK_CAPACITY, 8);
	b->read_only = (d->features & BLK_F_RO) != 0;
	b->max_seg_size = ALIGN_DOWN(min(size_max, MAX_SEG_SIZE), SECTOR_SIZE);
	b->max_segs = min(seg_max, (u32)BLOCK_MAX_SEGS);
	b->max_segs = min(b->max_segs, vb->vq.size - 2u);
	b->max_inflight = MAX_INFLIGHT;
	return 0;
}

/* The largest power of two that the device's queue and ours allow; 0 if that is too few
 * for a header, a segment and a status. */
static u16 vblk_queue_size(struct virtio_device *d)
{
	u32 most = d->ops->queue_max(d, 0);
	u16 size = QUEUE_SIZE;

	while (size > most)
		size /= 2;
	return size >= 4 ? size : 0;
}

static int vblk_setup(struct virtio_blk *vb)
{
	u16 size;
	int err = virtio_start(vb->vdev, BLK_FEATURES);

	if (err)
		return err;
	size = vblk_queue_size(vb->vdev);
	if (!size)
		return -EINVAL;
	err = virtq_alloc(&vb->vq, size);
	if (err)
		return err;
	err = vblk_configure(vb);
	if (!err)
		err = vblk_enable(vb);
	if (err)
		virtq_release(&vb->vq);
	return err;
}

static void vblk_init(struct virtio_blk *vb, struct virtio_device *d)
{
	unsigned int i;

	vb->vdev = d;
	vb->block.ops = &vblk_ops;
	vb->block.driver = vb;
	vb->timeout = time_from_us(REQUEST_TIMEOUT_US);
	waitq_init(&vb->waitq);
	for (i = NR_SLOTS; i--;) {
		vb->slot[i].next_free = vb->free;
		vb->free = &vb->slot[i];
	}
}

/* Disks are vda, vdb, ... in the order in which they are found. */
static int vblk_publish(struct virtio_blk *vb)
{
	static unsigned int nr_disks;
	struct block_device *b = &vb->block;
	int err;

	scnprintf(b->name, sizeof(b->name), "vd%c", (int)('a' + nr_disks));
	err = block_register(b);
	if (err)
		return err;
	nr_disks++;
	pr_info("%s: disk of %lu KiB%s", b->name, (unsigned long)(b->sectors / 2),
		b->read_only ? ", read-only" : "");
	return 0;
}

int virtio_blk_probe(struct virtio_device *d)
{
	struct virtio_blk *vb = kzalloc(sizeof(*vb));
	int err;

	if (!vb)
		return -ENOMEM;
	vblk_init(vb, d);
	err = vblk_setup(vb);
	if (err)
		goto fail;
	d->driver = vb;
	d->queue_irq = vblk_irq;
	err = vblk_publish(vb);
	if (!err)
		return 0;
	d->queue_irq = NULL;
	/* The queue's memory is the device's until the reset. */
	if (!virtio_reset(d))
		virtq_release(&vb->vq);
fail:
	virtio_fail(d);
	kfree(vb);
	return err;
}
