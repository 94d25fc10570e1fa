// SPDX-License-Identifier: Apache-2.0
/*
 * Buddy allocator. A block is 2^order pages aligned to its size. One byte per page
 * tells what starts there: a free block, an allocated one, or nothing (the page is
 * inside a block, or not ours to give). The links of a free list are kept in the
 * free blocks themselves, so that making memory known touches only its bytes.
 */
#include <asm/layout.h>
#include <lodge/alloc_fault.h>
#include <lodge/kasan.h>
#include <lodge/list.h>
#include <lodge/page_alloc.h>
#include <lodge/printk.h>
#include <lodge/spinlock.h>
#include <lodge/string.h>

#define STATE_NONE  0x00u
#define STATE_FREE  0x40u /* | order */
#define STATE_ALLOC 0x80u /* | order */
#define STATE_ORDER 0x1fu

/* What is claimed without interrupts, or others, in between. */
#define CLAIM_PAGES 16384u

/* page_zero() clears in units of this. */
#define ZERO_UNIT 256u

static struct {
	struct spinlock lock;
	u8 *state; /* of page @base_pfn + index */
	u64 base_pfn;
	u64 base_kva; /* its address in the direct map */
	u64 nr_pages;
	u64 nr_free;
	u64 nr_total;
	u64 nr_promised; /* of the free ones: what is missing to each account's commitment */
	struct list free[PAGE_MAX_ORDER + 1];
} pages = { .lock = SPINLOCK_INIT };

static struct mem_account host_account = { .name = "host" };

size_t page_alloc_meta_size(u64 size)
{
	/* Two more, for a first and a last page of which only a part is in the range. */
	return ALIGN_UP(size / PAGE_SIZE + 2, ZERO_UNIT);
}

void page_alloc_init(hpa_t base, u64 size, void *meta)
{
	unsigned int order;

	BUG_ON(!IS_ALIGNED((u64)meta, sizeof(u64)));
	spin_lock_init(&pages.lock, "pages.lock");
	pages.state = meta;
	pages.base_pfn = base.v >> PAGE_SHIFT;
	pages.nr_pages = (ALIGN_UP(base.v + size, PAGE_SIZE) >> PAGE_SHIFT) - pages.base_pfn;
	pages.base_kva = (u64)hpa_to_kva(hpa(pages.base_pfn << PAGE_SHIFT));
	pages.nr_free = 0;
	pages.nr_total = 0;
	pages.nr_promised = 0;
	for (order = 0; order <= PAGE_MAX_ORDER; order++)
		list_init(&pages.free[order]);
	host_account = (struct mem_account){ .name = "host" };
	page_zero(meta, page_alloc_meta_size(size));
}

/* Where in the direct map the page with @index is. */
static struct list *index_to_node(u64 index)
{
	return (struct list *)(pages.base_kva + (index << PAGE_SHIFT));
}

static u64 node_to_index(const struct list *node)
{
	return ((u64)node - pages.base_kva) >> PAGE_SHIFT;
}

/* Most recently freed first: it is the likeliest to be in a cache. */
static inline void free_list_push(u64 index, unsigned int order) __must_hold(pages.lock)
{
	pages.state[index] = STATE_FREE | order;
	list_insert(&pages.free[order], index_to_node(index));
}

/* Unlike list_remove(), does not write to @node, which is no longer ours. */
static inline void free_list_unlink(struct list *node) __must_hold(pages.lock)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
}

/* Takes a block from the smallest order that has one; what is too much of it goes back. */
static inline bool take_block(unsigned int order, u64 *out) __must_hold(pages.lock)
{
	struct list *head = &pages.free[order];
	struct list *node;
	unsigned int o;
	u64 index;

	for (o = order; list_empty(head); head++)
		if (++o > PAGE_MAX_ORDER)
			return false;
	node = head->next;
	free_list_unlink(node);
	index = node_to_index(node);
	while (o > order) {
		o--;
		free_list_push(index + BIT(o), o);
	}
	pages.state[index] = STATE_ALLOC | order;
	pages.nr_free -= BIT(order);
	*out = index;
	return true;
}

/* Joins the block with its buddy for as long as that one is free and whole. */
static inline void release_block(u64 index, unsigned int order) __must_hold(pages.lock)
{
	pages.nr_free += BIT(order);
	while (order < PAGE_MAX_ORDER) {
		u64 buddy = ((pages.base_pfn + index) ^ BIT(order)) - pages.base_pfn;

		/* A buddy below the first page wraps and is also out of range. */
		if (buddy >= pages.nr_pages || pages.state[buddy] != (STATE_FREE | order))
			break;
		free_list_unlink(index_to_node(buddy));
		pages.state[buddy] = STATE_NONE;
		pages.state[index] = STATE_NONE;
		index = min(index, buddy);
		order++;
	}
	free_list_push(index, order);
}

