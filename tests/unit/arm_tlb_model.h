/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ARM_TLB_MODEL_H
#define ARM_TLB_MODEL_H

/*
 * PEs of aarch64 that make the worst of what the architecture lets them: each walks ahead before and
 * after every instruction of maintenance and every write of a system register, by each value that a
 * register may have until the next ISB, and through tables as they were until a DSB. Maintenance has
 * an effect at the DSB behind it, of several instructions in the least useful order.
 *
 * Stage 1 is known by the TTBR it begins in, and translates each address to itself.
 */
#include <asm/maintenance.h>
#include <asm/pgtable.h>
#include <asm/sysreg.h>
#include <asm/virt.h>
#include <shim.h>

#define PES	3
#define TREES	4
#define PROBES	4
#define OLD	6
#define ENTRIES 512
#define FETCHED 64
#define PENDING 100
#define LINES	(1u << 13)

/* The addresses that are looked at. */
#define IPA_PAGE  0x40200000ul /* among pages */
#define IPA_BLOCK 0x40400000ul /* a block, of which ... */
#define IPA_PART  0x40410000ul /* ... this is a part */
#define IPA_FAR	  0x80000000ul /* alone in its table */

static const u64 probes[PROBES] = { IPA_PAGE, IPA_BLOCK, IPA_PART, IPA_FAR };

struct walk {
	u64 table[PGTABLE_MAX_LEVELS];
	unsigned int tables;
	u64 pa, size; /* 0: nothing there */
	unsigned int prot;
};

/* Stage 2 of a VM; what walkers see of it may be as it was before. */
struct tree {
	const struct pgtable *pt;
	u64 vmid;
	struct walk seen[PROBES];
};

enum entry_kind { STAGE2, TABLE, BOTH };

struct entry {
	enum entry_kind kind;
	u64 vmid, probe, pa, size;
	unsigned int prot;
	u64 stage1; /* of BOTH: a TTBR, or 0 with the MMU off */
};

enum op { IC, S1_OF_VMID, S2_PAGE, ALL_OF_VMID, ALL, CLEAN, NR_OPS };

struct pending {
	enum op op;
	bool all_pes;
	u64 vmid, arg;
};

enum tracked { VTTBR, TCR, SCTLR, TTBR0, TTBR1, HCR, NR_TRACKED };

struct pe {
	struct cpu cpu;
	u64 reg[NR_TRACKED][OLD]; /* the first is the newest, the others until an ISB */
	unsigned int values[NR_TRACKED];
	struct entry tlb[ENTRIES];
	unsigned int entries;
	u64 fetched[FETCHED];
	unsigned int nr_fetched;
	struct pending pending[PENDING];
	unsigned int nr_pending;
	bool unsynchronized;
};

const struct shim_sysreg *shim_sysreg;

static struct pe pes[PES];
static struct tree trees[TREES];
static u64 ctr, dirty_from;
static bool dirty[LINES];

#define LINE_SIZE 64ul
/* Which VM and which vCPU of it, in a TTBR. */
#define TTBR(vm, vcpu, n) ((u64)(vm) << 16 | (u64)(vcpu) << 8 | (n))
#define VMID_OF(vttbr)	  ((vttbr) >> VTTBR_VMID_SHIFT)
#define BASE_OF(vttbr)	  ((vttbr) & GENMASK(47, 1))

static struct pe *this_pe(void)
{
	return container_of(shim_this_cpu, struct pe, cpu);
}

/* ---- walks ---- */

static void walk_now(const struct pgtable *pt, u64 ipa, struct walk *w)
{
	const struct pgtable_format *fmt = pt->fmt;
	unsigned int level = fmt->levels - 1;
	u64 table = pt->root.v, index = ipa >> (PAGE_SHIFT + 9 * level);

	memset(w, 0, sizeof(*w));
	for (;;) {
		u64 pte = __atomic_load_n((u64 *)table + index, __ATOMIC_RELAXED);

		w->table[w->tables++] = table;
		if (!(pte & 1))
			return;
		if (!level || !(pte & 2)) {
			w->size = PAGE_SIZE << 9 * level;
			w->pa = (pte & GENMASK(47, 12)) + (ipa & (w->size - 1));
			w->prot = fmt->prot(pte);
			return;
		}
		table = pte & GENMASK(47, 12);
		index = ipa >> (PAGE_SHIFT + 9 * --level) & 511;
	}
}

static struct tree *tree_of_vmid(u64 vmid)
{
	struct tree *t;

	for (t = trees; t < trees + TREES; t++)
		if (t->pt && t->vmid == vmid)
			return t;
	return NULL;
}

static void see_stores(void)
{
	struct tree *t;
	unsigned int i;

	for (t = trees; t < trees + TREES; t++)
		for (i = 0; t->pt && i < PROBES; i++)
			walk_now(t->pt, probes[i], &t->seen[i]);
}

