/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIRTIO_BLK_FIXTURE_H
#define VIRTIO_BLK_FIXTURE_H

/* What tests of the disk driver share: a device that the test plays, with faults at will. */
#include <lodge/block.h>
#include <lodge/errno.h>
#include <lodge/page_alloc.h>
#include <lodge/slab.h>
#include <lodge/thread.h>
#include <lodge/time.h>
#include <lodge/virtio.h>
#include <shim.h>

#ifndef DISK_SECTORS
#define DISK_SECTORS 1024u
#endif

/* ---- the host's services ---- */

static u64 now, per_look = 1;

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

static inline unsigned int allocations(void)
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

#ifndef BLOCK_UNREGISTER_OWN
void block_unregister(struct block_device *b)
{
	registered = NULL;
}
#endif

/* A microsecond passes at each look, or more where nobody counts them. */
u64 time_now(void)
{
	now += per_look;
	return now - per_look;
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

void thread_make_room(void)
{
}

void thread_sleep_us(u64 us)
{
	now += us;
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
	FAULT_LOST_IRQ,	     /* it answers, and does not say so */
	FAULT_LATE,	     /* answers when fake.late has passed */
	FAULT_SLOW_RESET,    /* silent, and uses memory until it is reset, after fake.reset_looks */
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
	u64 late;
	unsigned int reset_looks;
	bool can_stop, stopped;
	int held; /* a request that is not answered yet, or -1 */
	u64 held_until;
	u64 log[64]; /* sectors of the requests that were executed, in their order */
	const struct virtqueue *q;
	u16 seen, used;
	unsigned int resets, flushes, requests, notifies, most_pending;
	u8 disk[DISK_SECTORS * SECTOR_SIZE];
} fake;

static u32 fake_execute(u16 head, u8 status);

/* While it is on its way to be reset it may still do what it had. */
static u32 fake_get_status(struct virtio_device *d)
{
	if (fake.fault == FAULT_SLOW_RESET && fake.reset_looks && !--fake.reset_looks) {
		if (fake.held >= 0)
			fake_execute((u16)fake.held, 0);
		fake.held = -1;
		fake.q = NULL;
		fake.status = 0;
		fake.fault = FAULT_NONE;
		fake.faults_left = 0;
	}
	return fake.status;
}

static void fake_set_status(struct virtio_device *d, u32 status)
{
	if (status == 0) {
		fake.resets++;
		if (fake.fault == FAULT_SLOW_RESET && fake.reset_looks)
			return;
		fake.held = -1;
		fake.q = NULL;
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
	fake.log[fake.requests++ % ARRAY_SIZE(fake.log)] = header->sector;
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
	case FAULT_LATE:
	case FAULT_SLOW_RESET:
		fake.held = head;
		fake.held_until = now + fake.late;
		break;
	case FAULT_LOST_IRQ:
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
	if (fake.held >= 0 && fake.fault == FAULT_LATE && fake.held_until <= deadline) {
		now = max(now, fake.held_until);
		fake_use((u32)fake.held, fake_execute((u16)fake.held, 0));
		fake.held = -1;
		fake.dev.queue_irq(&fake.dev);
		if (cond(arg))
			return 0;
	}
	while (fake.q && fake.seen != fake.q->avail->idx) {
		bool lost = fake.fault == FAULT_LOST_IRQ && fake.faults_left;

		fake_run(1);
		if (!lost)
			fake.dev.queue_irq(&fake.dev);
		if (cond(arg))
			return 0;
	}
	now = max(now, deadline);
	return -ETIMEDOUT;
}

static bool fake_stop(struct virtio_device *d)
{
	fake.stopped = fake.can_stop;
	return fake.stopped;
}

static const struct virtio_transport fake_transport = {
	.get_status = fake_get_status,
	.set_status = fake_set_status,
	.get_features = fake_get_features,
	.set_features = fake_set_features,
	.queue_max = fake_queue_max,
	.queue_enable = fake_queue_enable,
	.notify = fake_notify,
	.stop = fake_stop,
	.read_config = fake_read_config,
};

/* ---- what tests do with both ---- */

#define F_SIZE_MAX BIT(1)
#define F_SEG_MAX  BIT(2)
#define F_RO	   BIT(5)
#define F_BLK_SIZE BIT(6)
#define F_FLUSH	   BIT(9)

static inline int setup(void **state)
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
	fake.held = -1;
	for (i = 0; i < sizeof(fake.disk); i++)
		fake.disk[i] = (u8)(i * 7 + i / 512);
	can_sleep = true;
	sleeps = 0;
	return 0;
}

static inline int teardown(void **state)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(memory); i++)
		forget(memory[i]);
	return 0;
}

static inline struct block_device *probe(void)
{
	assert_int_equal(virtio_blk_probe(&fake.dev), 0);
	return registered;
}

static inline void request(struct block_request *rq, bool write, u64 sector, void *buf, u32 len)
{
	memset(rq, 0xaa, sizeof(*rq));
	rq->write = write;
	rq->sector = sector;
	rq->nr_segs = 1;
	rq->seg[0] = (struct block_seg){ hpa((u64)buf), len };
}

static inline int read_sectors(struct block_device *b, u64 sector, void *buf, u32 len)
{
	struct block_request rq;

	request(&rq, false, sector, buf, len);
	return block_transfer(b, &rq);
}

/* A read through the driver gives what is on the disk. */
static inline void assert_works(struct block_device *b)
{
	u8 buf[1024];

	memset(buf, 0, sizeof(buf));
	assert_int_equal(read_sectors(b, 7, buf, sizeof(buf)), 0);
	assert_memory_equal(buf, fake.disk + 7 * 512, sizeof(buf));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
