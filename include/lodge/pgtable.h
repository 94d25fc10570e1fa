/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_PGTABLE_H
#define LODGE_PGTABLE_H

#include <lodge/page_alloc.h>
#include <lodge/spinlock.h>
#include <lodge/types.h>

/* Idea 1 of the architecture: one walker, many formats. */

#define PROT_R	    1u
#define PROT_W	    2u
#define PROT_X	    4u
#define PROT_RW	    (PROT_R | PROT_W)
#define PROT_RX	    (PROT_R | PROT_X)
#define PROT_RWX    (PROT_R | PROT_W | PROT_X)
#define PROT_DEVICE 8u /* uncached, strongly ordered where the ISA can say so */

/**
 * struct pgtable_format - how an architecture spells a radix tree of tables
 * @name:	as the specification calls it ("Sv39x4")
 * @levels:	number of levels; level 0 has the 4 KiB leaves, level @levels - 1 is the root
 * @va_bits:	width of an input address
 * @root_order:	the root is 2^@root_order pages (concatenated tables), aligned to its size
 * @leaf_levels: bit n: level n may hold a leaf
 * @signed_va:	input addresses are sign-extended from @va_bits (host formats)
 * @leaf:	a leaf PTE for @pa at @level
 * @table:	a PTE that points at the next table
 * @present, @is_leaf: what a PTE is
 * @pa:		where a leaf or table PTE points
 * @prot:	PROT_* of a leaf
 */
struct pgtable_format {
	const char *name;
	unsigned int levels;
	unsigned int va_bits;
	unsigned int root_order;
	unsigned int leaf_levels;
	bool signed_va;
	u64 (*leaf)(u64 pa, unsigned int prot, unsigned int level);
	u64 (*table)(u64 pa);
	bool (*present)(u64 pte);
	bool (*is_leaf)(u64 pte, unsigned int level);
	u64 (*pa)(u64 pte);
	unsigned int (*prot)(u64 pte);
};

/**
 * struct pgtable - one tree
 * @flush: invalidates cached translations of [va, va + size); called after
 *	   entries that were present have changed, before their tables are freed
 */
struct pgtable {
	const struct pgtable_format *fmt;
	hpa_t root;
	struct mem_account *acct;
	struct spinlock lock;
	void (*flush)(struct pgtable *pt, u64 va, u64 size);
	u64 table_pages;
};

/* Pages set aside for tables, so that a change can't fail half-way. */
struct page_cache {
	unsigned int count;
	hpa_t page[16];
};

__must_check int pgtable_init(struct pgtable *pt, const struct pgtable_format *fmt,
			      struct mem_account *acct,
			      void (*flush)(struct pgtable *pt, u64 va, u64 size));
void pgtable_destroy(struct pgtable *pt); /* tables only, not what leaves point at */

/* Enough for one pgtable_map() of any range within 1 GiB-aligned 1 GiB, or
 * for one pgtable_unmap()/protect() that must split. -ENOMEM. */
__must_check int page_cache_fill(struct pgtable *pt, struct page_cache *pc);
void page_cache_drain(struct pgtable *pt, struct page_cache *pc);

/* Map [va, va + size) to pa with the largest leaves that alignment allows.
 * All or nothing. -EEXIST if any of it is mapped, -EINVAL if unaligned, empty or
 * out of range, -ENOMEM. Needs no lock held; takes pt->lock. @pc may be NULL: then
 * pages are taken from the allocator, all before the first change. */
__must_check int pgtable_map(struct pgtable *pt, u64 va, hpa_t pa, u64 size, unsigned int prot,
			     struct page_cache *pc);

/* Unmap; holes are skipped; leaves that stick out are split. Calls @leaf for each
 * leaf removed (after the flush), with its size, when not NULL. -ENOMEM, -EINVAL. */
__must_check int pgtable_unmap(struct pgtable *pt, u64 va, u64 size,
			       void (*leaf)(void *arg, u64 va, hpa_t pa, u64 size), void *arg);

/* Change permissions of what is mapped within; coalesces nothing. */
__must_check int pgtable_protect(struct pgtable *pt, u64 va, u64 size, unsigned int prot);

struct pgtable_leaf {
	u64 va, size;
	hpa_t pa; /* of the leaf's start */
	unsigned int prot;
};
/* The leaf that translates @va, or -ENOENT. Lock-free when nobody changes the tree. */
__must_check int pgtable_walk(struct pgtable *pt, u64 va, struct pgtable_leaf *out);

/* Every leaf in order within [va, va + size). A non-zero return of @fn ends the walk and is returned. */
int pgtable_for_each(struct pgtable *pt, u64 va, u64 size,
		     int (*fn)(void *arg, const struct pgtable_leaf *leaf), void *arg);

#endif