static void remember(struct pe *p, struct entry e)
{
	const struct entry *t;

	for (t = p->tlb; t < p->tlb + p->entries; t++) {
		if (!memcmp(t, &e, sizeof(e)))
			return;
		if (t->kind == STAGE2 && e.kind == STAGE2 && t->vmid == e.vmid &&
		    t->probe == e.probe && t->size != e.size)
			fail_msg("a block and a table at a time (Arm ARM D8.16)");
	}
	assert_in_range(p->entries, 0, ENTRIES - 1);
	p->tlb[p->entries++] = e;
}

static void fetch(struct pe *p, u64 pa)
{
	unsigned int i;

	for (i = 0; i < p->nr_fetched; i++)
		if (p->fetched[i] == pa)
			return;
	assert_in_range(i, 0, FETCHED - 1);
	p->fetched[p->nr_fetched++] = pa;
}

/* An entry is padded with zeroes: they are compared whole. */
static struct entry entry_of(enum entry_kind kind, u64 vmid, u64 probe)
{
	struct entry e;

	memset(&e, 0, sizeof(e));
	e.kind = kind;
	e.vmid = vmid;
	e.probe = probe;
	return e;
}

static void remember_walk(struct pe *p, u64 vmid, u64 probe, const struct walk *w)
{
	struct entry e = entry_of(TABLE, vmid, probe);
	unsigned int i;

	for (i = 1; i < w->tables; i++) {
		e.pa = w->table[i];
		remember(p, e);
	}
	if (!w->size)
		return;
	e.kind = STAGE2;
	e.pa = w->pa;
	e.size = w->size;
	e.prot = w->prot;
	remember(p, e);
}

/* Of each translation by stage 2 that the PE has, that of both stages. */
static void combine(struct pe *p, u64 vmid, u64 stage1)
{
	unsigned int i, n = p->entries;

	for (i = 0; i < n; i++) {
		struct entry e = p->tlb[i];

		if (e.kind != STAGE2 || e.vmid != vmid)
			continue;
		e.kind = BOTH;
		e.stage1 = stage1;
		remember(p, e);
		if (e.prot & PROT_X)
			fetch(p, e.pa);
	}
}

static void walk_ahead_from(struct pe *p, u64 vttbr, u64 stage1)
{
	const struct tree *t = tree_of_vmid(VMID_OF(vttbr));
	struct walk w;
	unsigned int i;

	if (!vttbr)
		return;
	if (!t || t->pt->root.v != BASE_OF(vttbr))
		fail_msg("a walk of tables that are nobody's");
	if (stage1 && stage1 >> 16 != t->vmid)
		fail_msg("a walk by one VM's TTBR and another's VTTBR");
	for (i = 0; i < PROBES; i++) {
		remember_walk(p, t->vmid, probes[i], &t->seen[i]);
		walk_now(t->pt, probes[i], &w);
		remember_walk(p, t->vmid, probes[i], &w);
	}
	combine(p, t->vmid, stage1);
}

#define FOR_VALUES(p, r, v) for (unsigned int v = 0; v < (p)->values[r]; v++)

/* By each combination of values that its registers may have. */
static void walk_ahead(struct pe *p)
{
	FOR_VALUES(p, VTTBR, vt)
	FOR_VALUES(p, SCTLR, s)
	{
		u64 vttbr = p->reg[VTTBR][vt];

		if (!(p->reg[SCTLR][s] & SCTLR_M)) {
			walk_ahead_from(p, vttbr, 0);
			continue;
		}
		FOR_VALUES(p, TCR, t)
		{
			FOR_VALUES(p, TTBR0, t0)
			if (!(p->reg[TCR][t] & TCR_EPD0))
				walk_ahead_from(p, vttbr, p->reg[TTBR0][t0]);
			FOR_VALUES(p, TTBR1, t1)
			if (!(p->reg[TCR][t] & TCR_EPD1))
				walk_ahead_from(p, vttbr, p->reg[TTBR1][t1]);
		}
	}
}

static void all_walk_ahead(void)
{
	unsigned int i;

	for (i = 0; i < PES; i++)
		walk_ahead(&pes[i]);
}

/* ---- maintenance ---- */

static bool is_meant(const struct pending *d, const struct entry *e)
{
	switch (d->op) {
	case S1_OF_VMID:
		return e->vmid == d->vmid && e->kind == BOTH;
	case S2_PAGE:
		return e->vmid == d->vmid && e->kind == STAGE2 &&
		       e->probe >> PAGE_SHIFT == d->arg >> PAGE_SHIFT;
	case ALL_OF_VMID:
		return e->vmid == d->vmid;
	case ALL:
		return true;
	default:
		return false;
	}
}

