// SPDX-License-Identifier: Apache-2.0
/*
 * MSRs that guests find, and what they may write to them (AMD APM vol. 2, appendix A): an
 * allow-list, in the order of their numbers. All others are #GP, as on a processor that has
 * not got them.
 */
#include <lodge/nospec.h>
#include <lodge/string.h>
#include <asm/msr.h>
#include <asm/msr_policy.h>

#define MTRR_TYPE_UC 0ul
#define MTRR_TYPE_WB 6ul
#define MTRR_FE	     BIT(10)
#define MTRR_E	     BIT(11)
#define MTRR_VALID   BIT(11)
#define MTRRCAP	     (NR_VARIABLE_MTRRS | BIT(8) | BIT(10)) /* fixed ones, and WC */

/* HWCR: the TSC counts at the P0 frequency, which is what makes it invariant. */
#define HWCR_TSC_FREQ_SEL BIT(24)
/* MISC_ENABLE: string instructions are quick. */
#define MISC_FAST_STRINGS BIT(0)

enum msr_kind {
	MSR_CONSTANT, /* reads as @arg, writes change nothing */
	MSR_FIXED,    /* reads as @arg; only that may be written */
	MSR_STORED,   /* at offset @arg of struct x86_msrs; @mask may be written */
	MSR_MTRR,     /* the same, for a word of memory types */
	MSR_DEFTYPE,
	MSR_VARIABLE, /* bases and masks by turns */
};

/**
 * struct msr_rule - MSRs @first to @last
 * @arg:  see enum msr_kind; of a range, of its first
 * @mask: bits that may be written
 */
struct msr_rule {
	u32 first, last;
	enum msr_kind kind;
	u64 arg, mask;
};

#define AT(member) offsetof(struct x86_msrs, member)

static const struct msr_rule rules[] = {
	{ 0x8b, 0x8b, MSR_CONSTANT, 0, 0 }, /* PATCH_LEVEL: no microcode to load */
	{ MSR_MTRRCAP, MSR_MTRRCAP, MSR_FIXED, MTRRCAP, 0 },
	{ 0x179, 0x179, MSR_FIXED, 0, 0 }, /* MCG_CAP: no banks of machine checks */
	{ 0x17a, 0x17a, MSR_STORED, AT(mcg_status), 0x7 },
	{ 0x1a0, 0x1a0, MSR_STORED, AT(misc_enable), 0x400c51889 }, /* MISC_ENABLE, of others */
	{ 0x1d9, 0x1d9, MSR_STORED, AT(debugctl), 0x3 }, /* LBR and BTF, without effect */
	{ 0x1db, 0x1de, MSR_FIXED, 0, 0 },		 /* last branch and exception */
	{ 0x200, 0x200 + 2 * NR_VARIABLE_MTRRS - 1, MSR_VARIABLE, AT(mtrr_variable), 0 },
	{ 0x250, 0x250, MSR_MTRR, AT(mtrr_fixed[0]), 0 },
	{ 0x258, 0x259, MSR_MTRR, AT(mtrr_fixed[1]), 0 },
	{ 0x268, 0x26f, MSR_MTRR, AT(mtrr_fixed[3]), 0 },
	{ 0x2ff, 0x2ff, MSR_DEFTYPE, AT(mtrr_deftype), 0 },
	/* The four counters that every processor of AMD's has, without a bit in CPUID: they stand. */
	{ 0xc0010000, 0xc0010007, MSR_CONSTANT, 0, 0 },
	{ 0xc0010010, 0xc0010010, MSR_STORED, AT(syscfg), GENMASK(22, 18) }, /* SYSCFG */
	{ 0xc0010015, 0xc0010015, MSR_STORED, AT(hwcr), GENMASK(31, 0) },    /* HWCR */
	{ 0xc001001f, 0xc001001f, MSR_CONSTANT, 0, 0 },			     /* NB_CFG */
	{ 0xc0010055, 0xc0010055, MSR_CONSTANT, 0, 0 }, /* interrupt pending message */
	{ 0xc0010112, 0xc0010113, MSR_FIXED, 0, 0 },	/* TSEG: no SMM */
	{ MSR_VM_CR, MSR_VM_CR, MSR_FIXED, VM_CR_SVMDIS | VM_CR_LOCK, 0 },
	{ 0xc0011020, 0xc0011023, MSR_CONSTANT, 0, 0 },	     /* load-store, caches, buses */
	{ 0xc0011029, 0xc0011029, MSR_CONSTANT, BIT(1), 0 }, /* DE_CFG: LFENCE serializes */
	{ 0xc001102a, 0xc001102a, MSR_CONSTANT, 0, 0 },
};

