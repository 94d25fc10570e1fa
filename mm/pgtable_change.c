// SPDX-License-Identifier: Apache-2.0
/*
 * Changing what a tree already maps: split, unmap, protect, coalesce.
 *
 * Each works in batches. Under the lock a batch changes entries and remembers what it
 * took out of the tree; after the lock is dropped that is flushed, and only then are
 * tables freed and leaves reported. A table that lies wholly within the range is
 * taken out with one store, whatever is below it.
 */
#include "pgtable_internal.h"

#define BATCH_ENTRIES 32
/* At each end of a range each table on the path to it may become empty. */
#define BATCH_TABLES (2 * (PGTABLE_MAX_LEVELS - 1))
/* Entries looked at, whether there is something or not, before the lock is dropped. */
#define BATCH_LOOKED 64

/* An entry taken out of the tree: a leaf, or a table with all below it. */
struct removed {
	u64 va;
	u64 pte;
	unsigned int level;
	bool empty; /* a table that is known to have nothing below it */
};

struct batch {
	struct pgtable *pt;
	bool changed;
	u64 first, last; /* what entries that changed translate, when @changed */
	bool tables;	 /* some of what was removed is a table */
	unsigned int count;
	struct removed removed[BATCH_ENTRIES + BATCH_TABLES];
};

/* The entry of @level at @va has changed and was present. */
static void batch_touch(struct batch *b, u64 va, unsigned int level)
{
	u64 size = pgtable_level_size(level);
	u64 first = ALIGN_DOWN(va, size);
	u64 last = first + size - 1;

	b->first = b->changed ? min(b->first, first) : first;
	b->last = b->changed ? max(b->last, last) : last;
	b->changed = true;
}

static void batch_remove(struct batch *b, u64 *e, u64 va, unsigned int level)
{
	u64 pte = *e;

	WRITE_ONCE(*e, 0);
	b->removed[b->count++] = (struct removed){
		.va = ALIGN_DOWN(va, pgtable_level_size(level)),
		.pte = pte,
		.level = level,
	};
	b->tables |= pte_is_table(b->pt->fmt, pte, level);
	batch_touch(b, va, level);
}

typedef void (*leaf_fn)(void *arg, u64 va, hpa_t pa, u64 size);

/* Reports the leaves under a removed entry and frees its tables; the number of those. */
static u64 removed_release(struct pgtable *pt, const struct removed *r, leaf_fn leaf, void *arg)
{
	const struct pgtable_format *fmt = pt->fmt;
	u64 size = pgtable_level_size(r->level);
	u64 *table, freed = 1;
	unsigned int i;

	if (!pte_is_table(fmt, r->pte, r->level)) {
		if (leaf)
			leaf(arg, r->va, hpa(pte_leaf_pa(fmt, r->pte, r->level)), size);
		return 0;
	}
	table = pte_table(fmt, r->pte);
	for (i = 0; i < PGTABLE_ENTRIES && !r->empty; i++) {
		struct removed below = {
			.va = r->va + i * (size / PGTABLE_ENTRIES),
			.pte = table[i],
			.level = r->level - 1,
		};

		if (pte_present(fmt, below.pte))
			freed += removed_release(pt, &below, leaf, arg);
	}
	page_free(pte_table_pa(fmt, r->pte), 0, pt->acct);
	return freed;
}

/* After the lock is dropped. */
static void batch_finish(struct batch *b, leaf_fn leaf, void *arg)
{
	struct pgtable *pt = b->pt;
	unsigned long flags;
	u64 freed = 0;
	unsigned int i;

	if (!b->changed)
		return;
	if (pt->flush && b->tables)
		pt->flush(pt, 0, PGTABLE_FLUSH_ALL);
	else if (pt->flush)
		pt->flush(pt, b->first, b->last - b->first + 1);
	for (i = 0; i < b->count; i++)
		freed += removed_release(pt, &b->removed[i], leaf, arg);
	if (freed) {
		flags = spin_lock_irqsave(&pt->lock);
		pt->table_pages -= freed;
		spin_unlock_irqrestore(&pt->lock, flags);
	}
	b->changed = false;
	b->tables = false;
	b->count = 0;
}

/* ---- splitting ---- */

/* Puts @pte, a table, in the place of a leaf, or the other way round. */
static void entry_replace(struct pgtable *pt, struct batch *b, u64 *e, u64 va, unsigned int level,
			  u64 pte) __must_hold(pt->lock)
{
	u64 size = pgtable_level_size(level);

	if (pt->fmt->break_before_make) {
		WRITE_ONCE(*e, 0);
		if (pt->flush)
			pt->flush(pt, ALIGN_DOWN(va, size), size);
	}
	/* A walk that finds a new table finds it filled. */
	smp_wmb();
	WRITE_ONCE(*e, pte);
	batch_touch(b, va, level);
}

/* Tables that it takes to say what a leaf of @level says with the next smaller leaves. */
static u64 split_tables(const struct pgtable_format *fmt, unsigned int level)
{
	u64 width = 1, tables = 1;

	while (!leaf_allowed(fmt, --level)) {
		width *= PGTABLE_ENTRIES;
		tables += width;
	}
	return tables;
}

