/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIRTIO_BLK_H
#define VIRTIO_BLK_H

/* Between the parts of the driver: virtio_blk.c finds disks, requests.c is what they do. */
#include <lodge/block.h>
#include <lodge/spinlock.h>
#include <lodge/thread.h>
#include <lodge/virtio.h>

#define BLK_F_FLUSH BIT(9)

#define NR_SLOTS 16

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

extern const struct block_ops vblk_ops;

/* Make the queue known and let the device go. */
int vblk_enable(struct virtio_blk *vb);
/* The device's interrupt. */
void vblk_irq(struct virtio_device *d);

#endif
