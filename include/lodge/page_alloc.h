/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_PAGE_ALLOC_H
#define LODGE_PAGE_ALLOC_H

#include <lodge/list.h>
#include <lodge/types.h>

#define PAGE_MAX_ORDER 18 /* 1 GiB */

#define PAGE_ZERO 1u

#define SLAB_CLASSES 7 /* sizes of small objects: mm/slab.c */

/**
 * struct mem_account - whom pages are charged to
 * @used, @peak: pages, now and at most
 * @committed:	 as many are kept for it: page_commit()
 * @limit:	 it gets no more than that; 0 for none
 * @slabs:	 of its own small objects: the lists of kmalloc_for()
 *
 * Changed under the allocator's lock, but for @limit and @peak, which are the owner's; may be
 * read at any time.
 */
struct mem_account {
	const char *name;
	u64 used, peak, committed, limit;
	struct list slabs[SLAB_CLASSES];
};

/** page_alloc_init() - manage [base, base + size), none of it free yet.
 * The metadata (about a byte per page) is put at @meta, host virtual and 8-byte
 * aligned, which page_alloc_meta_size(size) says the size of. */
void page_alloc_init(hpa_t base, u64 size, void *meta);
/** page_alloc_meta_size() - bytes of metadata for @size bytes of memory. */
size_t page_alloc_meta_size(u64 size);

/** page_alloc_add() - whole pages within [start, start + size) become free. Boot only.
 * Page 0 of the machine is left out: HPA_NONE must not be a page. */
void page_alloc_add(hpa_t start, u64 size);

/** page_alloc() - 2^@order pages, aligned to their size, charged to @acct (NULL: the host).
 * Return: HPA_NONE when there is none left that nobody else was promised, or the account's limit
 * is reached. Single pages that @acct was promised can always be had. */
__must_check hpa_t page_alloc(unsigned int order, unsigned int flags, struct mem_account *acct);

/** page_free() - give back exactly what page_alloc() gave, with the same @order
 * and @acct; a wrong order or a double free is a BUG(). */
void page_free(hpa_t page, unsigned int order, struct mem_account *acct);

/** page_claim() - exactly the pages of [page, page + size), charged to @acct, if all of
 * them are free; their content is not touched. Slow: for when VMs are made. */
__must_check bool page_claim(hpa_t page, u64 size, struct mem_account *acct);
/** page_unclaim() - give them back. */
void page_unclaim(hpa_t page, u64 size, struct mem_account *acct);

/** page_split() - 2^@order pages from page_alloc() become 2^@order single ones,
 * to be freed one by one. */
void page_split(hpa_t page, unsigned int order);

/** page_order() - the order that @page was allocated with; a BUG() if it is not the
 * first page of an allocation. */
unsigned int page_order(hpa_t page);

/** page_zero() - clear @size bytes, a multiple of 256, at the 8-byte aligned @p.
 * An architecture with a faster way than stores overrides it. */
void page_zero(void *p, u64 size);
/** page_zero_by_stores() - the same, for those that do more. */
void page_zero_by_stores(void *p, u64 size);

/**
 * page_commit() - from now on @acct (NULL: the host) can have @pages, with those that it has
 * Others get what is left: page_left_count(). Less than before is always possible.
 * Return: false, with nothing changed, if so many are not left.
 */
__must_check bool page_commit(struct mem_account *acct, u64 pages);

/** page_left_count() - pages that are free and that nobody was promised. */
u64 page_left_count(void);
/** page_free_count() - pages that are free. */
u64 page_free_count(void);
/** page_total_count() - pages that page_alloc_add() was given. */
u64 page_total_count(void);

/** page_poison_free() - for the address sanitizer: what is free now may not be accessed. */
void page_poison_free(void);

/** page_host_account() - what is charged to the host itself. */
const struct mem_account *page_host_account(void);

#endif
