/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_PGTABLE_H
#define LODGE_PGTABLE_H

#include <lodge/page_alloc.h>
#include <lodge/spinlock.h>
#include <lodge/types.h>

/* Idea 1 of the architecture: one walker, many formats. */

#define PROT_R	    1u
#define PROT_W	    2u /* some formats grant R with it */
#define PROT_X	    4u
#define PROT_RW	    (PROT_R | PROT_W)
#define PROT_RX	    (PROT_R | PROT_X)
#define PROT_RWX    (PROT_R | PROT_W | PROT_X)
#define PROT_DEVICE 8u /* uncached, strongly ordered where the ISA can say so */
#define PROT_MAX    15u

#define PGTABLE_MAX_LEVELS 5
#define PGTABLE_ENTRIES	   512u /* of a table; a root may have more, or use fewer */

/**
 * struct pgtable_format - how an architecture spells a radix tree of tables
 * @name:	as the specification calls it ("Sv39x4")
 * @levels:	number of levels, 2 to 5; level 0 has the 4 KiB leaves, level @levels - 1 is the root
 * @va_bits:	width of an input address
 * @root_order:	the root is 2^@root_order pages (concatenated tables), aligned to its size
 * @leaf_levels: bit n: level n may hold a leaf; bit 0 is set
 * @signed_va:	input addresses are sign-extended from @va_bits (host formats)
 * @break_before_make: an entry must be cleared and flushed before a table takes the
 *		place of a leaf, or the other way round
 * @present_mask: some of these bits are set in every PTE that is in use
 * @table_mask, @table_value: above level 0, (pte & @table_mask) == @table_value tells a
 *		pointer to a table from a leaf and from nothing
 * @table_bits:	what a pointer to a table has besides the address
 * @pa_mask, @pa_shift: (pte & @pa_mask) << @pa_shift is where a PTE points; bits of a leaf's
 *		address below the leaf's size are ignored
 * @leaf_bits:	by PROT_*: what a leaf has besides the address; 0 for what it can't say
 * @page_bits, @large_bits: and what it has in addition at level 0, and above it
 * @prot:	PROT_* of a leaf
 *
 * An entry that is 0 is not present.
 */
struct pgtable_format {
	const char *name;
	unsigned int levels;
	unsigned int va_bits;
	unsigned int root_order;
	unsigned int leaf_levels;
	bool signed_va;
	bool break_before_make;
	u64 present_mask;
	u64 table_mask, table_value;
	u64 table_bits;
	u64 pa_mask;
	unsigned int pa_shift;
	u64 leaf_bits[PROT_MAX + 1];
	u64 page_bits, large_bits;
	unsigned int (*prot)(u64 pte);
};

/* A flush of this size, at 0, is of everything: tables are about to be freed, so what
 * hardware remembers of them (not only of leaves) must be forgotten too. */
#define PGTABLE_FLUSH_ALL (~(u64)0)

/**
 * struct pgtable - one tree
 * @flush: invalidates cached translations of [va, va + size), or all (PGTABLE_FLUSH_ALL);
 *	   called once after entries that were present have changed, before their
 *	   tables are freed and before leaves are reported as gone. Called without
 *	   @lock, except for break_before_make formats. May be NULL.
 *
 * Except for the root no table is empty. Where nothing was present nothing is
 * flushed: hardware that remembers the absence of a translation faults again, and
 * whoever handles that fault flushes locally when it finds the page mapped.
 */
struct pgtable {
	const struct pgtable_format *fmt;
	hpa_t root;
	struct mem_account *acct;
	struct spinlock lock;
	void (*flush)(struct pgtable *pt, u64 va, u64 size);
	u64 table_pages;	 /* with the root's */
	unsigned int root_shift; /* of an address, for the index into the root */
	u64 root_mask;		 /* of that index */
	u64 va_bias; /* makes addresses count from 0: half of them when they are signed */
};

/* Zeroed pages set aside for tables, so that a change can't fail half-way; each
 * but the last holds the address of the next. All zero is an empty one. Owned by one
 * thread at a time. */
struct page_cache {
	unsigned int count;
	hpa_t first;
};

