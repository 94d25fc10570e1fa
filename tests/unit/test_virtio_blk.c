// SPDX-License-Identifier: Apache-2.0
/* links: drivers/virtio-blk/virtio_blk.c drivers/virtio-blk/requests.c drivers/virtio-blk/recover.c drivers/virtio/virtio.c drivers/virtio/virtqueue.c */
/* The disk driver with a device that does what it should. */
#include "virtio_blk_fixture.h"

static void limits_are_the_devices(void **state)
{
	struct block_device *b = probe();

	assert_int_equal(b->sectors, DISK_SECTORS);
	assert_int_equal(b->max_segs, BLOCK_MAX_SEGS);
	assert_false(b->read_only);
	assert_int_equal(b->max_seg_size % SECTOR_SIZE, 0);
	assert_true(b->max_inflight > 1);

	setup(state);
	fake.offered |= F_SIZE_MAX | F_RO;
	fake.size_max = 5000;
	fake.seg_max = 3;
	b = probe();
	assert_int_equal(b->max_segs, 3);
	assert_int_equal(b->max_seg_size, 4608);
	assert_true(b->read_only);

	setup(state);
	fake.offered &= ~F_SEG_MAX;
	assert_int_equal(probe()->max_segs, 1);

	setup(state);
	fake.queue_max = 31; /* 16 descriptors */
	assert_int_equal(probe()->max_segs, 14);
}

static void unusable_devices_leave_nothing_behind(void **state)
{
	fake.offered &= ~VIRTIO_F_VERSION_1;
	assert_int_equal(virtio_blk_probe(&fake.dev), -EOPNOTSUPP);
	assert_true(fake.status & VIRTIO_STATUS_FAILED);
	assert_int_equal(allocations(), 0);

	static const u32 sizes[] = { 0, 256, 3072, 8192, 0x80000000u };

	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		setup(state);
		fake.offered |= F_BLK_SIZE;
		fake.blk_size = sizes[i];
		assert_int_equal(virtio_blk_probe(&fake.dev), -ENODEV);
		assert_int_equal(allocations(), 0);
	}

	setup(state);
	fake.queue_max = 3;
	assert_int_equal(virtio_blk_probe(&fake.dev), -EINVAL);
	assert_int_equal(allocations(), 0);

	setup(state);
	fake.seg_max = 0;
	assert_int_equal(virtio_blk_probe(&fake.dev), -EINVAL);
	assert_int_equal(allocations(), 0);

	setup(state);
	fake.status = 1;
	fake.fault = FAULT_SLOW_RESET;
	fake.reset_looks = ~0u;
	assert_int_equal(virtio_blk_probe(&fake.dev), -ETIMEDOUT);
	assert_int_equal(allocations(), 0);
}

static void transfers_go_straight_to_the_segments(void **state)
{
	struct block_device *b = probe();
	static u8 buf[BLOCK_MAX_SEGS][512];
	struct block_request rq;
	unsigned int i;

	rq.write = false;
	rq.sector = 5;
	rq.nr_segs = BLOCK_MAX_SEGS;
	/* in reverse, and in lengths that are no sectors: only the sum is */
	for (i = 0; i < BLOCK_MAX_SEGS; i++)
		rq.seg[i] = (struct block_seg){ hpa((u64)buf[BLOCK_MAX_SEGS - 1 - i]),
						i % 2 ? 412 : 100 };
	memset(buf, 0, sizeof(buf));
	assert_int_equal(block_transfer(b, &rq), 0);
	assert_memory_equal(buf[BLOCK_MAX_SEGS - 1], fake.disk + 5 * 512, 100);
	assert_memory_equal(buf[BLOCK_MAX_SEGS - 2], fake.disk + 5 * 512 + 100, 412);
	assert_memory_equal(buf[0], fake.disk + 5 * 512 + 31 * 512 + 100, 412);
	assert_int_equal(buf[0][412], 0);
}

static void written_data_is_on_the_disk(void **state)
{
	struct block_device *b = probe();
	struct block_request rq;
	u8 buf[512];

	memset(buf, 0x5a, sizeof(buf));
	request(&rq, true, DISK_SECTORS - 1, buf, sizeof(buf));
	assert_int_equal(block_transfer(b, &rq), 0);
	assert_memory_equal(buf, fake.disk + (DISK_SECTORS - 1) * 512, sizeof(buf));
}

