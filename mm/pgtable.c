// SPDX-License-Identifier: Apache-2.0
/* The page-table walker: making a tree, adding leaves, looking them up. */
#include "pgtable_internal.h"

int pgtable_init(struct pgtable *pt, const struct pgtable_format *fmt, struct mem_account *acct,
		 void (*flush)(struct pgtable *pt, u64 va, u64 size))
{
	unsigned int root_shift = level_shift(fmt->levels - 1);

	/* A format is a constant of the architecture, never input. */
	BUG_ON(fmt->levels < 2 || fmt->levels > PGTABLE_MAX_LEVELS || !leaf_allowed(fmt, 0));
	BUG_ON(fmt->va_bits <= root_shift || fmt->va_bits > root_shift + 9 + fmt->root_order);

	*pt = (struct pgtable){
		.lock = SPINLOCK_INIT,
		.fmt = fmt,
		.acct = acct,
		.flush = flush,
		.root_shift = root_shift,
		.root_mask = BIT(fmt->va_bits - root_shift) - 1,
		.va_bias = fmt->signed_va ? BIT(fmt->va_bits - 1) : 0,
	};
	pt->root = page_alloc(fmt->root_order, PAGE_ZERO, acct);
	if (!pt->root.v)
		return -ENOMEM;
	pt->table_pages = BIT(fmt->root_order);
	return 0;
}

static void tables_free(struct pgtable *pt, u64 *table, u64 entries, unsigned int level)
{
	const struct pgtable_format *fmt = pt->fmt;
	u64 i;

	for (i = 0; i < entries; i++) {
		if (!pte_is_table(fmt, table[i], level))
			continue;
		tables_free(pt, pte_table(fmt, table[i]), PGTABLE_ENTRIES, level - 1);
		page_free(pte_table_pa(fmt, table[i]), 0, pt->acct);
	}
}

void pgtable_destroy(struct pgtable *pt)
{
	const struct pgtable_format *fmt = pt->fmt;

	if (pt->flush)
		pt->flush(pt, 0, PGTABLE_FLUSH_ALL);
	tables_free(pt, hpa_to_kva(pt->root), pt->root_mask + 1, fmt->levels - 1);
	page_free(pt->root, fmt->root_order, pt->acct);
	pt->root = HPA_NONE;
	pt->table_pages = 0;
}

int page_cache_grow(struct pgtable *pt, struct page_cache *pc, u64 count)
{
	while (pc->count < count) {
		hpa_t page = page_alloc(0, PAGE_ZERO, pt->acct);

		if (!page.v)
			return -ENOMEM;
		*(u64 *)hpa_to_kva(page) = pc->first.v;
		pc->first = page;
		pc->count++;
	}
	return 0;
}

int page_cache_fill(struct pgtable *pt, struct page_cache *pc)
{
	/* A path to a new leaf, and a second one's lower part for a range's other end. */
	return page_cache_grow(pt, pc, 2 * pt->fmt->levels);
}

void page_cache_drain(struct pgtable *pt, struct page_cache *pc)
{
	while (pc->count) {
		hpa_t page = pc->first;

		pc->first = hpa(*(u64 *)hpa_to_kva(page));
		pc->count--;
		page_free(page, 0, pt->acct);
	}
}

/* ---- mapping ---- */

/* One walk: with @apply clear it only counts the tables that are missing. */
struct map_walk {
	struct pgtable *pt;
	struct page_cache *pc;
	u64 offset; /* pa - va */
	unsigned int prot;
	bool apply;
	u64 tables;
};

static int map_range(struct map_walk *w, u64 *table, unsigned int level, u64 va, u64 last);

/* [va, last] is within what the entry @e translates; @e is NULL below a table to come. */
static int map_entry(struct map_walk *w, u64 *e, unsigned int level, u64 va, u64 last)
{
	const struct pgtable_format *fmt = w->pt->fmt;
	u64 size = pgtable_level_size(level);
	u64 pte = e ? READ_ONCE(*e) : 0;
	u64 *table;
	hpa_t pa;
	int err;

	if (pte_is_table(fmt, pte, level))
		return map_range(w, pte_table(fmt, pte), level - 1, va, last);
	if (pte_present(fmt, pte))
		return -EEXIST;
	if (leaf_allowed(fmt, level) && last - va == size - 1 && IS_ALIGNED(va + w->offset, size)) {
		if (w->apply)
			WRITE_ONCE(*e, leaf_pte(fmt, va + w->offset, w->prot, level));
		return 0;
	}
	w->tables++;
	if (!w->apply)
		return level > 1 ? map_range(w, NULL, level - 1, va, last) : 0;

	table = table_take(w->pt, w->pc, &pa);
	err = map_range(w, table, level - 1, va, last);
	/* A walk that finds the table finds it zeroed and filled. */
	smp_wmb();
	WRITE_ONCE(*e, table_pte(fmt, pa));
	return err;
}

/* The entries of one table; the root is not given, for it may be larger than a table. */
static int map_range(struct map_walk *w, u64 *table, unsigned int level, u64 va, u64 last)
{
	bool root = level == w->pt->fmt->levels - 1;

	for (;;) {
		u64 end = min(last, va | (pgtable_level_size(level) - 1));
		u64 *e = table ? &table[table_index(va, level)] : NULL;
		int err = map_entry(w, root ? root_entry(w->pt, va) : e, level, va, end);

		if (err || end == last)
			return err;
		va = end + 1;
	}
}

