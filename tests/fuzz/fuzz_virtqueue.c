// SPDX-License-Identifier: Apache-2.0
/*
 * The driver's end of a virtqueue with a device that writes what it likes, where it likes: a
 * chain comes back once at most and only while it is with the device, no more bytes are said to
 * be written than it had room for, and descriptors are neither lost nor handed out twice.
 */
/* links: drivers/virtio/virtqueue.c */
/* runs: 5000 */
/* length: 200 */
#include <lodge/errno.h>
#include <lodge/page_alloc.h>
#include <lodge/virtio.h>

#include "fuzz.h"

#define SIZE 16u

static u8 page[PAGE_SIZE] __aligned(PAGE_SIZE);

hpa_t page_alloc(unsigned int order, unsigned int flags, struct mem_account *acct)
{
	assert_int_equal(order, 0);
	return hpa((u64)page);
}

void page_free(hpa_t p, unsigned int order, struct mem_account *acct)
{
}

/* What the driver has given out: for each head its room and descriptors; 0 is none. */
static struct {
	unsigned int count;
	u32 room;
} given[SIZE];

static void add(struct virtqueue *q, unsigned int out, unsigned int in)
{
	struct virtq_chain c = virtq_begin(q);
	unsigned int i;
	u32 room = 0;

	for (i = 0; i < out + in; i++) {
		virtq_push(&c, hpa(0x1000), 100 + i, i >= out);
		room += i >= out ? 100 + i : 0;
	}
	assert_true(c.head < SIZE && !given[c.head].count);
	given[c.head].count = out + in;
	given[c.head].room = room;
	virtq_end(q, c, &given[c.head]);
}

static void take(struct virtqueue *q)
{
	unsigned int head;
	void *token;
	u32 len;
	int err = virtq_take(q, &token, &len);

	if (err) {
		assert_true(err == -EAGAIN || err == -EIO);
		return;
	}
	for (head = 0; head < SIZE && token != &given[head]; head++)
		;
	assert_true(head < SIZE && given[head].count);
	assert_true(len <= given[head].room);
	given[head].count = 0;
}

/* Free descriptors are those that nobody has, each once. */
static void check(const struct virtqueue *q)
{
	unsigned int i, used = 0, chains = 0, at = q->free;
	u32 seen = 0;

	for (i = 0; i < SIZE; i++) {
		used += given[i].count;
		chains += given[i].count != 0;
	}
	assert_int_equal(q->nr_free, SIZE - used);
	assert_int_equal(q->inflight, chains);
	for (i = 0; i < q->nr_free; i++, at = q->slot[at].next) {
		assert_true(at < SIZE && !(seen >> at & 1) && !given[at].count);
		seen |= 1u << at;
	}
}

void fuzz_one(struct fuzz *in)
{
	struct virtqueue q = { 0 };

	memset(given, 0, sizeof(given));
	assert_int_equal(virtq_alloc(&q, SIZE), 0);
	while (in->left) {
		u8 op = fuzz_u8(in);
		unsigned int out = op >> 2 & 3, room = op >> 4 & 3;
		struct virtq_used_elem *e = &q.used->ring[op >> 4];

		switch (op & 3) {
		case 0:
			if (out + room && out + room <= q.nr_free)
				add(&q, out, room);
			break;
		case 1:
			take(&q);
			break;
		case 2:
			/* An answer, as it should be or not. */
			e->id = op & 4 ? fuzz_u8(in) : (u32)fuzz_take(in, 4);
			e->len = op & 8 ? fuzz_u8(in) : (u32)fuzz_take(in, 4);
			break;
		case 3:
			if (op & 4)
				q.used->idx++;
			else if (op & 8)
				q.used->idx = (u16)fuzz_take(in, 2);
			else
				page[fuzz_take(in, 2) % sizeof(page)] = fuzz_u8(in);
			break;
		}
		check(&q);
		virtq_must_notify(&q);
	}
	virtq_release(&q);
	assert_int_equal(shim_objects, 0);
}

size_t fuzz_seed(unsigned int n, u8 *buf, size_t room)
{
	/* A chain of three, its answer, and taking it. */
	static const u8 ops[] = { 0x14, 0x0e, 0, 50, 0x07, 1, 0x20, 0x1e, 2, 9, 0x07, 1 };

	if (n)
		return 0;
	memcpy(buf, ops, sizeof(ops));
	return sizeof(ops);
}
