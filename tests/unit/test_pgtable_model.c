// SPDX-License-Identifier: Apache-2.0
/*
 * mm/pgtable*.c: random sequences against a model that is an array of pages, in every
 * format, at two places of the address space, with memory running out now and then.
 */
/* links: mm/page_alloc.c mm/zero.c mm/pgtable.c mm/pgtable_change.c arch/riscv64/mm/formats.c arch/aarch64/mm/formats.c arch/x86_64/mm/formats.c */
#include "test_pgtable.h"

#define WINDOW	     (3 * GIB(1))
#define WINDOW_PAGES (WINDOW / PAGE_SIZE)
#define STEPS	     250
#define MAX_FLUSHES  WINDOW_PAGES

/* Per page: 0, or pa | PROT_* << 60. */
static u64 model[WINDOW_PAGES];

static struct {
	const struct spec *spec;
	struct pgtable pt;
	struct page_cache pc;
	struct mem_account acct;
	u64 base; /* of the window */
	u64 seed;

	/* What the operation under way has flushed. */
	unsigned int flushes;
	struct {
		u64 first, last;
	} flush[MAX_FLUSHES];

	/* What it has reported as unmapped: up to here, and nothing twice. */
	u64 op_va, op_last, reported;
} t;

static u64 random_below(u64 n)
{
	return shim_random(&t.seed) % n;
}

static u64 *model_at(u64 va)
{
	return &model[(va - t.base) / PAGE_SIZE];
}

static u64 model_entry(u64 pa, unsigned int prot)
{
	/* Also where W brings R with it, the model has what the tree tells. */
	return pa | (u64)spec_prot(t.spec, prot) << 60;
}

static void flush(struct pgtable *pt, u64 va, u64 size)
{
	assert_ptr_equal(pt, &t.pt);
	assert_true(t.flushes < MAX_FLUSHES);
	t.flush[t.flushes].first = va;
	t.flush[t.flushes].last = size == PGTABLE_FLUSH_ALL ? ~0ull : va + size - 1;
	t.flushes++;
}

static bool was_flushed(u64 va, u64 last)
{
	unsigned int i;

	for (i = 0; i < t.flushes; i++)
		if (t.flush[i].first <= va && last <= t.flush[i].last)
			return true;
	return false;
}

/* ---- comparing ---- */

static void check_page(u64 va)
{
	u64 want = *model_at(va);
	struct pgtable_leaf leaf;
	struct translation tr;
	u64 inside = va + random_below(PAGE_SIZE);
	int err = pgtable_walk(&t.pt, inside, &leaf);

	if (!want) {
		assert_false(spec_walk(t.spec, &t.pt, va, &tr));
		assert_int_equal(err, -ENOENT);
		return;
	}
	assert_true(spec_walk(t.spec, &t.pt, va, &tr));
	assert_int_equal(tr.pa, want & GENMASK(59, 0));
	assert_int_equal(tr.prot, want >> 60 & PROT_RWX);
	assert_int_equal(err, 0);
	assert_int_equal(leaf.size, tr.size);
	assert_int_equal(leaf.va, ALIGN_DOWN(va, tr.size));
	assert_int_equal(leaf.pa.v + (va - leaf.va), tr.pa);
	assert_int_equal(leaf.prot, want >> 60);
}

static int check_leaf(void *arg, const struct pgtable_leaf *leaf)
{
	u64 *next = arg, i;

	for (; *next < leaf->va; *next += PAGE_SIZE)
		if (*model_at(*next))
			fail_msg("not told of: %#lx", *next);
	assert_int_equal(*next, leaf->va);
	for (i = 0; i < leaf->size; i += PAGE_SIZE)
		if (*model_at(leaf->va + i) != model_entry(leaf->pa.v + i, leaf->prot))
			fail_msg("wrong: %#lx", leaf->va + i);
	*next += leaf->size;
	return 0;
}

/* The tables below an entry of @level, none of which may be empty. */
static u64 count_tables(u64 pte, unsigned int level)
{
	const struct pgtable_format *fmt = t.spec->fmt;
	u64 *table = (u64 *)((pte & fmt->pa_mask) << fmt->pa_shift);
	u64 n = 1;
	unsigned int i, present = 0;

	if (!level || (pte & fmt->table_mask) != fmt->table_value)
		return 0;
	for (i = 0; i < 512; i++) {
		present += table[i] != 0;
		n += count_tables(table[i], level - 1);
	}
	assert_true(present);
	return n;
}

static void check_all(void)
{
	const struct pgtable_format *fmt = t.spec->fmt;
	u64 root_pages = 1u << fmt->root_order;
	u64 next = t.base, tables = root_pages, i;

	assert_int_equal(pgtable_for_each(&t.pt, t.base, WINDOW, check_leaf, &next), 0);
	for (; next - t.base < WINDOW; next += PAGE_SIZE)
		assert_int_equal(*model_at(next), 0);
	for (i = 0; i < root_pages * 512; i++)
		tables += count_tables(((u64 *)t.pt.root.v)[i], fmt->levels - 1);
	assert_int_equal(tables, t.pt.table_pages);
	assert_int_equal(t.acct.used, tables + t.pc.count);
}

