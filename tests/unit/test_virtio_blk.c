// SPDX-License-Identifier: Apache-2.0
/* links: drivers/virtio-blk/virtio_blk.c drivers/virtio/virtio.c drivers/virtio/virtqueue.c */
/* The disk driver, against a device that the test plays, with whatever faults it wants. */
#include <lodge/block.h>
#include <lodge/errno.h>
#include <lodge/page_alloc.h>
#include <lodge/slab.h>
#include <lodge/thread.h>
#include <lodge/time.h>
#include <lodge/virtio.h>
#include <shim.h>

#define DISK_SECTORS 1024u

/* ---- the host's services ---- */

static u64 now;

/* What is allocated now. A driver keeps its disks for good: the end of a test does not. */
static void *memory[64];

static void *remember(void *p)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(memory); i++)
		if (!memory[i])
			return memory[i] = p;
	fail_msg("too many allocations");
	return NULL;
}

static void forget(void *p)
{
	unsigned int i;

	for (i = 0; p && i < ARRAY_SIZE(memory); i++)
		if (memory[i] == p) {
			memory[i] = NULL;
			free(p);
			return;
		}
}

static unsigned int allocations(void)
{
	unsigned int i, n = 0;

	for (i = 0; i < ARRAY_SIZE(memory); i++)
		n += memory[i] != NULL;
	return n;
}

void *kzalloc(size_t size)
{
	return remember(calloc(1, size));
}

void kfree(void *p)
{
	forget(p);
}

hpa_t page_alloc(unsigned int order, unsigned int flags, struct mem_account *acct)
{
	return hpa((u64)remember(aligned_alloc(PAGE_SIZE << order, PAGE_SIZE << order)));
}

void page_free(hpa_t page, unsigned int order, struct mem_account *acct)
{
	forget((void *)page.v);
}

static struct block_device *registered;

int block_register(struct block_device *b)
{
	registered = b;
	return 0;
}

/* A microsecond passes at each look. */
u64 time_now(void)
{
	return now++;
}

u64 time_from_us(u64 us)
{
	return us;
}

static bool can_sleep;
static unsigned int sleeps;

bool thread_can_sleep(void)
{
	return can_sleep;
}

void waitq_init(struct waitq *q)
{
}

void waitq_wake(struct waitq *q)
{
}

/* ---- the device ---- */

enum fault {
	FAULT_NONE,
	FAULT_ERROR_STATUS,
	FAULT_NO_STATUS,
	FAULT_SHORT_READ,
	FAULT_SILENT, /* completes nothing until it is reset */
	FAULT_BAD_ID,
	FAULT_BAD_LEN,
	FAULT_BAD_IDX,
	FAULT_NEEDS_RESET,
	FAULT_NO_RESET,	     /* and it does not come out of reset either */
	FAULT_LESS_FEATURES, /* after a reset */
};

static struct fake {
	struct virtio_device dev;
	u32 status;
	u64 offered;
	u32 queue_max, seg_max, size_max, blk_size;
	bool defer; /* requests are completed when the driver sleeps */
	enum fault fault;
	unsigned int faults_left;
	const struct virtqueue *q;
	u16 seen, used;
	unsigned int resets, flushes, requests, notifies, most_pending;
	u8 disk[DISK_SECTORS * SECTOR_SIZE];
} fake;

static u32 fake_get_status(struct virtio_device *d)
{
	return fake.status;
}

static void fake_set_status(struct virtio_device *d, u32 status)
{
	if (status == 0) {
		fake.resets++;
		fake.q = NULL;
		if (fake.fault == FAULT_NO_RESET)
			return;
		if (fake.fault == FAULT_LESS_FEATURES && fake.resets > 1)
			fake.offered = VIRTIO_F_VERSION_1;
	}
	fake.status = status;
}

static u64 fake_get_features(struct virtio_device *d)
{
	return fake.offered;
}

static void fake_set_features(struct virtio_device *d, u64 features)
{
	assert_true((features & ~fake.offered) == 0);
}

static u32 fake_queue_max(struct virtio_device *d, u32 index)
{
	return index ? 0 : fake.queue_max;
}

static int fake_queue_enable(struct virtio_device *d, u32 index, const struct virtqueue *q)
{
	assert_int_equal(index, 0);
	assert_true(fake.status & VIRTIO_STATUS_FEATURES_OK);
	assert_false(fake.status & VIRTIO_STATUS_DRIVER_OK);
	assert_true(q->size <= fake.queue_max);
	fake.q = q;
	fake.seen = 0;
	fake.used = 0;
	return 0;
}

