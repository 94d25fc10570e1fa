// SPDX-License-Identifier: Apache-2.0
/* links: drivers/virtio/virtqueue.c */
/* The driver's end of a virtqueue, against a device that the test plays. */
#include <lodge/errno.h>
#include <lodge/page_alloc.h>
#include <lodge/virtio.h>
#include <shim.h>

static int pages;

hpa_t page_alloc(unsigned int order, unsigned int flags, struct mem_account *acct)
{
	pages++;
	return hpa((u64)aligned_alloc(PAGE_SIZE << order, PAGE_SIZE << order));
}

void page_free(hpa_t page, unsigned int order, struct mem_account *acct)
{
	pages--;
	free((void *)page.v);
}

static int teardown(void **state)
{
	assert_int_equal(pages, 0);
	assert_int_equal(shim_objects, 0);
	return 0;
}

/* A chain as the device finds it. */
struct device_chain {
	u16 head;
	unsigned int count;
	u32 readable, writable;
	u64 first_addr;
};

/* The device: what it has seen of the available ring, and a chain it holds. */
struct device {
	struct virtqueue *q;
	u16 seen;
	u16 used;
	unsigned int held;
	struct device_chain chain[256];
};

static void device_fetch(struct device *dev)
{
	struct virtqueue *q = dev->q;

	while (dev->seen != q->avail->idx) {
		struct device_chain *c = &dev->chain[dev->held++];
		u16 i = q->avail->ring[dev->seen++ % q->size];

		memset(c, 0, sizeof(*c));
		c->head = i;
		c->first_addr = q->desc[i].addr;
		for (;;) {
			const struct virtq_desc *d = &q->desc[i];

			c->count++;
			assert_true(c->count <= q->size);
			if (d->flags & VIRTQ_DESC_F_WRITE)
				c->writable += d->len;
			else
				c->readable += d->len;
			/* Everything readable comes before everything writable. */
			assert_false(c->writable && !(d->flags & VIRTQ_DESC_F_WRITE));
			if (!(d->flags & VIRTQ_DESC_F_NEXT))
				break;
			i = d->next;
			assert_true(i < q->size);
		}
	}
}

static void device_put(struct device *dev, u32 id, u32 len)
{
	struct virtqueue *q = dev->q;

	q->used->ring[dev->used % q->size] = (struct virtq_used_elem){ id, len };
	q->used->idx = ++dev->used;
}

/* Give back the @n-th chain that the device holds. */
static void device_use(struct device *dev, unsigned int n, u32 len)
{
	device_put(dev, dev->chain[n].head, len);
	dev->chain[n] = dev->chain[--dev->held];
}

static void add(struct virtqueue *q, u64 addr, unsigned int out, unsigned int in, void *token)
{
	struct virtq_chain c = virtq_begin(q);
	unsigned int i;

	for (i = 0; i < out + in; i++)
		virtq_push(&c, hpa(addr + i), 10 + i, i >= out);
	virtq_end(q, c, token);
}

static void queue_wants_a_power_of_two(void **state)
{
	struct virtqueue q;

	assert_int_equal(virtq_alloc(&q, 0), -EINVAL);
	assert_int_equal(virtq_alloc(&q, 3), -EINVAL);
	assert_int_equal(virtq_alloc(&q, 40000), -EINVAL);
}

static void parts_are_aligned_and_apart(void **state)
{
	u32 size;

	for (size = 1; size <= VIRTQ_MAX_SIZE; size *= 2) {
		struct virtqueue q;

		assert_int_equal(virtq_alloc(&q, (u16)size), 0);
		assert_int_equal((u64)q.desc % 16, 0);
		assert_int_equal((u64)q.avail % 2, 0);
		assert_int_equal((u64)q.used % 4, 0);
		assert_true((u8 *)q.avail >= (u8 *)&q.desc[size]);
		assert_true((u8 *)q.used >= (u8 *)&q.avail->ring[size + 1]);
		/* The last entry is inside the allocation; ASan watches. */
		q.used->ring[size - 1].len = 1;
		virtq_release(&q);
	}
}