static void forget(struct pe *p, const struct pending *d)
{
	unsigned int i, n = 0;

	for (i = 0; i < p->entries; i++)
		if (!is_meant(d, &p->tlb[i]))
			p->tlb[n++] = p->tlb[i];
	p->entries = n;
	if (d->op == IC)
		p->nr_fetched = 0;
	if (d->op == CLEAN && d->arg - dirty_from < LINES * LINE_SIZE)
		dirty[(d->arg - dirty_from) / LINE_SIZE] = false;
}

static void take_effect(struct pe *p, enum op op, enum arm_reach reach)
{
	struct pending *d;
	unsigned int i;

	for (d = p->pending; d < p->pending + p->nr_pending; d++) {
		if (d->op != op || (d->all_pes && reach == ARM_nsh))
			continue;
		for (i = 0; i < PES; i++)
			if (d->all_pes || p == &pes[i])
				forget(&pes[i], d);
		*d-- = p->pending[--p->nr_pending];
		p->unsynchronized = true;
	}
}

void arm_dsb(enum arm_reach reach)
{
	enum op op;

	all_walk_ahead();
	for (op = 0; op < NR_OPS && reach != ARM_ishst; op++) {
		if (op == CLEAN && reach != ARM_sy)
			continue;
		take_effect(this_pe(), op, reach);
		all_walk_ahead();
	}
	/* A store that no DSB was waited for is seen no sooner than this. */
	if (reach != ARM_nsh)
		see_stores();
}

static void pend(enum op op, bool all_pes, u64 arg)
{
	struct pe *p = this_pe();
	u64 vmid = VMID_OF(p->reg[VTTBR][0]);

	if (op != CLEAN) /* there are many, and nothing hangs on them */
		all_walk_ahead();
	/* If it is not certain which VMID that is, it is the wrong one. */
	FOR_VALUES(p, VTTBR, i)
	if (VMID_OF(p->reg[VTTBR][i]) != vmid)
		vmid = ~0ull;
	assert_in_range(p->nr_pending, 0, PENDING - 1);
	p->pending[p->nr_pending++] = (struct pending){ op, all_pes, vmid, arg };
}

void tlbi_alle1(void)
{
	pend(ALL, false, 0);
}

void tlbi_vmalle1(void)
{
	pend(S1_OF_VMID, false, 0);
}

void tlbi_vmalle1is(void)
{
	pend(S1_OF_VMID, true, 0);
}

void tlbi_vmalls12e1is(void)
{
	pend(ALL_OF_VMID, true, 0);
}

void tlbi_ipas2e1is(u64 ipa)
{
	pend(S2_PAGE, true, ipa);
}

void ic_iallu(void)
{
	pend(IC, false, 0);
}

void ic_ialluis(void)
{
	pend(IC, true, 0);
}

/* ---- system registers ---- */

static int tracked(const char *name)
{
	static const char *const names[NR_TRACKED] = {
		[VTTBR] = "vttbr_el2", [TCR] = "tcr_el1",     [SCTLR] = "sctlr_el1",
		[TTBR0] = "ttbr0_el1", [TTBR1] = "ttbr1_el1", [HCR] = "hcr_el2",
	};
	int i;

	for (i = 0; i < NR_TRACKED; i++)
		if (!strcmp(names[i], name))
			return i;
	return -1;
}

static u64 model_read(const char *name)
{
	int r = tracked(name);

	if (!strcmp(name, "ctr_el0"))
		return ctr;
	if (!strcmp(name, "id_aa64mmfr0_el1"))
		return 2; /* 40 bits */
	return r < 0 ? 0 : this_pe()->reg[r][0];
}

static void model_write(const char *name, u64 v)
{
	struct pe *p = this_pe();
	int r = tracked(name);

	if (r < 0)
		return;
	assert_in_range(p->values[r], 1, OLD - 1);
	memmove(&p->reg[r][1], &p->reg[r][0], p->values[r]++ * sizeof(u64));
	p->reg[r][0] = v;
	walk_ahead(p);
}

void shim_isb(void)
{
	struct pe *p = this_pe();
	unsigned int r;

	walk_ahead(p);
	for (r = 0; r < NR_TRACKED; r++)
		p->values[r] = 1;
	p->unsynchronized = false;
	walk_ahead(p);
}

static void model_init(void)
{
	static const struct shim_sysreg sys = { model_read, model_write };
	unsigned int i, r;

	memset(pes, 0, sizeof(pes));
	memset(trees, 0, sizeof(trees));
	shim_sysreg = &sys;
	for (i = 0; i < PES; i++) {
		pes[i].cpu.id = i;
		for (r = 0; r < NR_TRACKED; r++)
			pes[i].values[r] = 1;
	}
	shim_this_cpu = &pes[0].cpu;
}

#endif