static u64 fake_read_config(struct virtio_device *d, u32 off, unsigned int width)
{
	switch (off) {
	case 0:
		assert_int_equal(width, 8);
		return DISK_SECTORS;
	case 8:
		return fake.size_max;
	case 12:
		return fake.seg_max;
	case 20:
		return fake.blk_size;
	}
	fail_msg("configuration field %u", off);
	return 0;
}

/* Do what the chain at @head asks for; bytes written. */
static u32 fake_execute(u16 head, u8 status)
{
	const struct virtq_desc *d = &fake.q->desc[head];
	const struct {
		u32 type, reserved;
		u64 sector;
	} *header = (const void *)d->addr;
	u8 *p = fake.disk + header->sector * SECTOR_SIZE;
	u32 written = 0;
	unsigned int segs = 0;

	assert_int_equal(d->len, 16);
	assert_false(d->flags & VIRTQ_DESC_F_WRITE);
	for (d = &fake.q->desc[d->next]; d->flags & VIRTQ_DESC_F_NEXT; d = &fake.q->desc[d->next]) {
		bool device_writes = (d->flags & VIRTQ_DESC_F_WRITE) != 0;

		assert_true(++segs <= fake.seg_max);
		assert_true(d->len <= fake.size_max);
		assert_true(p + d->len <= fake.disk + sizeof(fake.disk));
		assert_int_equal(device_writes, header->type == 0);
		if (device_writes)
			memcpy((void *)d->addr, p, d->len);
		else
			memcpy(p, (void *)d->addr, d->len);
		written += device_writes ? d->len : 0;
		p += d->len;
	}
	assert_int_equal(d->len, 1);
	assert_true(d->flags & VIRTQ_DESC_F_WRITE);
	if (fake.fault != FAULT_NO_STATUS)
		*(u8 *)d->addr = status;
	fake.flushes += header->type == 4;
	fake.requests++;
	return written + 1;
}

static void fake_use(u32 id, u32 len)
{
	fake.q->used->ring[fake.used % fake.q->size] = (struct virtq_used_elem){ id, len };
	fake.q->used->idx = ++fake.used;
}

static void fake_answer(u16 head)
{
	if (!fake.faults_left) {
		fake_use(head, fake_execute(head, 0));
		return;
	}
	fake.faults_left--;
	switch (fake.fault) {
	case FAULT_ERROR_STATUS:
		fake_use(head, fake_execute(head, 1));
		break;
	case FAULT_SHORT_READ:
		fake_use(head, fake_execute(head, 0) - 2);
		break;
	case FAULT_BAD_ID:
		fake_use(head + 1000, 1);
		break;
	case FAULT_BAD_LEN:
		fake_use(head, 0x80000000);
		break;
	case FAULT_BAD_IDX:
		fake.used += 100;
		fake_use(head, 1);
		break;
	case FAULT_NEEDS_RESET:
		fake.dev.broken = true;
		break;
	case FAULT_NO_STATUS:
		fake_use(head, fake_execute(head, 0));
		break;
	default: /* silence */
		break;
	}
}

/* Answer all that is there, or @most of it. */
static void fake_run(unsigned int most)
{
	u16 pending;

	if (!fake.q)
		return;
	pending = (u16)(fake.q->avail->idx - fake.seen);
	fake.most_pending = max(fake.most_pending, (unsigned int)pending);
	while (fake.q && most-- && fake.seen != fake.q->avail->idx)
		fake_answer(fake.q->avail->ring[fake.seen++ % fake.q->size]);
}

static void fake_notify(struct virtio_device *d, u32 index)
{
	assert_true(fake.status & VIRTIO_STATUS_DRIVER_OK);
	fake.notifies++;
	if (!fake.defer)
		fake_run(~0u);
}

/* While the driver sleeps, the device works and interrupts; or the deadline comes. */
int waitq_wait(struct waitq *q, bool (*cond)(void *arg), void *arg, u64 deadline)
{
	sleeps++;
	while (fake.q && fake.seen != fake.q->avail->idx) {
		fake_run(1);
		fake.dev.queue_irq(&fake.dev);
		if (cond(arg))
			return 0;
	}
	now = max(now, deadline);
	return -ETIMEDOUT;
}