/* Tables that splitting at @addr takes, so that no leaf has it inside. */
static u64 split_cost(struct pgtable *pt, u64 addr)
{
	const struct pgtable_format *fmt = pt->fmt;
	unsigned int level;
	u64 pte, cost = 0;

	pgtable_entry(pt, addr, 0, &level, &pte);
	if (!pte_present(fmt, pte))
		return 0;
	while (!IS_ALIGNED(addr, pgtable_level_size(level))) {
		cost += split_tables(fmt, level);
		do
			level--;
		while (!leaf_allowed(fmt, level));
	}
	return cost;
}

/* A table of entries of @level that maps what follows @pa. */
static hpa_t split_table(struct pgtable *pt, struct page_cache *pc, u64 pa, unsigned int prot,
			 unsigned int level) __must_hold(pt->lock)
{
	const struct pgtable_format *fmt = pt->fmt;
	bool leaves = leaf_allowed(fmt, level);
	hpa_t table_pa;
	u64 *table = table_take(pt, pc, &table_pa);
	unsigned int i;

	for (i = 0; i < PGTABLE_ENTRIES; i++, pa += pgtable_level_size(level))
		table[i] = leaves ? leaf_pte(fmt, pa, prot, level)
				  : table_pte(fmt, split_table(pt, pc, pa, prot, level - 1));
	return table_pa;
}

/* Splits leaves until none has @addr inside; @pc has what split_cost() said. */
static void split_at(struct pgtable *pt, struct batch *b, struct page_cache *pc, u64 addr)
	__must_hold(pt->lock)
{
	const struct pgtable_format *fmt = pt->fmt;

	for (;;) {
		unsigned int level;
		u64 pte;
		u64 *e = pgtable_entry(pt, addr, 0, &level, &pte);
		hpa_t table;

		if (!pte_present(fmt, pte) || IS_ALIGNED(addr, pgtable_level_size(level)))
			return;
		table = split_table(pt, pc, pte_leaf_pa(fmt, pte, level), fmt->prot(pte),
				    level - 1);
		entry_replace(pt, b, e, addr, level, table_pte(fmt, table));
	}
}

/*
 * Makes no leaf stick out of [va, last]. Returns 0, or how many pages @pc must have for it.
 * One past the last address may be out of range, or 0; it is aligned to any leaf
 * then and nothing is split there.
 */
static u64 split_ends(struct pgtable *pt, struct batch *b, struct page_cache *pc, u64 va, u64 last)
	__must_hold(pt->lock)
{
	/* At most: both may be in one leaf. */
	u64 need = split_cost(pt, va) + split_cost(pt, last + 1);

	if (need > pc->count)
		return need;
	if (need) {
		split_at(pt, b, pc, va);
		split_at(pt, b, pc, last + 1);
	}
	return 0;
}

/* ---- one batch of each change; they return the last address dealt with ---- */

/* The entry at @va that is a leaf, nothing, or a table that is wholly within [va, last]. */
static u64 *entry_within(struct pgtable *pt, u64 va, u64 last, unsigned int *level)
{
	const struct pgtable_format *fmt = pt->fmt;
	unsigned int l = fmt->levels - 1;
	u64 *e = root_entry(pt, va);

	while (pte_is_table(fmt, *e, l)) {
		u64 size = pgtable_level_size(l);

		if (IS_ALIGNED(va, size) && last - va >= size - 1)
			break;
		l--;
		e = pte_table(fmt, *e) + table_index(va, l);
	}
	*level = l;
	return e;
}

static bool table_empty(const struct pgtable_format *fmt, const u64 *table)
{
	unsigned int i;

	for (i = 0; i < PGTABLE_ENTRIES; i++)
		if (pte_present(fmt, table[i]))
			return false;
	return true;
}

/* Takes out the tables on the path to @va that have become empty, the lowest first. */
static void prune(struct pgtable *pt, struct batch *b, u64 va) __must_hold(pt->lock)
{
	unsigned int stop, level;

	for (stop = 1; stop < pt->fmt->levels; stop++) {
		u64 pte;
		u64 *e = pgtable_entry(pt, va, stop, &level, &pte);

		if (level != stop || !pte_is_table(pt->fmt, pte, level))
			continue;
		if (!table_empty(pt->fmt, pte_table(pt->fmt, pte)))
			return;
		batch_remove(b, e, va, level);
		b->removed[b->count - 1].empty = true;
	}
}

static u64 unmap_batch(struct pgtable *pt, struct batch *b, u64 va, u64 last) __must_hold(pt->lock)
{
	unsigned int looked = 0;
	u64 start = va, end;

	for (;;) {
		unsigned int level;
		u64 *e = entry_within(pt, va, last, &level);

		end = va | (pgtable_level_size(level) - 1);
		if (pte_present(pt->fmt, *e))
			batch_remove(b, e, va, level);
		if (end >= last || b->count >= BATCH_ENTRIES || ++looked >= BATCH_LOOKED)
			break;
		va = end + 1;
	}
	end = min(end, last);
	prune(pt, b, start);
	prune(pt, b, end);
	return end;
}

