/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_VIRTIO_H
#define LODGE_VIRTIO_H

#include <lodge/compiler.h>
#include <lodge/types.h>

/*
 * Virtual I/O Device (VIRTIO) 1.2. Everything is little-endian, as is every CPU
 * that Lodge runs on. The layouts serve both ends: the host's drivers, and the
 * devices that guests see.
 */

#define VIRTIO_ID_NET	1
#define VIRTIO_ID_BLOCK 2

/* Device status, 2.1 */
#define VIRTIO_STATUS_ACKNOWLEDGE 1u
#define VIRTIO_STATUS_DRIVER	  2u
#define VIRTIO_STATUS_DRIVER_OK	  4u
#define VIRTIO_STATUS_FEATURES_OK 8u
#define VIRTIO_STATUS_NEEDS_RESET 64u
#define VIRTIO_STATUS_FAILED	  128u

#define VIRTIO_F_VERSION_1 BIT(32)

/* Interrupt status */
#define VIRTIO_ISR_QUEUE  1u
#define VIRTIO_ISR_CONFIG 2u

/* ---- split virtqueue, 2.7 ---- */

#define VIRTQ_DESC_F_NEXT  1u
#define VIRTQ_DESC_F_WRITE 2u /* the device writes */

#define VIRTQ_AVAIL_F_NO_INTERRUPT 1u
#define VIRTQ_USED_F_NO_NOTIFY	   1u

#define VIRTQ_MAX_SIZE 32768u

struct virtq_desc {
	u64 addr;
	u32 len;
	u16 flags;
	u16 next;
};

struct virtq_avail {
	u16 flags;
	u16 idx;
	u16 ring[];
};

struct virtq_used_elem {
	u32 id;
	u32 len;
};

struct virtq_used {
	u16 flags;
	u16 idx;
	struct virtq_used_elem ring[];
};

static_assert(sizeof(struct virtq_desc) == 16, "2.7.5");
static_assert(sizeof(struct virtq_used_elem) == 8, "2.7.8");

/* What only the driver knows of a descriptor; the device can't reach it. */
struct virtq_slot {
	void *token;  /* of a chain's first one; NULL: not with the device */
	u32 writable; /* bytes of the chain that the device may write */
	u16 count;    /* descriptors of the chain */
	u16 next;     /* in the chain, or of the free ones */
};

/**
 * struct virtqueue - the driver's end of a split virtqueue
 * @size:      descriptors, a power of two
 * @nr_free:   of them free
 * @free:      first of these
 * @avail_idx: chains ever made available
 * @used_idx:  chains ever taken back
 * @inflight:  chains that the device has
 *
 * Not locked: the device's driver does. What the device writes is judged before
 * it is used, so that a broken device can't harm more than its own requests.
 */
struct virtqueue {
	u16 size;
	u16 nr_free;
	u16 free;
	u16 avail_idx;
	u16 used_idx;
	u16 inflight;
	struct virtq_desc *desc;
	struct virtq_avail *avail;
	struct virtq_used *used;
	struct virtq_slot *slot;
};

/** virtq_alloc() - memory for @size descriptors (a power of two); -ENOMEM, -EINVAL. */
__must_check int virtq_alloc(struct virtqueue *q, u16 size);
/** virtq_release() - free the memory; the device must not use it any more. */
void virtq_release(struct virtqueue *q);

/** virtq_reset() - empty; the device must not use it (any more, or yet). */
void virtq_reset(struct virtqueue *q);

/* A chain under construction; its address goes nowhere, so that it stays in registers. */
struct virtq_chain {
	struct virtq_desc *desc;
	const struct virtq_slot *slot;
	u16 head, last, next, count;
	u32 writable;
};

/**
 * virtq_begin(), virtq_push(), virtq_end() - make a chain of descriptors
 *
 * The caller has seen that @q->nr_free is enough for what it pushes, pushes what the
 * device reads before what the device writes, and at least one. virtq_end() makes
 * the chain available to the device; @token comes back from virtq_take().
 */
static inline struct virtq_chain virtq_begin(const struct virtqueue *q)
{
	return (struct virtq_chain){ .desc = q->desc,
				     .slot = q->slot,
				     .head = q->free,
				     .next = q->free };
}