static const struct virtio_transport fake_transport = {
	.get_status = fake_get_status,
	.set_status = fake_set_status,
	.get_features = fake_get_features,
	.set_features = fake_set_features,
	.queue_max = fake_queue_max,
	.queue_enable = fake_queue_enable,
	.notify = fake_notify,
	.read_config = fake_read_config,
};

/* ---- tests ---- */

#define F_SIZE_MAX BIT(1)
#define F_SEG_MAX  BIT(2)
#define F_RO	   BIT(5)
#define F_BLK_SIZE BIT(6)
#define F_FLUSH	   BIT(9)

static int setup(void **state)
{
	unsigned int i;

	memset(&fake, 0, sizeof(fake));
	fake.dev.ops = &fake_transport;
	fake.dev.id = VIRTIO_ID_BLOCK;
	fake.dev.has_irq = true;
	snprintf(fake.dev.name, sizeof(fake.dev.name), "fake");
	fake.offered = VIRTIO_F_VERSION_1 | F_SEG_MAX | F_FLUSH | BIT(28) | BIT(29);
	fake.queue_max = 1024;
	fake.seg_max = 126;
	fake.size_max = ~0u;
	fake.blk_size = 512;
	for (i = 0; i < sizeof(fake.disk); i++)
		fake.disk[i] = (u8)(i * 7 + i / 512);
	can_sleep = true;
	sleeps = 0;
	return 0;
}

static int teardown(void **state)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(memory); i++)
		forget(memory[i]);
	return 0;
}

static struct block_device *probe(void)
{
	assert_int_equal(virtio_blk_probe(&fake.dev), 0);
	return registered;
}

static void request(struct block_request *rq, bool write, u64 sector, void *buf, u32 len)
{
	memset(rq, 0xaa, sizeof(*rq));
	rq->write = write;
	rq->sector = sector;
	rq->nr_segs = 1;
	rq->seg[0] = (struct block_seg){ hpa((u64)buf), len };
}

static int read_sectors(struct block_device *b, u64 sector, void *buf, u32 len)
{
	struct block_request rq;

	request(&rq, false, sector, buf, len);
	return block_transfer(b, &rq);
}

/* A read through the driver gives what is on the disk. */
static void assert_works(struct block_device *b)
{
	u8 buf[1024];

	memset(buf, 0, sizeof(buf));
	assert_int_equal(read_sectors(b, 7, buf, sizeof(buf)), 0);
	assert_memory_equal(buf, fake.disk + 7 * 512, sizeof(buf));
}

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

	setup(state);
	fake.offered |= F_BLK_SIZE;
	fake.blk_size = 4096;
	assert_int_equal(virtio_blk_probe(&fake.dev), -ENODEV);
	assert_int_equal(allocations(), 0);

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
	fake.fault = FAULT_NO_RESET;
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

/* With @fault in one request: it fails, the next works. */
static void expect_one_error(enum fault fault, unsigned int resets)
{
	struct block_device *b;
	u8 buf[512];

	setup(NULL);
	b = probe();
	fake.fault = fault;
	fake.faults_left = 1;
	assert_int_equal(read_sectors(b, 1, buf, sizeof(buf)), -EIO);
	assert_int_equal(fake.faults_left, 0);
	assert_int_equal(fake.resets, 1 + resets);
	fake.fault = FAULT_NONE;
	assert_works(b);
}

static void error_status_fails_that_request(void **state)
{
	expect_one_error(FAULT_ERROR_STATUS, 0);
}

static void missing_status_is_an_error(void **state)
{
	expect_one_error(FAULT_NO_STATUS, 0);
}

static void short_read_is_an_error(void **state)
{
	expect_one_error(FAULT_SHORT_READ, 0);
}

static void lying_device_is_reset(void **state)
{
	expect_one_error(FAULT_BAD_ID, 1);
	expect_one_error(FAULT_BAD_LEN, 1);
	expect_one_error(FAULT_BAD_IDX, 1);
}

static void device_that_wants_a_reset_gets_it(void **state)
{
	expect_one_error(FAULT_NEEDS_RESET, 1);
}

static void stuck_request_resets_the_device(void **state)
{
	u64 before = now;

	expect_one_error(FAULT_SILENT, 1);
	/* The timeout, and the time in which the CPU kept looking. */
	assert_in_range(now - before, 5500000, 5600000);
}

static void stuck_request_is_noticed_without_interrupts(void **state)
{
	struct block_device *b = probe();
	u8 buf[512];

	can_sleep = false;
	fake.fault = FAULT_SILENT;
	fake.faults_left = 1;
	assert_int_equal(read_sectors(b, 1, buf, sizeof(buf)), -EIO);
	assert_int_equal(fake.resets, 2);
	assert_works(b);
}