static u64 protect_batch(struct pgtable *pt, struct batch *b, u64 va, u64 last, unsigned int prot)
	__must_hold(pt->lock)
{
	const struct pgtable_format *fmt = pt->fmt;
	unsigned int looked = 0;

	for (;;) {
		unsigned int level;
		u64 pte;
		u64 *e = pgtable_entry(pt, va, 0, &level, &pte);
		u64 end = va | (pgtable_level_size(level) - 1);

		if (pte_present(fmt, pte) && fmt->prot(pte) != prot) {
			WRITE_ONCE(*e, leaf_pte(fmt, pte_leaf_pa(fmt, pte, level), prot, level));
			batch_touch(b, va, level);
		}
		if (end >= last)
			return last;
		if (++looked >= BATCH_LOOKED)
			return end;
		va = end + 1;
	}
}

/* The leaf that can take the place of @table, whose entry is of @level, or 0. */
static u64 coalesced_leaf(const struct pgtable_format *fmt, const u64 *table, unsigned int level)
{
	u64 pa = pte_leaf_pa(fmt, table[0], level - 1);
	unsigned int prot = fmt->prot(table[0]);
	unsigned int i;

	if (!IS_ALIGNED(pa, pgtable_level_size(level)))
		return 0;
	for (i = 0; i < PGTABLE_ENTRIES; i++) {
		u64 pte = table[i];

		if (!pte_present(fmt, pte) || pte_is_table(fmt, pte, level - 1) ||
		    pte_leaf_pa(fmt, pte, level - 1) != pa + i * pgtable_level_size(level - 1) ||
		    fmt->prot(pte) != prot)
			return 0;
	}
	return leaf_pte(fmt, pa, prot, level);
}

/* Tables under entries of @level. */
static u64 coalesce_batch(struct pgtable *pt, struct batch *b, u64 va, u64 last, unsigned int level)
	__must_hold(pt->lock)
{
	unsigned int looked = 0;

	for (;;) {
		unsigned int l;
		u64 pte, leaf = 0;
		u64 *e = pgtable_entry(pt, va, level, &l, &pte);
		u64 end = va | (pgtable_level_size(l) - 1);

		if (l == level && pte_is_table(pt->fmt, pte, level))
			leaf = coalesced_leaf(pt->fmt, pte_table(pt->fmt, pte), level);
		if (leaf) {
			b->removed[b->count++] =
				(struct removed){ .va = va, .pte = pte, .level = level };
			b->tables = true;
			entry_replace(pt, b, e, va, level, leaf);
		}
		if (end >= last)
			return last;
		if (++looked >= BATCH_ENTRIES)
			return end;
		va = end + 1;
	}
}

/* ---- the interface ---- */

/* Unmaps when @prot is 0, and changes to @prot otherwise. */
static int change_range(struct pgtable *pt, u64 va, u64 size, unsigned int prot, leaf_fn leaf,
			void *arg)
{
	struct batch b = { .pt = pt };
	struct page_cache pc = { 0 };
	u64 last = va + size - 1, end = 0;
	int err = 0;

	do {
		unsigned long flags = spin_lock_irqsave(&pt->lock);
		u64 need = split_ends(pt, &b, &pc, va, last);

		if (!need)
			end = prot ? protect_batch(pt, &b, va, last, prot)
				   : unmap_batch(pt, &b, va, last);
		spin_unlock_irqrestore(&pt->lock, flags);
		if (need) {
			/* Pages are cleared without the lock, so look anew after. */
			err = page_cache_grow(pt, &pc, need);
			continue;
		}
		batch_finish(&b, leaf, arg);
		va = end + 1;
	} while (!err && end != last);
	page_cache_drain(pt, &pc);
	return err;
}

int pgtable_unmap(struct pgtable *pt, u64 va, u64 size, leaf_fn leaf, void *arg)
{
	if (!range_valid(pt, va, size))
		return -EINVAL;
	return change_range(pt, va, size, 0, leaf, arg);
}

int pgtable_protect(struct pgtable *pt, u64 va, u64 size, unsigned int prot)
{
	if (!range_valid(pt, va, size) || !prot_valid(pt->fmt, prot))
		return -EINVAL;
	return change_range(pt, va, size, prot, NULL, NULL);
}

u64 pgtable_coalesce(struct pgtable *pt, u64 va, u64 size)
{
	struct batch b = { .pt = pt };
	u64 last = va + size - 1, freed = 0;
	unsigned int level;
	unsigned long flags;

	if (!range_valid(pt, va, size))
		return 0;
	for (level = 1; level < pt->fmt->levels; level++) {
		u64 at = va, end;

		if (!leaf_allowed(pt->fmt, level))
			continue;
		do {
			flags = spin_lock_irqsave(&pt->lock);
			end = coalesce_batch(pt, &b, at, last, level);
			freed += b.count;
			spin_unlock_irqrestore(&pt->lock, flags);
			batch_finish(&b, NULL, NULL);
			at = end + 1;
		} while (end != last);
	}
	return freed;
}
