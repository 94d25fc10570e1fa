/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIRTIO_BLK_H
#define VIRTIO_BLK_H

/*
 * Between the parts of the driver: virtio_blk.c finds disks, requests.c has requests on their way
 * and back, recover.c resets a device that does not answer as it should.
 */
#include <lodge/block.h>
#include <lodge/spinlock.h>
#include <lodge/thread.h>
#include <lodge/virtio.h>

#define BLK_F_FLUSH BIT(9)

#define NR_SLOTS     16
#define MAX_INFLIGHT 8

struct blk_header {
	u32 type;
	u32 reserved;
	u64 sector;
};

/**
 * struct blk_slot - a request under way
 * @header:  which the device reads
 * @status:  which it writes
 * @rq:	     NULL: the slot is free
 * @read_len: bytes that have to come
 * @started: when the device was given it last
 * @order:   of all requests, in which they were submitted
 * @tries:   how often the device has been reset over it
 */
struct blk_slot {
	struct blk_header header;
	u8 status;
	struct block_request *rq;
	u32 read_len;
	u64 started;
	u64 order;
	unsigned int tries;
	struct blk_slot *next_free;
};

/**
 * struct virtio_blk - a disk; all from @vq on is guarded by @lock
 * @waitq:	for requests to be done, and for room
 * @sick:	why the device has to be reset; NULL: it has not
 * @recovering:	a thread resets it; the queue is that thread's
 * @dead:	it could not be set up again
 * @progress:	when it last was idle or completed a request
 * @timeout:	ticks without progress after which a request counts as stuck
 * @resets:	since it last completed a request
 * @order:	of the next request
 */
struct virtio_blk {
	struct block_device block;
	struct virtio_device *vdev;
	struct waitq waitq;
	struct spinlock lock;
	struct virtqueue vq;
	struct blk_slot *free;
	const char *sick;
	bool recovering, dead;
	u64 progress;
	u64 timeout;
	unsigned int resets;
	u64 order;
	struct blk_slot slot[NR_SLOTS];
};

/* ---- virtio_blk.c ---- */

/* Make the queue, emptied, known and let the device go. */
int vblk_enable(struct virtio_blk *vb);

/* ---- requests.c ---- */

extern const struct block_ops vblk_ops;

/* The device's interrupt. */
void vblk_irq(struct virtio_device *d);
/* Under vb->lock: take back what the device has done; true if waiters have to look. */
bool vblk_drain(struct virtio_blk *vb);
/* Under vb->lock: @slot's request is done; it may be gone as soon as that can be seen. */
void vblk_finish(struct virtio_blk *vb, struct blk_slot *slot, int error);
/* Under vb->lock: give the device the request of @slot; there is room. */
void vblk_give(struct virtio_blk *vb, struct blk_slot *slot);

/* ---- recover.c ---- */

/* Under vb->lock: ticks without progress after which a request counts as stuck now. */
u64 vblk_patience(const struct virtio_blk *vb);
/* Under vb->lock: why the device has to be reset, NULL if it has not. */
const char *vblk_trouble(const struct virtio_blk *vb);
/* For @why, by a thread that waits for the device; it may sleep where it can. */
void vblk_recover(struct virtio_blk *vb, const char *why);

#endif