/**
 * pgtable_init() - an empty tree; -ENOMEM without a page for its root. Pages are charged to
 * @acct.
 */
__must_check int pgtable_init(struct pgtable *pt, const struct pgtable_format *fmt,
			      struct mem_account *acct,
			      void (*flush)(struct pgtable *pt, u64 va, u64 size));
/** pgtable_destroy() - flush, and free the tables, not what leaves point at. */
void pgtable_destroy(struct pgtable *pt);

/**
 * page_cache_fill() - enough for one pgtable_map_leaf(), or one pgtable_map() of any range
 * within a GiB-aligned GiB if va and pa agree modulo 2 MiB. Cheap when it is full. -ENOMEM.
 */
__must_check int page_cache_fill(struct pgtable *pt, struct page_cache *pc);
/** page_cache_drain() - give back what is left. */
void page_cache_drain(struct pgtable *pt, struct page_cache *pc);

/**
 * pgtable_map() - map [va, va + size) to pa with the largest leaves that alignment allows. All
 * or nothing. -EEXIST if any of it is mapped, -EINVAL if unaligned, empty, out of range or
 * without any of PROT_RWX, -ENOMEM. Needs no lock held; takes pt->lock. @pc may be NULL: then
 * pages are taken from the allocator, all before the first change; otherwise only from @pc.
 */
__must_check int pgtable_map(struct pgtable *pt, u64 va, hpa_t pa, u64 size, unsigned int prot,
			     struct page_cache *pc);

/**
 * pgtable_map_leaf() - map one leaf of @level: what a first touch needs, and quick. As
 * pgtable_map() with the leaf's size otherwise. -EINVAL also if the format has no leaves of
 * @level.
 */
__must_check int pgtable_map_leaf(struct pgtable *pt, u64 va, hpa_t pa, unsigned int level,
				  unsigned int prot, struct page_cache *pc);

/**
 * pgtable_unmap() - unmap; holes are skipped; leaves that stick out are split. Calls @leaf for
 * each leaf removed, in order (after the flush, without pt->lock), with its size, when not NULL.
 * The lock is dropped now and then, so that its holding is bounded. -ENOMEM and -EINVAL, with
 * nothing changed (-ENOMEM also half-way, but only when somebody maps large leaves over the
 * range's ends meanwhile).
 */
__must_check int pgtable_unmap(struct pgtable *pt, u64 va, u64 size,
			       void (*leaf)(void *arg, u64 va, hpa_t pa, u64 size), void *arg);

/**
 * pgtable_protect() - change what is mapped within to @prot; coalesces nothing. Errors as
 * pgtable_unmap().
 */
__must_check int pgtable_protect(struct pgtable *pt, u64 va, u64 size, unsigned int prot);

/**
 * pgtable_coalesce() - where a table that overlaps [va, va + size) is full of leaves that are
 * contiguous, aligned and alike, one larger leaf takes its place, where the format has it. The
 * number of tables freed.
 */
u64 pgtable_coalesce(struct pgtable *pt, u64 va, u64 size);

struct pgtable_leaf {
	u64 va, size;
	hpa_t pa; /* of the leaf's start */
	unsigned int prot;
};
/**
 * pgtable_walk() - the leaf that translates @va, or -ENOENT. Lock-free when nobody changes the
 * tree.
 */
__must_check int pgtable_walk(struct pgtable *pt, u64 va, struct pgtable_leaf *out);

/**
 * pgtable_is_free() - whether nothing is mapped where a leaf of @level would be for @va. Lock-free;
 * somebody may map there as soon as it has returned.
 */
bool pgtable_is_free(struct pgtable *pt, u64 va, unsigned int level);

/**
 * pgtable_for_each() - every leaf that overlaps [va, va + size), in order, whole; the caller
 * sees to it that nobody changes the tree. A non-zero return of @fn ends the walk and is
 * returned.
 */
int pgtable_for_each(struct pgtable *pt, u64 va, u64 size,
		     int (*fn)(void *arg, const struct pgtable_leaf *leaf), void *arg);

/** pgtable_level_size() - bytes that an entry of @level translates. */
static inline u64 pgtable_level_size(unsigned int level)
{
	return PAGE_SIZE << (9 * level);
}

#endif
