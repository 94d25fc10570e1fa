// SPDX-License-Identifier: Apache-2.0
#include <lodge/errno.h>
#include <lodge/string.h>

#include "bio.h"

void bio_init(struct bio *b, struct block_device *dev, struct block_request *rqs, unsigned int nr)
{
	memset(b, 0, sizeof(*b));
	b->dev = dev;
	b->rqs = rqs;
	b->nr = min(nr, max(dev->max_inflight, 1u));
}

static struct block_request *bio_current(struct bio *b)
{
	return &b->rqs[(b->first + b->busy) % b->nr];
}

void bio_start(struct bio *b, bool write)
{
	b->write = write;
	b->error = 0;
	b->end = 0;
	bio_current(b)->nr_segs = 0;
}

static void bio_wait_oldest(struct bio *b)
{
	int err = b->dev->ops->wait(b->dev, &b->rqs[b->first]);

	if (err && !b->error)
		b->error = err;
	b->first = (b->first + 1) % b->nr;
	b->busy--;
}

/* Afterwards the current request is empty. */
static void bio_submit(struct bio *b)
{
	struct block_request *rq = bio_current(b);

	if (rq->nr_segs && !b->error) {
		rq->write = b->write;
		rq->error = 0;
		rq->done = false;
		b->error = b->dev->ops->submit(b->dev, rq);
		if (!b->error)
			b->busy++;
	}
	if (b->busy == b->nr)
		bio_wait_oldest(b);
	bio_current(b)->nr_segs = 0;
}

static u32 bio_seg_limit(const struct bio *b)
{
	u32 limit = ALIGN_DOWN(b->dev->max_seg_size, SECTOR_SIZE);

	return limit ? limit : SECTOR_SIZE;
}

/* One piece that continues the current request, or begins it; how much was taken. */
static u32 bio_append(struct bio *b, u64 sector, hpa_t addr, u64 len)
{
	unsigned int max_segs = min(max(b->dev->max_segs, 1u), (unsigned int)BLOCK_MAX_SEGS);
	u32 limit = bio_seg_limit(b);
	struct block_request *rq = bio_current(b);
	struct block_seg *last;

	if (rq->nr_segs && sector == b->end) {
		last = &rq->seg[rq->nr_segs - 1];
		if (last->addr.v + last->len == addr.v && last->len < limit) {
			len = min(len, (u64)(limit - last->len));
			last->len += len;
			return len;
		}
	}
	if (rq->nr_segs && (sector != b->end || rq->nr_segs == max_segs)) {
		bio_submit(b);
		rq = bio_current(b);
	}
	if (!rq->nr_segs)
		rq->sector = sector;
	len = min(len, (u64)limit);
	rq->seg[rq->nr_segs++] = (struct block_seg){ .addr = addr, .len = len };
	return len;
}

void bio_add(struct bio *b, u64 sector, hpa_t addr, u64 len)
{
	u64 count = len / SECTOR_SIZE;

	/* A damaged file system must not reach what the disk does not have. */
	if (!b->error && (sector > b->dev->sectors || count > b->dev->sectors - sector))
		b->error = -EIO;
	while (len && !b->error) {
		u32 n = bio_append(b, sector, addr, len);

		sector += n / SECTOR_SIZE;
		addr.v += n;
		len -= n;
		b->end = sector;
	}
}

int bio_finish(struct bio *b)
{
	bio_submit(b);
	while (b->busy)
		bio_wait_oldest(b);
	return b->error;
}

int bio_transfer(struct bio *b, u64 sector, hpa_t addr, u64 len, bool write)
{
	bio_start(b, write);
	bio_add(b, sector, addr, len);
	return bio_finish(b);
}
