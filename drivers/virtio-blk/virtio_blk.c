// SPDX-License-Identifier: Apache-2.0
/* VIRTIO block devices (VIRTIO 1.2, 5.2): how they are found, set up and given up. */
#include <lodge/errno.h>
#include <lodge/printf.h>
#include <lodge/printk.h>
#include <lodge/slab.h>
#include <lodge/time.h>
#include "virtio_blk.h"

#define BLK_F_SIZE_MAX BIT(1)
#define BLK_F_SEG_MAX  BIT(2)
#define BLK_F_RO       BIT(5)
#define BLK_F_BLK_SIZE BIT(6)
#define BLK_FEATURES   (BLK_F_SIZE_MAX | BLK_F_SEG_MAX | BLK_F_RO | BLK_F_BLK_SIZE | BLK_F_FLUSH)

/* Fields of the configuration */
#define BLK_CAPACITY 0
#define BLK_SIZE_MAX 8
#define BLK_SEG_MAX  12
#define BLK_BLK_SIZE 20

#define QUEUE_SIZE	   256
#define MAX_SEG_SIZE	   (16u << 20) /* a request stays below 2 GiB */
#define REQUEST_TIMEOUT_US 5000000

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

	if (block_size < SECTOR_SIZE || block_size > BLOCK_SIZE_MAX ||
	    (block_size & (block_size - 1))) {
		pr_err("%s: blocks of %u bytes are not supported; 512, 1024, 2048 and 4096 are",
		       d->name, block_size);
		return -ENODEV;
	}
	if (size_max < block_size || !seg_max)
		return -EINVAL;
	b->block_size = block_size;
	b->sectors = ALIGN_DOWN(d->ops->read_config(d, BLK_CAPACITY, 8), block_unit(b));
	b->read_only = (d->features & BLK_F_RO) != 0;
	b->max_seg_size = ALIGN_DOWN(min(size_max, MAX_SEG_SIZE), block_size);
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

int vblk_enable(struct virtio_blk *vb)
{
	int err;

	virtq_reset(&vb->vq);
	err = vb->vdev->ops->queue_enable(vb->vdev, 0, &vb->vq);
	if (err)
		return err;
	virtio_ready(vb->vdev);
	return 0;
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
	spin_lock_init(&vb->lock, "vb->lock");
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

/* ---- for a guest ---- */

const char *virtio_blk_use(const struct virtio_device *d)
{
	struct virtio_blk *vb = d->driver;
	unsigned long flags = spin_lock_irqsave(&vb->lock);
	const char *use = vb->vq.inflight || vb->recovering ? "for a request" : vb->block.use;

	spin_unlock_irqrestore(&vb->lock, flags);
	return use;
}

int virtio_blk_give(struct virtio_device *d)
{
	struct virtio_blk *vb = d->driver;
	unsigned long flags = spin_lock_irqsave(&vb->lock);
	int err;

	vb->dead = true;
	spin_unlock_irqrestore(&vb->lock, flags);
	err = virtio_reset(d);
	if (err)
		return err;
	pr_info("%s: given up for a guest", vb->block.name);
	block_unregister(&vb->block);
	d->driver = NULL;
	d->queue_irq = NULL;
	virtq_release(&vb->vq);
	kfree(vb);
	return 0;
}
