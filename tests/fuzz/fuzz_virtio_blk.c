// SPDX-License-Identifier: Apache-2.0
/*
 * The disk driver with a device that errs, lies, hangs, is late, or comes back from a reset with
 * less: a request ends, with right data unless it fails, in bounded time, and memory is not lost.
 */
/* links: drivers/virtio-blk/virtio_blk.c drivers/virtio-blk/requests.c drivers/virtio-blk/recover.c drivers/virtio/virtio.c drivers/virtio/virtqueue.c */
/* runs: 500 */
/* length: 60 */
#include "fuzz.h"

#define DISK_SECTORS 32u /* each input fills it */
#include <virtio_blk_fixture.h>

/* Of a request that is tried again a few times, each time with a reset. */
#define MAX_TIME   600000000ull
#define MAX_RESETS 16
#define MAX_OPS	   12

static void check_request(struct block_device *b, bool write, u64 sector, u8 fill)
{
	struct block_request rq;
	u8 buf[1024];
	u64 began = now;
	unsigned int resets = fake.resets;
	int err;

	memset(buf, fill, sizeof(buf));
	request(&rq, write, sector, buf, sizeof(buf));
	err = block_transfer(b, &rq);
	assert_true(err == 0 || err == -EIO || err == -ENOMEM || err == -ETIMEDOUT);
	assert_true(now - began < MAX_TIME);
	assert_true(fake.resets - resets <= MAX_RESETS);
	if (!err)
		assert_memory_equal(buf, fake.disk + sector * SECTOR_SIZE, sizeof(buf));
}

void fuzz_one(struct fuzz *in)
{
	struct block_device *b;
	unsigned int n;
	u8 what = fuzz_u8(in);

	setup(NULL);
	per_look = 1000;
	registered = NULL;
	fake.queue_max = 1u << (2 + (what & 7));
	fake.seg_max = what & 8 ? 126 : 2;
	fake.can_stop = what & 16;
	fake.defer = what & 64;
	if (virtio_blk_probe(&fake.dev) || !registered) {
		teardown(NULL);
		return;
	}
	b = registered;
	for (n = 0; in->left && n < MAX_OPS; n++) {
		u8 op = fuzz_u8(in);

		fake.fault = op % (FAULT_LESS_FEATURES + 1);
		fake.faults_left = op >> 6;
		fake.late = fuzz_take(in, 2) * 1000;
		fake.reset_looks = fuzz_u8(in);
		check_request(b, op & 16, fuzz_take(in, 2) % (DISK_SECTORS - 2), fuzz_u8(in));
		if (op & 32)
			assert_true(block_flush(b) <= 0);
	}
	teardown(NULL);
}