static inline void virtq_push(struct virtq_chain *c, hpa_t addr, u32 len, bool device_writes)
{
	struct virtq_desc *d = &c->desc[c->next];

	c->last = c->next;
	c->next = c->slot[c->last].next;
	*d = (struct virtq_desc){ addr.v, len,
				  VIRTQ_DESC_F_NEXT | (device_writes ? VIRTQ_DESC_F_WRITE : 0),
				  c->next };
	c->writable += device_writes ? len : 0;
	c->count++;
}

void virtq_end(struct virtqueue *q, struct virtq_chain c, void *token);

/** virtq_must_notify() - whether the device asks to be told of what virtq_end() added. */
bool virtq_must_notify(const struct virtqueue *q);

/**
 * virtq_take() - take back a chain that the device has used
 * @token: as given to virtq_end()
 * @len:   bytes that the device says it wrote
 * Return: 0, -EAGAIN when there is none, -EIO when what the device says can't be:
 * then it has to be reset.
 */
__must_check int virtq_take(struct virtqueue *q, void **token, u32 *len);

/* ---- devices ---- */

struct virtio_device;

/* Register access of one transport. */
struct virtio_transport {
	u32 (*get_status)(struct virtio_device *d);
	void (*set_status)(struct virtio_device *d, u32 status);
	u64 (*get_features)(struct virtio_device *d);
	void (*set_features)(struct virtio_device *d, u64 features);
	/* Largest size of queue @index, 0 if there is none. */
	u32 (*queue_max)(struct virtio_device *d, u32 index);
	int (*queue_enable)(struct virtio_device *d, u32 index, const struct virtqueue *q);
	void (*notify)(struct virtio_device *d, u32 index);
	/* Keeps a device that does not come out of reset from memory for good; false if it can't be.
	 * NULL: there is no way. */
	bool (*stop)(struct virtio_device *d);
	/* The field of 1, 2, 4 or 8 bytes at @off of the configuration. */
	u64 (*read_config)(struct virtio_device *d, u32 off, unsigned int width);
};

/**
 * struct virtio_device - a device of the host
 * @id:	       VIRTIO_ID_*
 * @name:      for messages
 * @features:  what was negotiated
 * @has_irq:   it interrupts; else it has to be polled
 * @broken:    the device said that it needs a reset (2.1.2)
 * @queue_irq: the driver's, called with interrupts off when the device has used
 *	       buffers or is broken
 * @driver:    the driver's own
 */
struct virtio_device {
	const struct virtio_transport *ops;
	u32 id;
	char name[32];
	u64 features;
	bool has_irq;
	bool broken;
	void (*queue_irq)(struct virtio_device *d);
	void *driver;
};

/** virtio_probe() - find the driver of @d; -ENODEV when there is none. */
__must_check int virtio_probe(struct virtio_device *d);

/**
 * virtio_use() - what the host uses @d for, which has a driver: as in "as the boot disk"
 * NULL: nothing, and nothing is under way.
 */
const char *virtio_use(const struct virtio_device *d);
/**
 * virtio_give() - @d's driver gives it up: it is reset, and nothing of the driver is left
 * virtio_use() is NULL, and no interrupt of @d comes. Return: 0; -ETIMEDOUT if it does not come out of
 * reset: it keeps the driver's memory, and is not used. It can be tried again.
 */
__must_check int virtio_give(struct virtio_device *d);

/** virtio_reset() - stop the device; -ETIMEDOUT when it does not. */
__must_check int virtio_reset(struct virtio_device *d);

/** virtio_start() - reset, and negotiate @wanted (VERSION_1 is a must) into @d->features;
 * -EOPNOTSUPP when device and driver can't agree. Queues are set up next. */
__must_check int virtio_start(struct virtio_device *d, u64 wanted);
/** virtio_ready() - DRIVER_OK: queues may be used from now on. */
void virtio_ready(struct virtio_device *d);
/** virtio_fail() - FAILED: the driver has given the device up. */
void virtio_fail(struct virtio_device *d);

/** virtio_blk_probe() - the driver of disks: 0 when it took the device, or -errno. */
int virtio_blk_probe(struct virtio_device *d);
/** virtio_blk_use(), virtio_blk_give() - its part of virtio_use() and virtio_give() */
const char *virtio_blk_use(const struct virtio_device *d);
__must_check int virtio_blk_give(struct virtio_device *d);

#endif