static void reset_fails_all_that_is_under_way(void **state)
{
	struct block_device *b;
	struct block_request rq[8];
	u8 buf[8][512];
	unsigned int i;

	fake.defer = true;
	b = probe();
	fake.fault = FAULT_SILENT;
	fake.faults_left = 8;
	for (i = 0; i < 8; i++) {
		request(&rq[i], false, i, buf[i], 512);
		assert_int_equal(b->ops->submit(b, &rq[i]), 0);
	}
	for (i = 0; i < 8; i++)
		assert_int_equal(b->ops->wait(b, &rq[i]), -EIO);
	assert_int_equal(fake.resets, 2);
	fake.faults_left = 0;
	fake.defer = false;
	assert_works(b);
}

/* A request that is waited for late is not stuck when others have been done since. */
static void slow_device_is_left_alone(void **state)
{
	struct block_device *b;
	struct block_request rq[4];
	u8 buf[4][512];
	unsigned int i;

	fake.defer = true;
	b = probe();
	for (i = 0; i < 4; i++) {
		request(&rq[i], false, i, buf[i], 512);
		assert_int_equal(b->ops->submit(b, &rq[i]), 0);
	}
	for (i = 0; i < 4; i++) {
		now += 4000000;
		assert_int_equal(b->ops->wait(b, &rq[i]), 0);
	}
	assert_int_equal(fake.resets, 1);
}

static void device_that_does_not_come_back_is_given_up(void **state)
{
	static const enum fault faults[] = { FAULT_NO_RESET, FAULT_LESS_FEATURES };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		struct block_device *b;
		u8 buf[512];

		setup(state);
		fake.offered |= F_FLUSH;
		b = probe();
		fake.fault = faults[i];
		fake.faults_left = ~0u;
		assert_int_equal(read_sectors(b, 1, buf, sizeof(buf)), -EIO);
		/* From now on at once, and without the device. */
		fake.notifies = 0;
		assert_int_equal(read_sectors(b, 1, buf, sizeof(buf)), -EIO);
		assert_int_equal(block_flush(b), -EIO);
		fake.dev.queue_irq(&fake.dev);
		assert_int_equal(fake.notifies, 0);
	}
}

/* Faults at random for a while: every request ends, and right in the end. */
static void random_faults_never_hang(void **state)
{
	struct block_device *b;
	u64 seed = 3;
	unsigned int round, i;

	fake.defer = true;
	b = probe();
	for (round = 0; round < 500; round++) {
		struct block_request rq[8];
		u8 buf[8][1024];

		fake.fault = shim_random(&seed) % (FAULT_NEEDS_RESET + 1);
		fake.faults_left = fake.fault ? shim_random(&seed) % 4 : 0;
		for (i = 0; i < 8; i++) {
			u64 sector = shim_random(&seed) % (DISK_SECTORS - 2);

			memset(buf[i], 0, sizeof(buf[i]));
			request(&rq[i], false, sector, buf[i], 1024);
			assert_int_equal(b->ops->submit(b, &rq[i]), 0);
		}
		for (i = 0; i < 8; i++)
			if (!b->ops->wait(b, &rq[i]))
				assert_memory_equal(buf[i], fake.disk + rq[i].sector * 512, 1024);
	}
	fake.fault = FAULT_NONE;
	fake.faults_left = 0;
	assert_works(b);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(limits_are_the_devices),
		TEST(unusable_devices_leave_nothing_behind),
		TEST(transfers_go_straight_to_the_segments),
		TEST(written_data_is_on_the_disk),
		TEST(bad_requests_never_reach_the_device),
		TEST(read_only_disk_refuses_writes),
		TEST(flush_reaches_a_device_with_a_cache),
		TEST(many_requests_are_under_way_at_once),
		TEST(nothing_sleeps_before_it_can),
		TEST(error_status_fails_that_request),
		TEST(missing_status_is_an_error),
		TEST(short_read_is_an_error),
		TEST(lying_device_is_reset),
		TEST(device_that_wants_a_reset_gets_it),
		TEST(stuck_request_resets_the_device),
		TEST(stuck_request_is_noticed_without_interrupts),
		TEST(reset_fails_all_that_is_under_way),
		TEST(slow_device_is_left_alone),
		TEST(device_that_does_not_come_back_is_given_up),
		TEST(random_faults_never_hang),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
