// SPDX-License-Identifier: Apache-2.0
#include <asm/layout.h>
#include <lodge/mutex.h>
#include <lodge/slab.h>
#include <lodge/wallclock.h>

#include "ramdisk.h"

static unsigned int live, fail_countdown;

void alloc_fail_at(unsigned int n)
{
	fail_countdown = n;
}

unsigned int alloc_live(void)
{
	return live;
}

void *kmalloc(size_t size)
{
	void *p;

	if (fail_countdown && !--fail_countdown)
		return NULL;
	p = malloc(size);
	assert_non_null(p);
	memset(p, 0xa5, size);
	live++;
	return p;
}

void *kzalloc(size_t size)
{
	void *p = kmalloc(size);

	return p ? memset(p, 0, size) : NULL;
}

void kfree(void *p)
{
	live -= p != NULL;
	free(p);
}

void mutex_init(struct mutex *m)
{
	m->next = 0;
	m->serving = 0;
}

void mutex_lock(struct mutex *m)
{
	assert_int_equal(m->next, m->serving);
	m->next++;
}

void mutex_unlock(struct mutex *m)
{
	assert_int_equal(m->next - m->serving, 1);
	m->serving++;
}

u64 disk_clock;

u64 wallclock_ns(void)
{
	return disk_clock;
}

static void poison(const struct block_request *rq)
{
	for (unsigned int i = 0; i < rq->nr_segs; i++)
		memset(hpa_to_kva(rq->seg[i].addr), 0xee, rq->seg[i].len);
}

static int disk_submit(struct block_device *b, struct block_request *rq)
{
	struct disk *d = b->driver;
	u64 bytes = 0;

	assert_in_range(rq->nr_segs, 1, b->max_segs);
	assert_true(d->nr_pending < b->max_inflight);
	for (unsigned int i = 0; i < rq->nr_segs; i++) {
		assert_in_range(rq->seg[i].len, 1, b->max_seg_size);
		bytes += rq->seg[i].len;
	}
	assert_int_equal(bytes % b->block_size, 0);
	assert_int_equal(rq->sector * SECTOR_SIZE % b->block_size, 0);
	assert_true(rq->sector <= b->sectors && bytes / SECTOR_SIZE <= b->sectors - rq->sector);
	assert_false(rq->write && b->read_only);
	d->requests++;
	d->writes += rq->write;
	d->segs += rq->nr_segs;
	d->bytes += bytes;
	if (d->budget)
		assert_true(d->requests <= d->budget);
	rq->error = d->requests == d->fail_at ? -EIO : 0;
	/* Half of the errors are already seen here. */
	if (rq->error && d->requests & 1)
		return rq->error;
	if (!rq->write)
		poison(rq);
	d->pending[d->nr_pending++] = rq;
	return 0;
}

/* As late as possible, so that memory used too early shows. */
static int disk_wait(struct block_device *b, struct block_request *rq)
{
	struct disk *d = b->driver;
	u8 *at = d->data + rq->sector * SECTOR_SIZE;
	unsigned int n = 0;

	while (n < d->nr_pending && d->pending[n] != rq)
		n++;
	assert_true(n < d->nr_pending);
	d->pending[n] = d->pending[--d->nr_pending];
	rq->done = true;
	for (unsigned int i = 0; i < rq->nr_segs && !rq->error; i++) {
		u8 *mem = hpa_to_kva(rq->seg[i].addr);

		for (u32 k = 0, len; k < rq->seg[i].len; k += len, at += len) {
			u64 in_sector = (u64)(at - d->data) % SECTOR_SIZE;

			len = min(rq->seg[i].len - k, SECTOR_SIZE - (u32)in_sector);
			if (!rq->write) {
				memcpy(mem + k, at, len);
				continue;
			}
			if (d->stopping && !in_sector && !d->sectors_left--) {
				d->sectors_left = 0;
				rq->error = -EIO;
				break;
			}
			memcpy(at, mem + k, len);
		}
	}
	return rq->error;
}

static const struct block_ops disk_ops = { .submit = disk_submit, .wait = disk_wait };

void ramdisk_init(struct disk *d, u8 *data, u64 size)
{
	d->data = data;
	d->size = size;
	d->dev = (struct block_device){
		.ops = &disk_ops,
		.name = "disk",
		.sectors = size / SECTOR_SIZE,
		.block_size = SECTOR_SIZE,
		.max_segs = BLOCK_MAX_SEGS,
		.max_inflight = DISK_INFLIGHT,
		.max_seg_size = 1 << 20,
		.driver = d,
	};
	live = 0; /* a test before this one may have failed */
	fail_countdown = 0;
	disk_clock = 0;
}

void disk_reset_counts(struct disk *d)
{
	d->requests = 0;
	d->writes = 0;
	d->segs = 0;
	d->bytes = 0;
}
