// SPDX-License-Identifier: Apache-2.0
/* The driver's end of a split virtqueue (VIRTIO 1.2, 2.7). */
#include <asm/barrier.h>
#include <asm/layout.h>
#include <lodge/errno.h>
#include <lodge/page_alloc.h>
#include <lodge/slab.h>
#include <lodge/string.h>
#include <lodge/virtio.h>

/* The three parts lie one behind the other in whole pages; the used ring is
 * aligned to 4, the available ring to 2. */
static size_t avail_offset(u16 size)
{
	return sizeof(struct virtq_desc) * size;
}

static size_t used_offset(u16 size)
{
	/* two bytes behind the ring are for an event index, which the device may read */
	size_t end = avail_offset(size) + sizeof(struct virtq_avail) + 2ul * size + 2;

	return ALIGN_UP(end, 4);
}

static unsigned int queue_order(u16 size)
{
	size_t bytes = used_offset(size) + sizeof(struct virtq_used) +
		       sizeof(struct virtq_used_elem) * size + 2;
	unsigned int order = 0;

	while ((PAGE_SIZE << order) < bytes)
		order++;
	return order;
}

int virtq_alloc(struct virtqueue *q, u16 size)
{
	hpa_t mem;
	u8 *base;

	if (!size || size > VIRTQ_MAX_SIZE || (size & (size - 1)))
		return -EINVAL;
	q->slot = kzalloc(sizeof(*q->slot) * size);
	if (!q->slot)
		return -ENOMEM;
	mem = page_alloc(queue_order(size), 0, NULL);
	if (!mem.v) {
		kfree(q->slot);
		return -ENOMEM;
	}
	base = hpa_to_kva(mem);
	q->size = size;
	q->desc = (struct virtq_desc *)base;
	q->avail = (struct virtq_avail *)(base + avail_offset(size));
	q->used = (struct virtq_used *)(base + used_offset(size));
	virtq_reset(q);
	return 0;
}

void virtq_release(struct virtqueue *q)
{
	page_free(kva_to_hpa(q->desc), queue_order(q->size), NULL);
	kfree(q->slot);
	q->desc = NULL;
	q->slot = NULL;
}

void virtq_reset(struct virtqueue *q)
{
	u16 i;

	memset(q->desc, 0, PAGE_SIZE << queue_order(q->size));
	for (i = 0; i < q->size; i++) {
		q->slot[i].token = NULL;
		q->slot[i].next = (u16)(i + 1) & (q->size - 1);
	}
	q->free = 0;
	q->nr_free = q->size;
	q->avail_idx = 0;
	q->used_idx = 0;
	q->inflight = 0;
}

void virtq_end(struct virtqueue *q, struct virtq_chain c, void *token)
{
	struct virtq_slot *s = &q->slot[c.head];

	q->desc[c.last].flags &= (u16)~VIRTQ_DESC_F_NEXT;
	s->token = token;
	s->count = c.count;
	s->writable = c.writable;
	q->free = c.next;
	q->nr_free -= c.count;
	q->inflight++;
	q->avail->ring[q->avail_idx & (q->size - 1)] = c.head;
	/* The device sees descriptors and ring entry before the index that covers them. */
	wmb();
	WRITE_ONCE(q->avail->idx, ++q->avail_idx);
}

bool virtq_must_notify(const struct virtqueue *q)
{
	/* Our index before its flag: one of the two ends sees the other's change. */
	mb();
	return !(READ_ONCE(q->used->flags) & VIRTQ_USED_F_NO_NOTIFY);
}

/* Put the chain at @head back in front of the free ones, by our own links. */
static void virtq_free_chain(struct virtqueue *q, u16 head)
{
	u16 last = head, n;

	for (n = 1; n < q->slot[head].count; n++)
		last = q->slot[last].next;
	q->slot[last].next = q->free;
	q->free = head;
	q->nr_free += q->slot[head].count;
	q->slot[head].token = NULL;
	q->inflight--;
}

int virtq_take(struct virtqueue *q, void **token, u32 *len)
{
	u16 pending = (u16)(READ_ONCE(q->used->idx) - q->used_idx);
	const struct virtq_used_elem *e = &q->used->ring[q->used_idx & (q->size - 1)];
	u32 id, written;

	if (!pending)
		return -EAGAIN;
	if (pending > q->inflight)
		return -EIO;
	/* The entry, and the data it stands for, after the index that covers it. */
	rmb();
	id = READ_ONCE(e->id);
	written = READ_ONCE(e->len);
	if (id >= q->size || !q->slot[id].token || written > q->slot[id].writable)
		return -EIO;
	*token = q->slot[id].token;
	*len = written;
	virtq_free_chain(q, (u16)id);
	q->used_idx++;
	return 0;
}