/* Pages that belong to no block become free ones, as large as their place allows. */
static void release_range(u64 pfn, u64 end) __must_hold(pages.lock)
{
	while (pfn < end) {
		unsigned int order = 0;

		while (order < PAGE_MAX_ORDER && IS_ALIGNED(pfn, BIT(order + 1)) &&
		       pfn + BIT(order + 1) <= end)
			order++;
		BUG_ON(pages.state[pfn - pages.base_pfn] != STATE_NONE);
		release_block(pfn - pages.base_pfn, order);
		pfn += BIT(order);
	}
}

void page_alloc_add(hpa_t start, u64 size)
{
	u64 pfn = ALIGN_UP(start.v, PAGE_SIZE) >> PAGE_SHIFT;
	u64 end = (start.v + size) >> PAGE_SHIFT;
	unsigned long flags;

	if (pfn == 0)
		pfn = 1;
	if (pfn >= end)
		return;
	BUG_ON(pfn < pages.base_pfn || end - pages.base_pfn > pages.nr_pages);
	flags = spin_lock_irqsave(&pages.lock);
	pages.nr_total += end - pfn;
	release_range(pfn, end);
	spin_unlock_irqrestore(&pages.lock, flags);
}

/* The free block that page @index is in. */
static bool free_block_of(u64 index, u64 *start, unsigned int *order) __must_hold(pages.lock)
{
	unsigned int o;

	for (o = 0; o <= PAGE_MAX_ORDER; o++) {
		u64 at = ALIGN_DOWN(pages.base_pfn + index, BIT(o)) - pages.base_pfn;

		if (at < pages.nr_pages && pages.state[at] == (STATE_FREE | o)) {
			*start = at;
			*order = o;
			return true;
		}
	}
	return false;
}

static bool range_is_free(u64 first, u64 end) __must_hold(pages.lock)
{
	unsigned int order;
	u64 start;

	while (first < end) {
		if (!free_block_of(first, &start, &order))
			return false;
		first = start + BIT(order);
	}
	return true;
}

/* All of it is free: take it page by page, and give back what its blocks have beyond it. */
static void take_range(u64 first, u64 end) __must_hold(pages.lock)
{
	u64 at = first, start, stop;
	unsigned int order;

	while (at < end) {
		BUG_ON(!free_block_of(at, &start, &order));
		free_list_unlink(index_to_node(start));
		pages.nr_free -= BIT(order);
		pages.state[start] = STATE_NONE;
		stop = min(start + BIT(order), end);
		memset(&pages.state[at], STATE_ALLOC, stop - at);
		release_range(pages.base_pfn + start, pages.base_pfn + at);
		release_range(pages.base_pfn + stop, pages.base_pfn + start + BIT(order));
		at = stop;
	}
}

/* ---- accounts ---- */

/* Of the @n pages behind @used, those that @acct has a promise of. */
static inline u64 promised_of(const struct mem_account *acct, u64 used, u64 n)
{
	if (likely(used + n <= acct->committed))
		return n;
	return used < acct->committed ? acct->committed - used : 0;
}

/* Whether @acct may have @n pages more, of which @own were promised. */
static inline bool account_has_room(const struct mem_account *acct, u64 n, u64 own)
	__must_hold(pages.lock)
{
	if (acct->limit && unlikely(acct->used + n > acct->limit))
		return false;
	return likely(n == own) || n - own <= pages.nr_free - pages.nr_promised;
}

/* @n pages are no longer free, or were not even before. */
static inline void account_charge(struct mem_account *acct, u64 n, u64 own) __must_hold(pages.lock)
{
	pages.nr_promised -= own;
	acct->used += n;
	if (acct->used > acct->peak)
		acct->peak = acct->used;
}

bool page_commit(struct mem_account *acct, u64 wanted)
{
	unsigned long irq;
	u64 had, has;
	bool ok;

	if (!acct)
		acct = &host_account;
	irq = spin_lock_irqsave(&pages.lock);
	had = acct->committed > acct->used ? acct->committed - acct->used : 0;
	has = wanted > acct->used ? wanted - acct->used : 0;
	ok = has <= had || has - had <= pages.nr_free - pages.nr_promised;
	if (ok) {
		pages.nr_promised += has - had;
		acct->committed = wanted;
	}
	spin_unlock_irqrestore(&pages.lock, irq);
	return ok;
}

/* ---- certain pages ---- */

static bool claim_piece(u64 first, u64 n, struct mem_account *acct)
{
	unsigned long irq;
	u64 own;
	bool ok;

	irq = spin_lock_irqsave(&pages.lock);
	own = promised_of(acct, acct->used, n);
	ok = account_has_room(acct, n, own) && range_is_free(first, first + n);
	if (ok) {
		take_range(first, first + n);
		account_charge(acct, n, own);
		kasan_unpoison(index_to_node(first), n << PAGE_SHIFT);
	}
	spin_unlock_irqrestore(&pages.lock, irq);
	return ok;
}