/* Does it if @pc has enough pages; if not, -EAGAIN with w->tables set to what it takes. */
static int map_locked(struct pgtable *pt, struct map_walk *w, u64 va, u64 last)
	__must_hold(pt->lock)
{
	unsigned int root = pt->fmt->levels - 1;
	int err;

	w->apply = false;
	w->tables = 0;
	err = map_range(w, NULL, root, va, last);
	if (err)
		return err;
	if (w->tables > w->pc->count)
		return -EAGAIN;
	w->apply = true;
	/* What is mapped has been written (zeroed) before others can see it through here. */
	smp_wmb();
	return map_range(w, NULL, root, va, last);
}

int pgtable_map(struct pgtable *pt, u64 va, hpa_t pa, u64 size, unsigned int prot,
		struct page_cache *pc)
{
	const struct pgtable_format *fmt = pt->fmt;
	struct page_cache own = { 0 };
	struct map_walk w = { .pt = pt, .pc = pc ? pc : &own, .offset = pa.v - va, .prot = prot };
	u64 pa_last = pa.v + size - 1;
	unsigned long flags;
	int err;

	if (!range_valid(pt, va, size) || !IS_ALIGNED(pa.v, PAGE_SIZE) || !prot_valid(fmt, prot))
		return -EINVAL;
	if (pa_last < pa.v || (pa_last & pa_invalid_mask(fmt)))
		return -EINVAL;

	for (;;) {
		flags = spin_lock_irqsave(&pt->lock);
		err = map_locked(pt, &w, va, va + size - 1);
		spin_unlock_irqrestore(&pt->lock, flags);
		if (err != -EAGAIN)
			break;
		/* Pages are cleared without the lock, so the tree is looked at anew after. */
		err = pc ? -ENOMEM : page_cache_grow(pt, &own, w.tables);
		if (err)
			break;
	}
	page_cache_drain(pt, &own);
	return err;
}

/* Puts tables from @level - 1 down to @leaf_level under the entry @e, and the leaf in the last. */
static int map_leaf_below(struct pgtable *pt, u64 *e, unsigned int level, u64 va, u64 leaf,
			  unsigned int leaf_level, struct page_cache *pc) __must_hold(pt->lock)
{
	u64 pte = leaf;
	unsigned int l;

	if (!pc || pc->count < level - leaf_level)
		return -ENOMEM;
	for (l = leaf_level; l < level; l++) {
		hpa_t pa;
		u64 *table = table_take(pt, pc, &pa);

		table[table_index(va, l)] = pte;
		pte = table_pte(pt->fmt, pa);
	}
	/* A walk that finds the uppermost table finds all of this. */
	smp_wmb();
	WRITE_ONCE(*e, pte);
	return 0;
}

int pgtable_map_leaf(struct pgtable *pt, u64 va, hpa_t pa, unsigned int level, unsigned int prot,
		     struct page_cache *pc)
{
	const struct pgtable_format *fmt = pt->fmt;
	u64 size = pgtable_level_size(level);
	unsigned long flags;
	unsigned int l;
	int err = 0;
	u64 leaf, old, *e;

	/* An aligned leaf is in range when its first address is. */
	if (unlikely(!leaf_allowed(fmt, level) || !IS_ALIGNED(va | pa.v, size) ||
		     !prot_valid(fmt, prot) || !va_valid(pt, va)))
		return -EINVAL;
	leaf = leaf_pte(fmt, pa.v, prot, level);
	if (unlikely(pte_table_pa(fmt, leaf).v != pa.v))
		return -EINVAL;

	flags = spin_lock_irqsave(&pt->lock);
	e = pgtable_entry(pt, va, level, &l, &old);
	if (unlikely(pte_present(fmt, old))) {
		err = -EEXIST;
	} else if (likely(l == level)) {
		/* The page has been zeroed before others can see it. */
		smp_wmb();
		WRITE_ONCE(*e, leaf);
	} else {
		err = map_leaf_below(pt, e, l, va, leaf, level, pc);
	}
	spin_unlock_irqrestore(&pt->lock, flags);
	return err;
}

/* ---- looking ---- */

static void leaf_describe(const struct pgtable_format *fmt, u64 va, u64 pte, unsigned int level,
			  struct pgtable_leaf *out)
{
	out->size = pgtable_level_size(level);
	out->va = ALIGN_DOWN(va, out->size);
	out->pa = hpa(pte_leaf_pa(fmt, pte, level));
	out->prot = fmt->prot(pte);
}

int pgtable_walk(struct pgtable *pt, u64 va, struct pgtable_leaf *out)
{
	unsigned int level;
	u64 pte;

	if (!va_valid(pt, va))
		return -ENOENT;
	pgtable_entry(pt, va, 0, &level, &pte);
	if (!pte_present(pt->fmt, pte))
		return -ENOENT;
	leaf_describe(pt->fmt, va, pte, level, out);
	return 0;
}

bool pgtable_is_free(struct pgtable *pt, u64 va, unsigned int level)
{
	unsigned int l;
	u64 pte;

	if (!va_valid(pt, va))
		return false;
	pgtable_entry(pt, va, level, &l, &pte);
	return !pte_present(pt->fmt, pte);
}

int pgtable_for_each(struct pgtable *pt, u64 va, u64 size,
		     int (*fn)(void *arg, const struct pgtable_leaf *leaf), void *arg)
{
	u64 last = va + size - 1;

	if (!range_valid(pt, va, size))
		return -EINVAL;
	for (;;) {
		struct pgtable_leaf leaf;
		unsigned int level;
		u64 pte, end;

		pgtable_entry(pt, va, 0, &level, &pte);
		end = va | (pgtable_level_size(level) - 1);
		if (pte_present(pt->fmt, pte)) {
			int ret;

			leaf_describe(pt->fmt, va, pte, level, &leaf);
			ret = fn(arg, &leaf);
			if (ret)
				return ret;
		}
		if (end >= last)
			return 0;
		va = end + 1;
	}
}