static void chain_reaches_the_device_whole(void **state)
{
	struct virtqueue q;
	struct device dev = { .q = &q };
	int token;
	void *got;
	u32 len;

	assert_int_equal(virtq_alloc(&q, 8), 0);
	assert_int_equal(virtq_take(&q, &got, &len), -EAGAIN);
	add(&q, 0x1000, 1, 2, &token);
	assert_int_equal(q.nr_free, 5);
	device_fetch(&dev);
	assert_int_equal(dev.held, 1);
	assert_int_equal(dev.chain[0].count, 3);
	assert_int_equal(dev.chain[0].readable, 10);
	assert_int_equal(dev.chain[0].writable, 11 + 12);
	assert_true(dev.chain[0].first_addr == 0x1000);
	assert_int_equal(virtq_take(&q, &got, &len), -EAGAIN);
	device_use(&dev, 0, 23);
	assert_int_equal(virtq_take(&q, &got, &len), 0);
	assert_ptr_equal(got, &token);
	assert_int_equal(len, 23);
	assert_int_equal(q.nr_free, 8);
	assert_int_equal(virtq_take(&q, &got, &len), -EAGAIN);
	virtq_release(&q);
}

/* Far beyond where the 16-bit indices wrap, completed in any order. */
static void random_batches_come_back_once_each(void **state)
{
	struct virtqueue q;
	struct device dev = { .q = &q };
	static u8 live[100000];
	u64 seed = shim_seed(1);
	unsigned long next = 0, back = 0;

	assert_int_equal(virtq_alloc(&q, 64), 0);
	memset(live, 0, sizeof(live));
	while (back < sizeof(live)) {
		unsigned int out = 1 + shim_random(&seed) % 5, in = shim_random(&seed) % 5;
		void *token;
		u32 len;
		int err;

		while (next < sizeof(live) && q.nr_free >= out + in) {
			live[next] = 1;
			add(&q, next, out, in, &live[next]);
			next++;
			if (shim_random(&seed) % 3 == 0)
				break;
		}
		device_fetch(&dev);
		while (dev.held && shim_random(&seed) % 4) {
			unsigned int n = shim_random(&seed) % dev.held;

			device_use(&dev, n, dev.chain[n].writable);
		}
		while (!(err = virtq_take(&q, &token, &len))) {
			u8 *t = token;

			assert_int_equal(*t, 1);
			*t = 2;
			back++;
		}
		assert_int_equal(err, -EAGAIN);
		assert_int_equal(q.inflight, dev.held);
	}
	assert_int_equal(q.nr_free, 64);
	assert_true(q.avail_idx != next); /* they did wrap */
	virtq_release(&q);
}

static void notification_can_be_declined(void **state)
{
	struct virtqueue q;

	assert_int_equal(virtq_alloc(&q, 8), 0);
	assert_true(virtq_must_notify(&q));
	q.used->flags = VIRTQ_USED_F_NO_NOTIFY;
	assert_false(virtq_must_notify(&q));
	virtq_release(&q);
}

/* What a device may claim after it got one chain of three descriptors, 23 bytes writable. */
static void expect_refused(u32 id, u32 len, u16 idx)
{
	struct virtqueue q;
	struct device dev = { .q = &q };
	int token;
	void *got = NULL;
	u32 n;

	assert_int_equal(virtq_alloc(&q, 8), 0);
	add(&q, 0x1000, 1, 2, &token);
	device_put(&dev, id, len);
	q.used->idx = idx;
	assert_int_equal(virtq_take(&q, &got, &n), -EIO);
	assert_null(got);
	assert_int_equal(q.nr_free, 5);
	assert_int_equal(q.inflight, 1);
	virtq_release(&q);
}

static void id_out_of_range_is_refused(void **state)
{
	expect_refused(8, 0, 1);
	expect_refused(0xffffffff, 0, 1);
}