bool page_claim(hpa_t page, u64 size, struct mem_account *acct)
{
	u64 first = (page.v >> PAGE_SHIFT) - pages.base_pfn, n = size >> PAGE_SHIFT;
	u64 done, piece;

	if (first >= pages.nr_pages || n == 0 || n > pages.nr_pages - first)
		return false;
	for (done = 0; done < n; done += piece) {
		piece = min(n - done, (u64)CLAIM_PAGES);
		if (!claim_piece(first + done, piece, acct)) {
			page_unclaim(page, done << PAGE_SHIFT, acct);
			return false;
		}
	}
	return true;
}

void page_unclaim(hpa_t page, u64 size, struct mem_account *acct)
{
	u64 at;

	for (at = page.v; at < page.v + size; at += PAGE_SIZE)
		page_free(hpa(at), 0, acct);
}

/* ---- any pages ---- */

hpa_t page_alloc(unsigned int order, unsigned int flags, struct mem_account *acct)
{
	u64 n = BIT(order);
	unsigned long irq;
	hpa_t page = HPA_NONE;
	u64 index, own;

	if (order > PAGE_MAX_ORDER || alloc_fault_now())
		return HPA_NONE;
	if (!acct)
		acct = &host_account;
	irq = spin_lock_irqsave(&pages.lock);
	own = promised_of(acct, acct->used, n);
	if (likely(account_has_room(acct, n, own)) && likely(take_block(order, &index))) {
		page = hpa((pages.base_pfn + index) << PAGE_SHIFT);
		account_charge(acct, n, own);
	}
	spin_unlock_irqrestore(&pages.lock, irq);

	/* Outside the lock: the block is the caller's alone by now. */
	if (page.v)
		kasan_unpoison(hpa_to_kva(page), PAGE_SIZE << order);
	if ((flags & PAGE_ZERO) && page.v)
		page_zero(hpa_to_kva(page), PAGE_SIZE << order);
	return page;
}

void page_free(hpa_t page, unsigned int order, struct mem_account *acct)
{
	u64 index = (page.v >> PAGE_SHIFT) - pages.base_pfn;
	unsigned long irq;

	if (!acct)
		acct = &host_account;
	BUG_ON(index >= pages.nr_pages || !IS_ALIGNED(page.v, PAGE_SIZE));
	irq = spin_lock_irqsave(&pages.lock);
	/* Freed twice, never allocated, or with another order. */
	BUG_ON(pages.state[index] != (STATE_ALLOC | order));
	BUG_ON(acct->used < BIT(order));
	acct->used -= BIT(order);
	pages.nr_promised += promised_of(acct, acct->used, BIT(order));
	kasan_poison(hpa_to_kva(page), PAGE_SIZE << order, KASAN_PAGE_FREE);
	release_block(index, order);
	spin_unlock_irqrestore(&pages.lock, irq);
}

unsigned int page_order(hpa_t page)
{
	u64 index = (page.v >> PAGE_SHIFT) - pages.base_pfn;
	u8 state;

	BUG_ON(index >= pages.nr_pages || !IS_ALIGNED(page.v, PAGE_SIZE));
	/* Without the lock: only the owner, who is asking, can change it. */
	state = READ_ONCE(pages.state[index]);
	BUG_ON(!(state & STATE_ALLOC));
	return state & STATE_ORDER;
}

void page_split(hpa_t page, unsigned int order)
{
	u64 index = (page.v >> PAGE_SHIFT) - pages.base_pfn;

	BUG_ON(page_order(page) != order);
	/*
	 * Without the lock: these bytes are of pages that the caller owns, and all that
	 * others do with them is to see that they are not the start of a free block.
	 */
	memset(&pages.state[index], STATE_ALLOC, BIT(order));
}

void page_poison_free(void)
{
	unsigned long irq = spin_lock_irqsave(&pages.lock);
	unsigned int order;
	struct list *node;

	for (order = 0; order <= PAGE_MAX_ORDER; order++)
		for (node = pages.free[order].next; node != &pages.free[order]; node = node->next)
			kasan_poison(node, PAGE_SIZE << order, KASAN_PAGE_FREE);
	spin_unlock_irqrestore(&pages.lock, irq);
}

u64 page_free_count(void)
{
	return READ_ONCE(pages.nr_free);
}

u64 page_left_count(void)
{
	unsigned long irq = spin_lock_irqsave(&pages.lock);
	u64 left = pages.nr_free - pages.nr_promised;

	spin_unlock_irqrestore(&pages.lock, irq);
	return left;
}

u64 page_total_count(void)
{
	return READ_ONCE(pages.nr_total);
}

const struct mem_account *page_host_account(void)
{
	return &host_account;
}
