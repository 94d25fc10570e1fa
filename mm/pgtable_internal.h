/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MM_PGTABLE_INTERNAL_H
#define MM_PGTABLE_INTERNAL_H

#include <asm/barrier.h>
#include <asm/layout.h>
#include <lodge/errno.h>
#include <lodge/pgtable.h>
#include <lodge/printk.h>

/* What the parts of the walker share: how to step through a tree of any format. */

static inline unsigned int level_shift(unsigned int level)
{
	return PAGE_SHIFT + 9 * level;
}

static inline bool leaf_allowed(const struct pgtable_format *fmt, unsigned int level)
{
	return fmt->leaf_levels >> level & 1;
}

static inline bool pte_present(const struct pgtable_format *fmt, u64 pte)
{
	return pte & fmt->present_mask;
}

static inline bool pte_is_table(const struct pgtable_format *fmt, u64 pte, unsigned int level)
{
	return level > 0 && (pte & fmt->table_mask) == fmt->table_value;
}

static inline hpa_t pte_table_pa(const struct pgtable_format *fmt, u64 pte)
{
	return hpa((pte & fmt->pa_mask) << fmt->pa_shift);
}

static inline u64 *pte_table(const struct pgtable_format *fmt, u64 pte)
{
	return hpa_to_kva(pte_table_pa(fmt, pte));
}

static inline u64 pte_leaf_pa(const struct pgtable_format *fmt, u64 pte, unsigned int level)
{
	return ALIGN_DOWN((pte & fmt->pa_mask) << fmt->pa_shift, pgtable_level_size(level));
}

static inline u64 table_pte(const struct pgtable_format *fmt, hpa_t table)
{
	return table.v >> fmt->pa_shift | fmt->table_bits;
}

static inline unsigned int table_index(u64 va, unsigned int level)
{
	return va >> level_shift(level) & (PGTABLE_ENTRIES - 1);
}

/* @prot is valid and @pa aligned; one that the format can't say is not in what comes out. */
static inline u64 leaf_pte(const struct pgtable_format *fmt, u64 pa, unsigned int prot,
			   unsigned int level)
{
	return (pa >> fmt->pa_shift & fmt->pa_mask) | fmt->leaf_bits[prot] |
	       (level ? fmt->large_bits : fmt->page_bits);
}

/* The root's entry for @va; the bits above va_bits only repeat the sign. */
static inline u64 *root_entry(struct pgtable *pt, u64 va)
{
	u64 *root = hpa_to_kva(pt->root);

	return &root[va >> pt->root_shift & pt->root_mask];
}

/*
 * Descends towards @va for as long as there are tables, but not below @stop. The
 * entry where that ends, its level and its value: a leaf, nothing, or at @stop a table.
 */
static inline u64 *pgtable_entry(struct pgtable *pt, u64 va, unsigned int stop, unsigned int *level,
				 u64 *entry)
{
	const struct pgtable_format *fmt = pt->fmt;
	u64 mask = fmt->table_mask, value = fmt->table_value;
	unsigned int l = fmt->levels - 1;
	u64 *e = root_entry(pt, va);
	u64 pte = READ_ONCE(*e);

	while (l > stop && (pte & mask) == value) {
		l--;
		e = pte_table(fmt, pte) + table_index(va, l);
		pte = READ_ONCE(*e);
	}
	*level = l;
	*entry = pte;
	return e;
}

/* Whether the format can translate @va. */
static inline bool va_valid(const struct pgtable *pt, u64 va)
{
	return (va + pt->va_bias) >> pt->fmt->va_bits == 0;
}

/* Whole pages that the format can translate: neither past the last address nor across the
 * hole between the halves. */
static inline bool range_valid(const struct pgtable *pt, u64 va, u64 size)
{
	u64 last = va + size - 1;

	return size && IS_ALIGNED(va | size, PAGE_SIZE) && va_valid(pt, va) && va_valid(pt, last) &&
	       last >= va && last + pt->va_bias >= va + pt->va_bias;
}

static inline bool prot_valid(const struct pgtable_format *fmt, unsigned int prot)
{
	return prot <= PROT_MAX && fmt->leaf_bits[prot];
}

/* Bits that no address has that the format can point at. */
static inline u64 pa_invalid_mask(const struct pgtable_format *fmt)
{
	return ~(fmt->pa_mask << fmt->pa_shift | (PAGE_SIZE - 1));
}

/* Takes a page from @pc, which has one, as a table of @pt. */
static inline u64 *table_take(struct pgtable *pt, struct page_cache *pc, hpa_t *pa)
{
	u64 *table = hpa_to_kva(pc->first);

	*pa = pc->first;
	pc->first = hpa(table[0]);
	pc->count--;
	table[0] = 0;
	pt->table_pages++;
	return table;
}

/* Makes @pc hold at least @count pages; -ENOMEM, with what there was kept in it. */
__must_check int page_cache_grow(struct pgtable *pt, struct page_cache *pc, u64 count);

#endif
