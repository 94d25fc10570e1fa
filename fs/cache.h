/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FS_CACHE_H
#define FS_CACHE_H

#include "bio.h"

#define CACHE_BLOCKS 4
#define CACHE_NONE   (~0ull)

/*
 * Caches of one file system share an order: at most one unit among them is
 * dirty at any time. Making another one dirty writes it first, so the disk sees
 * the changes in the order the program made them, and neighbouring changes to
 * the same unit cost one write.
 */
struct cache_order {
	struct cache *dirty;
};

struct cache_block {
	u64 nr;	   /* which block of the cache's range; CACHE_NONE */
	u32 stamp; /* of its last use */
	u8 *data;
};

/**
 * struct cache - a few blocks of a range of sectors
 * @base, @sectors: the range; all sector numbers below are relative to @base, which is a
 *          multiple of the disk's blocks
 * @block:  sectors in a block of the cache, a multiple of the disk's
 * @whole:  a whole block is one unit of writing, not each sector
 * @copies, @stride: blocks are written this many times, so many sectors apart;
 *          a block that can't be read from the first copy is read from the next
 */
struct cache {
	struct bio *bio;
	struct cache_order *order;
	u64 base, sectors;
	u32 block;
	bool whole;
	unsigned int copies;
	u64 stride;
	u32 clock;
	struct cache_block blk[CACHE_BLOCKS];
	struct cache_block *dirty_blk;
	u32 dirty_lo, dirty_hi; /* sectors of dirty_blk, [lo, hi) */
};

/**
 * cache_init() - give @c its memory; the caller has set everything above @clock
 *
 * Return: 0 or -ENOMEM; cache_destroy() is right after either.
 */
__must_check int cache_init(struct cache *c, unsigned int nr_blocks);
void cache_destroy(struct cache *c);

/**
 * cache_get() - the contents of @sector
 * @data: valid until the second cache_get() after this one
 *
 * May sleep, and gives way when the time slice is over.
 *
 * Return: 0, -EIO, or -EUCLEAN when @sector is outside the range.
 */
__must_check int cache_get(struct cache *c, u64 sector, u8 **data);

/** cache_dirty() - @sector, just got, was changed in memory; may write another unit; 0 or -EIO. */
__must_check int cache_dirty(struct cache *c, u64 sector);

/** cache_sync() - write what is dirty in any cache of @order; 0 or -EIO. */
__must_check int cache_sync(struct cache_order *order);

/**
 * cache_forget() - @count sectors from @sector on will be written past the cache
 *
 * What is dirty in @c is written first. Return: 0 or -EIO.
 */
__must_check int cache_forget(struct cache *c, u64 sector, u64 count);

#endif