static void check_near(u64 va, u64 last)
{
	u64 at[] = { va, last, va - PAGE_SIZE, last + PAGE_SIZE };
	unsigned int i;

	for (i = 0; i < 4; i++)
		if (ALIGN_DOWN(at[i], PAGE_SIZE) - t.base < WINDOW)
			check_page(ALIGN_DOWN(at[i], PAGE_SIZE));
	for (i = 0; i < 16; i++) {
		check_page(va + random_below((last - va + 1) / PAGE_SIZE) * PAGE_SIZE);
		check_page(t.base + random_below(WINDOW_PAGES) * PAGE_SIZE);
	}
	assert_int_equal(t.acct.used, t.pt.table_pages + t.pc.count);
}

/* ---- operations ---- */

/* A range within the window, of a unit that lets some be large. */
static void random_range(u64 *va, u64 *size)
{
	static const u64 unit[] = { PAGE_SIZE, PAGE_SIZE, MIB(2), MIB(2), GIB(1) };
	u64 u = unit[random_below(ARRAY_SIZE(unit))];
	u64 first = random_below(WINDOW / u);

	*va = t.base + first * u;
	*size = (random_below(min(WINDOW / u - first, (u64)40)) + 1) * u;
	/* Sometimes with frayed ends. */
	if (*size > PAGE_SIZE && random_below(4) == 0) {
		*va += PAGE_SIZE;
		*size -= PAGE_SIZE;
	}
	if (*size > PAGE_SIZE && random_below(4) == 0)
		*size -= PAGE_SIZE;
}

static void begin(u64 va, u64 size, bool scarce)
{
	t.flushes = 0;
	t.op_va = va;
	t.op_last = va + size - 1;
	t.reported = 0;
	t.acct.limit = scarce ? t.acct.used + random_below(4) : 0;
	/* A limit of 0 is none. */
	if (scarce && !t.acct.limit)
		t.acct.limit = 1;
}

/* What a leaf that sticks out at @va looked like; splitting it must flush all of it. */
static struct pgtable_leaf leaf_at(u64 va)
{
	struct pgtable_leaf leaf = { 0 };

	if (va - t.base >= WINDOW || pgtable_walk(&t.pt, va, &leaf))
		leaf.size = 0;
	return leaf;
}

static void check_split(const struct pgtable_leaf *before)
{
	struct pgtable_leaf after = leaf_at(before->va);

	if (before->size && after.size != before->size)
		assert_true(was_flushed(before->va, before->va + before->size - 1));
}

static void op_map(u64 va, u64 size, bool scarce)
{
	u64 unit[] = { PAGE_SIZE, MIB(2), GIB(1) };
	u64 pa = ALIGN_DOWN(random_below(GIB(4096)), GIB(1)) + va % GIB(1), i;
	unsigned int prot = random_below(PROT_MAX) + 1;
	struct page_cache *pc = random_below(3) ? NULL : &t.pc;
	bool taken = false;
	int err;

	/* Addresses that agree only in part make smaller leaves; not too many. */
	if (size <= MIB(8) && random_below(2))
		pa += (random_below(8) + 1) * unit[random_below(3)];
	if (!(prot & PROT_RWX))
		prot |= PROT_X;
	if (!spec_can(t.spec, prot))
		prot &= ~PROT_X;
	for (i = 0; i < size; i += PAGE_SIZE)
		taken |= *model_at(va + i) != 0;
	if (pc && !scarce)
		assert_int_equal(page_cache_fill(&t.pt, pc), 0);

	begin(va, size, scarce);
	if (pc && (size == PAGE_SIZE || size == MIB(2)) && IS_ALIGNED(va | pa, size) &&
	    t.spec->fmt != &odd_format)
		err = pgtable_map_leaf(&t.pt, va, hpa(pa), size == MIB(2), prot, pc);
	else
		err = pgtable_map(&t.pt, va, hpa(pa), size, prot, pc);
	if (taken)
		assert_int_equal(err, -EEXIST);
	else if (!scarce && !pc)
		assert_int_equal(err, 0);
	assert_true(err == 0 || err == -EEXIST || err == -ENOMEM);
	assert_int_equal(t.flushes, 0);
	for (i = 0; !err && i < size; i += PAGE_SIZE)
		*model_at(va + i) = model_entry(pa + i, prot);
}