static const struct msr_rule *find(u32 msr)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rules) && msr >= rules[i].first; i++)
		if (msr <= rules[i].last)
			return &rules[i];
	return NULL;
}

static u64 *place(const struct msr_rule *r, const struct x86_msrs *m, u32 msr)
{
	return (u64 *)((uintptr_t)m + r->arg) +
	       index_nospec(msr - r->first, r->last - r->first + 1ul);
}

static bool type_valid(u64 type)
{
	/* UC, WC, WT, WP, WB (7.7.1). */
	return type <= 6 && type != 2 && type != 3;
}

static bool types_valid(u64 val)
{
	unsigned int i;

	for (i = 0; i < 8; i++)
		if (!type_valid(val >> (8 * i) & 0xff))
			return false;
	return true;
}

static bool variable_valid(u32 msr, u64 val)
{
	if (msr & 1)
		return !(val & (0x7ff | GENMASK(63, 52)));
	return !(val & (0xf00 | GENMASK(63, 52))) && type_valid(val & 0xff);
}

static bool write_valid(const struct msr_rule *r, u32 msr, u64 val)
{
	switch (r->kind) {
	case MSR_CONSTANT:
		return true;
	case MSR_FIXED:
		return val == r->arg;
	case MSR_STORED:
		return !(val & ~r->mask);
	case MSR_MTRR:
		return types_valid(val);
	case MSR_DEFTYPE:
		return !(val & ~(MTRR_E | MTRR_FE | 0xff)) && type_valid(val & 0xff);
	case MSR_VARIABLE:
		return variable_valid(msr, val);
	}
	return false;
}

bool x86_msr_policy_read(const struct x86_msrs *m, u32 msr, u64 *val)
{
	const struct msr_rule *r = find(msr);

	if (!r)
		return false;
	*val = r->kind <= MSR_FIXED ? r->arg : *place(r, m, msr);
	return true;
}

bool x86_msr_policy_write(struct x86_msrs *m, u32 msr, u64 val)
{
	const struct msr_rule *r = find(msr);

	if (!r || !write_valid(r, msr, val))
		return false;
	if (r->kind > MSR_FIXED)
		*place(r, m, msr) = val;
	return true;
}

#define ALL_WB 0x0606060606060606

/* Below 640 KiB and from 768 KiB on memory, between them none; devices from 3 GiB to 4. */
void x86_msrs_reset(struct x86_msrs *m)
{
	unsigned int i;

	*m = (struct x86_msrs){ .hwcr = HWCR_TSC_FREQ_SEL, .misc_enable = MISC_FAST_STRINGS };
	m->mtrr_deftype = MTRR_E | MTRR_FE | MTRR_TYPE_WB;
	for (i = 0; i < NR_FIXED_MTRRS; i++)
		m->mtrr_fixed[i] = ALL_WB;
	m->mtrr_fixed[2] = 0; /* 0xa0000 */
	m->mtrr_variable[0] = 0xc0000000 | MTRR_TYPE_UC;
	m->mtrr_variable[1] = GENMASK(39, 30) | MTRR_VALID;
}

bool x86_pat_valid(u64 pat)
{
	unsigned int i;

	/* The types of MTRRs, and 7, UC-. */
	for (i = 0; i < 8; i++)
		if ((pat >> (8 * i) & 0xff) != 7 && !type_valid(pat >> (8 * i) & 0xff))
			return false;
	return true;
}

bool x86_efer_write(u64 old, u64 val, u64 allowed, bool paging, u64 *efer)
{
	if (val & ~allowed)
		return false;
	if (paging && (old ^ val) & EFER_LME)
		return false;
	/* LMA is the processor's: it follows LME and CR0.PG. */
	*efer = (val & ~EFER_LMA) | (old & EFER_LMA);
	return true;
}
