// SPDX-License-Identifier: Apache-2.0
#include <asm/layout.h>
#include <lodge/errno.h>
#include <lodge/printk.h>
#include <lodge/slab.h>
#include <lodge/thread.h>

#include "cache.h"

int cache_init(struct cache *c, unsigned int nr_blocks)
{
	for (unsigned int i = 0; i < CACHE_BLOCKS; i++)
		c->blk[i] = (struct cache_block){ .nr = CACHE_NONE };
	for (unsigned int i = 0; i < nr_blocks; i++) {
		c->blk[i].data = kmalloc((size_t)c->block * SECTOR_SIZE);
		if (!c->blk[i].data)
			return -ENOMEM;
	}
	return 0;
}

void cache_destroy(struct cache *c)
{
	for (unsigned int i = 0; i < CACHE_BLOCKS; i++) {
		kfree(c->blk[i].data);
		c->blk[i].data = NULL;
	}
}

static int cache_write_back(struct cache *c)
{
	struct cache_block *b = c->dirty_blk;
	u32 unit = block_unit(c->bio->dev);
	u32 lo = ALIGN_DOWN(c->dirty_lo, unit), hi = ALIGN_UP(c->dirty_hi, unit);
	u64 sector = b->nr * c->block + lo;
	hpa_t addr = kva_to_hpa(b->data + lo * SECTOR_SIZE);
	u64 len = (u64)(hi - lo) * SECTOR_SIZE;
	int err = 0;

	c->order->dirty = NULL;
	c->dirty_blk = NULL;
	for (unsigned int i = 0; i < c->copies && !err; i++)
		err = bio_transfer(c->bio, c->base + i * c->stride + sector, addr, len, true);
	/* Memory no longer says what the disk has. */
	if (err)
		b->nr = CACHE_NONE;
	return err;
}

int cache_sync(struct cache_order *order)
{
	return order->dirty ? cache_write_back(order->dirty) : 0;
}

static int cache_load(struct cache *c, struct cache_block *b, u64 nr)
{
	u64 first = nr * c->block;
	u64 count = ALIGN_UP(min((u64)c->block, c->sectors - first), block_unit(c->bio->dev));
	hpa_t addr = kva_to_hpa(b->data);
	int err = -EIO;

	b->nr = CACHE_NONE;
	for (unsigned int i = 0; i < c->copies && err; i++)
		err = bio_transfer(c->bio, c->base + i * c->stride + first, addr,
				   count * SECTOR_SIZE, false);
	if (!err)
		b->nr = nr;
	return err;
}

static struct cache_block *cache_lookup(struct cache *c, u64 nr)
{
	for (unsigned int i = 0; i < CACHE_BLOCKS; i++)
		if (c->blk[i].nr == nr)
			return &c->blk[i];
	return NULL;
}

static struct cache_block *cache_oldest(struct cache *c)
{
	struct cache_block *b = &c->blk[0];

	for (unsigned int i = 1; i < CACHE_BLOCKS; i++) {
		struct cache_block *o = &c->blk[i];

		if (o->data && (o->nr == CACHE_NONE || (s32)(o->stamp - b->stamp) < 0))
			b = o;
		if (b->nr == CACHE_NONE)
			break;
	}
	return b;
}

int cache_get(struct cache *c, u64 sector, u8 **data)
{
	u64 nr = sector / c->block;
	struct cache_block *b;
	int err;

	/* All loops over chains and directories, whose length the disk says, come by here. */
	thread_make_room();
	if (sector >= c->sectors)
		return -EUCLEAN;
	b = cache_lookup(c, nr);
	if (!b) {
		err = cache_sync(c->order);
		if (err)
			return err;
		b = cache_oldest(c);
		err = cache_load(c, b, nr);
		if (err)
			return err;
	}
	b->stamp = ++c->clock;
	*data = b->data + (sector % c->block) * SECTOR_SIZE;
	return 0;
}

int cache_dirty(struct cache *c, u64 sector)
{
	struct cache_block *b = cache_lookup(c, sector / c->block);
	u32 lo = sector % c->block;
	bool same;
	int err;

	BUG_ON(!b); /* got just now, and only a load of other blocks evicts */
	same = c->order->dirty == c && c->dirty_blk == b && (c->whole || c->dirty_lo == lo);
	if (!same) {
		err = cache_sync(c->order);
		if (err) {
			b->nr = CACHE_NONE; /* changed, but will not be written */
			return err;
		}
		c->order->dirty = c;
		c->dirty_blk = b;
		c->dirty_lo = lo;
		c->dirty_hi = lo + 1;
		return 0;
	}
	c->dirty_lo = min(c->dirty_lo, lo);
	c->dirty_hi = max(c->dirty_hi, lo + 1);
	return 0;
}

int cache_forget(struct cache *c, u64 sector, u64 count)
{
	int err = 0;

	if (c->order->dirty == c)
		err = cache_sync(c->order);
	for (unsigned int i = 0; i < CACHE_BLOCKS; i++) {
		struct cache_block *b = &c->blk[i];
		u64 first;

		if (b->nr == CACHE_NONE)
			continue;
		first = b->nr * c->block;
		if (first < sector + count && sector < first + c->block)
			b->nr = CACHE_NONE;
	}
	return err;
}