static void id_that_is_no_head_is_refused(void **state)
{
	expect_refused(1, 0, 1); /* the chain's second */
	expect_refused(5, 0, 1); /* free */
}

static void length_beyond_the_chain_is_refused(void **state)
{
	expect_refused(0, 24, 1);
	expect_refused(0, 0xffffffff, 1);
}

static void more_used_than_given_is_refused(void **state)
{
	expect_refused(0, 0, 2);
	expect_refused(0, 0, 0xffff);
}

static void chain_used_twice_is_refused(void **state)
{
	struct virtqueue q;
	struct device dev = { .q = &q };
	int a, b;
	void *got;
	u32 len;

	assert_int_equal(virtq_alloc(&q, 8), 0);
	add(&q, 0x1000, 1, 1, &a);
	add(&q, 0x2000, 1, 1, &b);
	device_put(&dev, 0, 0);
	device_put(&dev, 0, 0);
	assert_int_equal(virtq_take(&q, &got, &len), 0);
	assert_int_equal(virtq_take(&q, &got, &len), -EIO);
	assert_int_equal(q.inflight, 1);
	virtq_release(&q);
}

/* The device may write its own view of the descriptors: ours is kept elsewhere. */
static void scribbled_descriptors_do_no_harm(void **state)
{
	struct virtqueue q;
	struct device dev = { .q = &q };
	int a;
	void *got;
	u32 len;
	unsigned int i;

	assert_int_equal(virtq_alloc(&q, 8), 0);
	for (i = 0; i < 20; i++) {
		add(&q, 0x1000, 2, 3, &a);
		device_fetch(&dev);
		memset(q.desc, 0xee, sizeof(*q.desc) * 8);
		device_use(&dev, 0, 0);
		assert_int_equal(virtq_take(&q, &got, &len), 0);
		assert_int_equal(q.nr_free, 8);
	}
	virtq_release(&q);
}

static void random_used_rings_never_corrupt(void **state)
{
	u64 seed = shim_seed(2);
	unsigned int round;

	for (round = 0; round < 2000; round++) {
		struct virtqueue q;
		u8 token[8];
		void *got;
		u32 len;
		unsigned int i, n = 1 + shim_random(&seed) % 4;

		assert_int_equal(virtq_alloc(&q, 8), 0);
		memset(token, 1, sizeof(token));
		for (i = 0; i < n; i++)
			add(&q, 0, 1, 1, &token[i]);
		for (i = 0; i < 8; i++) {
			q.used->ring[i].id = shim_random(&seed) % 10;
			q.used->ring[i].len = shim_random(&seed) % 14;
		}
		q.used->idx = shim_random(&seed) % 6;
		while (!virtq_take(&q, &got, &len)) {
			u8 *t = got;

			assert_int_equal(*t, 1);
			*t = 0;
			assert_true(len <= 11);
		}
		assert_int_equal(q.nr_free + 2 * q.inflight, 8);
		virtq_release(&q);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(queue_wants_a_power_of_two, teardown),
		cmocka_unit_test_teardown(parts_are_aligned_and_apart, teardown),
		cmocka_unit_test_teardown(chain_reaches_the_device_whole, teardown),
		cmocka_unit_test_teardown(random_batches_come_back_once_each, teardown),
		cmocka_unit_test_teardown(notification_can_be_declined, teardown),
		cmocka_unit_test_teardown(id_out_of_range_is_refused, teardown),
		cmocka_unit_test_teardown(id_that_is_no_head_is_refused, teardown),
		cmocka_unit_test_teardown(length_beyond_the_chain_is_refused, teardown),
		cmocka_unit_test_teardown(more_used_than_given_is_refused, teardown),
		cmocka_unit_test_teardown(chain_used_twice_is_refused, teardown),
		cmocka_unit_test_teardown(scribbled_descriptors_do_no_harm, teardown),
		cmocka_unit_test_teardown(random_used_rings_never_corrupt, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
