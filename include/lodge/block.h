/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_BLOCK_H
#define LODGE_BLOCK_H

#include <lodge/types.h>

#define SECTOR_SIZE    512u
#define BLOCK_SIZE_MAX 4096u /* of what a device may transfer as one */

/* A piece of host memory that a disk reads into or writes from. */
struct block_seg {
	hpa_t addr;
	u32 len; /* bytes; the sum over a request is whole sectors */
};

struct block_device;

#define BLOCK_MAX_SEGS 64

/**
 * struct block_request - one transfer under way
 * @sector:  first sector, in units of 512 bytes
 * @nr_segs: used entries of @seg
 * @write:   direction
 * @done:    set when the device has finished; then @error is 0 or -errno
 */
struct block_request {
	u64 sector;
	bool write;
	unsigned int nr_segs;
	struct block_seg seg[BLOCK_MAX_SEGS];
	int error;
	bool done;
	void *driver; /* the driver's own */
};

struct block_ops {
	/* Starts @rq; may sleep until there is room. -errno if it could not be started. */
	int (*submit)(struct block_device *b, struct block_request *rq);
	/*
	 * Sleeps until @rq is done; returns its error. What a device does not answer is tried again
	 * after a reset of it, a few times, and then fails with -EIO.
	 */
	int (*wait)(struct block_device *b, struct block_request *rq);
	/* Sleeps until all that was written is safe from a power cut; NULL: it always is. */
	int (*flush)(struct block_device *b);
};

struct block_device {
	const struct block_ops *ops;
	char name[16];
	u64 sectors;	/* in units of 512 bytes, whatever @block_size */
	u32 block_size; /* bytes, 512 to 4096: what requests begin and end at multiples of */
	bool read_only;
	unsigned int max_segs;	   /* of one request, <= BLOCK_MAX_SEGS */
	unsigned int max_inflight; /* requests worth submitting before waiting */
	const char *use;  /* what the host has it for, as in "as the boot disk"; NULL: nothing */
	u32 max_seg_size; /* bytes, a multiple of SECTOR_SIZE */
	void *driver;
};

/**
 * block_register() - make @b known; the first is the boot disk
 *
 * Devices come in the order of the machine's description, which on QEMU's boards
 * is the order of its command line. Return: 0, or -ENOSPC.
 */
__must_check int block_register(struct block_device *b);

/**
 * block_unregister() - forget @b: nobody uses it, and nobody looks through the devices meanwhile
 * Those behind it move up.
 */
void block_unregister(struct block_device *b);

/** block_get() - the @n-th registered device, or NULL. */
struct block_device *block_get(unsigned int n);

/** block_unit() - sectors of 512 bytes in a block of @b. */
static inline u32 block_unit(const struct block_device *b)
{
	return b->block_size / SECTOR_SIZE;
}

/** block_transfer() - submit @rq and wait; 0 or -errno. May sleep. */
static inline __must_check int block_transfer(struct block_device *b, struct block_request *rq)
{
	int err = b->ops->submit(b, rq);

	return err ? err : b->ops->wait(b, rq);
}

/** block_flush() - what was written before is on the medium when this returns 0. */
static inline __must_check int block_flush(struct block_device *b)
{
	return b->ops->flush ? b->ops->flush(b) : 0;
}

#endif
