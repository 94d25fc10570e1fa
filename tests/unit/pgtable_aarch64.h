/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PGTABLE_AARCH64_H
#define PGTABLE_AARCH64_H

/* Formats of arch/aarch64/mm/formats.c, and what the specification says of them. */

extern const struct pgtable_format el2_stage1;
void stage2_format(struct pgtable_format *fmt, unsigned int parange);
unsigned int stage2_sl0(const struct pgtable_format *fmt);

/* By PARange. */
static struct pgtable_format stage2_formats[6];

static void __attribute__((constructor)) stage2_formats_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(stage2_formats); i++)
		stage2_format(&stage2_formats[i], i);
}

/* Attributes of a leaf of EL2's stage 1 (Arm ARM D8.3.2, D8.4.1: one privilege level). */
static inline unsigned int el2_prot(u64 pte)
{
	assert_int_equal(pte >> 6 & 1, 1);  /* AP[1] is RES1 */
	assert_int_equal(pte >> 5 & 1, 0);  /* NS */
	assert_int_equal(pte >> 11 & 1, 0); /* nG is RES0 */
	assert_int_equal(pte >> 53 & 1, 0); /* PXN is RES0 */
	assert_true((pte >> 2 & 7) <= 1);   /* MAIR_EL2 has two */
	return PROT_R | (pte >> 7 & 1 ? 0 : PROT_W) | (pte >> 54 & 1 ? 0 : PROT_X);
}

/* And of stage 2 (D8.3.2, D8.4.2), where XN[0] would be for EL0 and EL1 apart (FEAT_XNX). */
static inline unsigned int stage2_leaf_prot(u64 pte)
{
	unsigned int attr = pte >> 2 & 15;

	assert_true(attr == 15 || attr == 1); /* Normal, inner and outer write-back; Device-nGnRE */
	assert_int_equal(pte >> 53 & 1, 0);
	assert_int_equal(pte >> 11 & 1, 0); /* FnXS */
	return (pte >> 6 & 1 ? PROT_R : 0) | (pte >> 7 & 1 ? PROT_W : 0) |
	       (pte >> 54 & 1 ? 0 : PROT_X);
}

/* Arm ARM D8.2 and D8.3 for the 4 KiB granule; the first lookup is of va_bits less the rest. */
static inline bool arm_walk(const struct spec *s, u64 root, u64 va, struct translation *t)
{
	u64 table = root;
	int left;

	for (left = (int)s->levels - 1; left >= 0; left--) {
		unsigned int low = 12 + 9 * left;
		unsigned int width = left == (int)s->levels - 1 ? s->va_bits - low : 9;
		u64 pte = ((u64 *)table)[va >> low & ((1ull << width) - 1)];
		bool last = left == 0;

		if (!(pte & 1))
			return false;
		assert_int_equal(pte & GENMASK(51, 48), 0);
		if (!last && pte & 2) {
			/* No hierarchical attributes. */
			assert_int_equal(pte & ~GENMASK(47, 12), 3);
			table = pte & GENMASK(47, 12);
			continue;
		}
		assert_true(!last || pte & 2); /* 0b01 is reserved for pages */
		assert_true(left <= 2);	       /* no blocks of 512 GiB */
		assert_int_equal(pte >> 10 & 1, 1);
		assert_int_equal(pte >> 8 & 3, 3); /* inner shareable */
		assert_int_equal(pte >> 55, 0);
		assert_int_equal(pte >> 52 & 1, 0); /* contiguous */
		t->size = 1ull << low;
		assert_int_equal(pte & GENMASK(47, 12) & (t->size - 1), 0);
		t->pa = (pte & GENMASK(47, 12)) + (va & (t->size - 1));
		t->prot = s->guest ? stage2_leaf_prot(pte) : el2_prot(pte);
		return true;
	}
	return false;
}

/* clang-format off */
#define SPEC_STAGE2(parange, bits, nr_levels, pages) \
	{ .fmt = &stage2_formats[parange],           \
	  .walk = arm_walk,                          \
	  .levels = nr_levels,                       \
	  .va_bits = bits,                           \
	  .root_pages = pages,                       \
	  .guest = true }
/* clang-format on */
#define SPECS_AARCH64                                                                         \
	{ .fmt = &el2_stage1,                                                                 \
	  .walk = arm_walk,                                                                   \
	  .levels = 4,                                                                        \
	  .va_bits = 48,                                                                      \
	  .root_pages = 1,                                                                    \
	  .always_r = true,                                                                   \
	  .no_wx = true },                                                                    \
		SPEC_STAGE2(1, 36, 3, 1), SPEC_STAGE2(2, 40, 3, 2), SPEC_STAGE2(3, 42, 3, 8), \
		SPEC_STAGE2(4, 44, 4, 1), SPEC_STAGE2(5, 48, 4, 1)

#endif
