/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_PAGE_ALLOC_H
#define LODGE_PAGE_ALLOC_H

#include <lodge/types.h>

#define PAGE_MAX_ORDER 18 /* 1 GiB */

#define PAGE_ZERO 1u

/* Whom pages are charged to. @limit in pages, 0 for none. */
struct mem_account {
	const char *name;
	u64 used, peak, limit;
};

/** page_alloc_init() - manage [base, base + size), none of it free yet.
 * The metadata (about a byte per page) is put at @meta, host virtual, which
 * page_alloc_meta_size(size) says the size of. */
void page_alloc_init(hpa_t base, u64 size, void *meta);
size_t page_alloc_meta_size(u64 size);

/** page_alloc_add() - whole pages within [start, start + size) become free. Boot only. */
void page_alloc_add(hpa_t start, u64 size);

/** page_alloc() - 2^@order pages, aligned to their size, charged to @acct (NULL: the host).
 * Return: HPA_NONE when there is none left or the account's limit is reached. */
__must_check hpa_t page_alloc(unsigned int order, unsigned int flags, struct mem_account *acct);

/** page_free() - give back exactly what page_alloc() gave, with the same @order
 * and @acct; a wrong order or a double free is a BUG(). */
void page_free(hpa_t page, unsigned int order, struct mem_account *acct);

/** page_split() - 2^@order pages from page_alloc() become 2^@order single ones,
 * to be freed one by one. */
void page_split(hpa_t page, unsigned int order);

u64 page_free_count(void);
u64 page_total_count(void);

#endif
