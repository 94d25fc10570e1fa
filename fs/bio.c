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
	b->max_segs = min(max(dev->max_segs, 1u), (unsigned int)BLOCK_MAX_SEGS);
	b->max_seg_size = max(ALIGN_DOWN(dev->max_seg_size, dev->block_size), dev->block_size);
	b->cur = rqs;
}

static void bio_next_request(struct bio *b)
{
	b->cur = &b->rqs[(b->first + b->busy) % b->nr];
	b->cur->nr_segs = 0;
}

void bio_start(struct bio *b, bool write)
{
	b->write = write;
	b->error = 0;
	b->end = 0;
	bio_next_request(b);
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
	struct block_request *rq = b->cur;

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
	bio_next_request(b);
}

/* One piece that continues the current request, or begins it; how much was taken. */
static u32 bio_append(struct bio *b, u64 sector, hpa_t addr, u64 len)
{
	struct block_request *rq = b->cur;

	if (rq->nr_segs && sector == b->end) {
		struct block_seg *last = &rq->seg[rq->nr_segs - 1];

		if (last->addr.v + last->len == addr.v && last->len < b->max_seg_size) {
			len = min(len, (u64)(b->max_seg_size - last->len));
			last->len += len;
			return len;
		}
	}
	if (rq->nr_segs && (sector != b->end || rq->nr_segs == b->max_segs)) {
		bio_submit(b);
		rq = b->cur;
	}
	if (!rq->nr_segs)
		rq->sector = sector;
	len = min(len, (u64)b->max_seg_size);
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