static void large_blocks_are_transferred_whole(void **state)
{
	struct block_device *b;
	struct block_request rq;
	static u8 buf[8192];

	fake.offered |= F_BLK_SIZE;
	fake.blk_size = 4096;
	b = probe();
	assert_int_equal(b->block_size, 4096);
	assert_int_equal(b->max_seg_size % 4096, 0);
	assert_int_equal(b->sectors % 8, 0);
	request(&rq, false, 8, buf, 4096);
	assert_int_equal(block_transfer(b, &rq), 0);
	assert_memory_equal(buf, fake.disk + 4096, 4096);
	request(&rq, false, 8, buf, 512);
	assert_int_equal(block_transfer(b, &rq), -EINVAL);
	request(&rq, false, 1, buf, 4096);
	assert_int_equal(block_transfer(b, &rq), -EINVAL);
}

static void bad_requests_never_reach_the_device(void **state)
{
	static u8 buf[4096];
	struct block_device *b = probe();
	struct block_request rq;

	request(&rq, false, DISK_SECTORS, buf, 512);
	assert_int_equal(block_transfer(b, &rq), -EINVAL);
	request(&rq, false, DISK_SECTORS - 1, buf, 1024);
	assert_int_equal(block_transfer(b, &rq), -EINVAL);
	request(&rq, false, ~0ull, buf, 512);
	assert_int_equal(block_transfer(b, &rq), -EINVAL);
	request(&rq, false, 0, buf, 511);
	assert_int_equal(block_transfer(b, &rq), -EINVAL);
	request(&rq, false, 0, buf, 0);
	assert_int_equal(block_transfer(b, &rq), -EINVAL);
	request(&rq, false, 0, buf, 0x80000000);
	assert_int_equal(block_transfer(b, &rq), -EINVAL);
	request(&rq, false, 0, buf, 512);
	rq.nr_segs = 0;
	assert_int_equal(block_transfer(b, &rq), -EINVAL);
	rq.nr_segs = BLOCK_MAX_SEGS + 1;
	assert_int_equal(block_transfer(b, &rq), -EINVAL);
	assert_int_equal(fake.requests, 0);
}

static void read_only_disk_refuses_writes(void **state)
{
	struct block_device *b;
	struct block_request rq;
	u8 buf[512] = { 0 };

	fake.offered |= F_RO;
	b = probe();
	request(&rq, true, 0, buf, 512);
	assert_int_equal(block_transfer(b, &rq), -EROFS);
	assert_int_equal(fake.requests, 0);
	assert_works(b);
}

static void flush_reaches_a_device_with_a_cache(void **state)
{
	assert_int_equal(block_flush(probe()), 0);
	assert_int_equal(fake.flushes, 1);

	setup(state);
	fake.offered &= ~F_FLUSH;
	assert_int_equal(block_flush(probe()), 0);
	assert_int_equal(fake.requests, 0);
}

/* More than there is room for: submit sleeps, and nothing is lost or mixed up. */
static void many_requests_are_under_way_at_once(void **state)
{
	static struct block_request rq[100];
	static u8 buf[100][1024];
	struct block_device *b;
	unsigned int i;

	fake.defer = true;
	b = probe();
	for (i = 0; i < 100; i++) {
		request(&rq[i], false, i * 3, buf[i], 1024);
		assert_int_equal(b->ops->submit(b, &rq[i]), 0);
	}
	for (i = 100; i--;)
		assert_int_equal(b->ops->wait(b, &rq[i]), 0);
	for (i = 0; i < 100; i++)
		assert_memory_equal(buf[i], fake.disk + i * 3 * 512, 1024);
	assert_true(fake.most_pending >= b->max_inflight);
	assert_int_equal(fake.resets, 1);
}

static void nothing_sleeps_before_it_can(void **state)
{
	struct block_device *b;

	can_sleep = false;
	b = probe();
	assert_works(b);
	can_sleep = true;
	fake.dev.has_irq = false;
	assert_works(b);
	assert_int_equal(sleeps, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(limits_are_the_devices),
		TEST(unusable_devices_leave_nothing_behind),
		TEST(transfers_go_straight_to_the_segments),
		TEST(written_data_is_on_the_disk),
		TEST(large_blocks_are_transferred_whole),
		TEST(bad_requests_never_reach_the_device),
		TEST(read_only_disk_refuses_writes),
		TEST(flush_reaches_a_device_with_a_cache),
		TEST(many_requests_are_under_way_at_once),
		TEST(nothing_sleeps_before_it_can),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