static void on_unmapped(void *arg, u64 va, hpa_t pa, u64 size)
{
	u64 i;

	assert_ptr_equal(arg, &t);
	assert_true(va >= t.op_va && va + size - 1 <= t.op_last && va - t.op_va >= t.reported);
	t.reported = va + size - t.op_va;
	assert_true(was_flushed(va, va + size - 1));
	for (i = 0; i < size; i += PAGE_SIZE) {
		if ((*model_at(va + i) & GENMASK(59, 0)) != pa.v + i || !*model_at(va + i))
			fail_msg("wrongly reported: %#lx", va + i);
		*model_at(va + i) = 0;
	}
}

static void op_unmap(u64 va, u64 size, bool scarce)
{
	struct pgtable_leaf low = leaf_at(va), high = leaf_at(va + size - PAGE_SIZE);
	int err;
	u64 i;

	begin(va, size, scarce);
	err = pgtable_unmap(&t.pt, va, size, on_unmapped, &t);
	if (!scarce)
		assert_int_equal(err, 0);
	if (err) {
		assert_int_equal(err, -ENOMEM);
		assert_int_equal(t.reported, 0);
		assert_int_equal(t.flushes, 0);
		return;
	}
	for (i = 0; i < size; i += PAGE_SIZE)
		if (*model_at(va + i))
			fail_msg("not reported: %#lx", va + i);
	check_split(&low);
	check_split(&high);
}

static void op_protect(u64 va, u64 size, bool scarce)
{
	struct pgtable_leaf low = leaf_at(va), high = leaf_at(va + size - PAGE_SIZE);
	unsigned int prot = random_below(7) + 1;
	int err;
	u64 i;

	if (!spec_can(t.spec, prot))
		prot &= ~PROT_X;
	begin(va, size, scarce);
	err = pgtable_protect(&t.pt, va, size, prot);
	if (!scarce)
		assert_int_equal(err, 0);
	if (err) {
		assert_int_equal(err, -ENOMEM);
		assert_int_equal(t.flushes, 0);
		return;
	}
	for (i = 0; i < size; i += PAGE_SIZE) {
		u64 *m = model_at(va + i), old = *m;

		if (!old)
			continue;
		*m = model_entry(old & GENMASK(59, 0), prot);
		if (*m != old && !was_flushed(va + i, va + i + PAGE_SIZE - 1))
			fail_msg("not flushed: %#lx", va + i);
	}
	check_split(&low);
	check_split(&high);
}

static void op_coalesce(u64 va, u64 size)
{
	u64 tables = t.pt.table_pages, freed;

	begin(va, size, false);
	freed = pgtable_coalesce(&t.pt, va, size);
	assert_int_equal(t.pt.table_pages + freed, tables);
	assert_true(!freed == !t.flushes);
}

static void step(void)
{
	bool scarce = random_below(4) == 0;
	u64 va, size;

	random_range(&va, &size);
	switch (random_below(8)) {
	case 0 ... 3:
		op_map(va, size, scarce);
		break;
	case 4 ... 5:
		op_unmap(va, size, scarce);
		break;
	case 6:
		op_protect(va, size, scarce);
		break;
	case 7:
		op_coalesce(va, size);
		break;
	}
	t.acct.limit = 0;
	check_near(va, va + size - 1);
}

static void run(const struct spec *spec, u64 base, u64 seed)
{
	unsigned int i;

	memset(&t, 0, sizeof(t));
	memset(model, 0, sizeof(model));
	t.spec = spec;
	t.base = base;
	t.seed = shim_seed(seed);
	t.acct.name = "test";
	assert_int_equal(pgtable_init(&t.pt, spec->fmt, &t.acct, flush), 0);
	for (i = 0; i < shim_rounds(STEPS); i++) {
		step();
		if (i % 50 == 49)
			check_all();
	}
	op_unmap(base, WINDOW, false);
	check_all();
	page_cache_drain(&t.pt, &t.pc);
	assert_int_equal(t.acct.used, 1u << spec->fmt->root_order);
	pgtable_destroy(&t.pt);
	assert_int_equal(t.acct.used, 0);
}

/* Up to the last address there is, and across a root entry in the middle. */
static void follows_the_model(void **state)
{
	const struct spec *s = *state;
	bool is_signed = s->fmt->signed_va;

	run(s, is_signed ? -WINDOW : (1ull << s->va_bits) - WINDOW, 1);
	run(s, (is_signed ? -(1ull << (s->va_bits - 2)) : 1ull << (s->va_bits - 1)) - GIB(2), 2);
}

int main(void)
{
	static char name[NR_SPECS][64];
	struct CMUnitTest tests[NR_SPECS];
	unsigned int i;

	for (i = 0; i < NR_SPECS; i++) {
		snprintf(name[i], sizeof(name[i]), "the format \"%s\" follows the model",
			 specs[i].fmt->name);
		tests[i] = (struct CMUnitTest){
			.name = name[i],
			.test_func = follows_the_model,
			.setup_func = arena_setup,
			.teardown_func = arena_teardown,
			.initial_state = (void *)&specs[i],
		};
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
