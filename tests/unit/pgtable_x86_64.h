/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PGTABLE_X86_64_H
#define PGTABLE_X86_64_H

/* Formats of arch/x86_64/mm/formats.c, and what the manual says of them. */

extern const struct pgtable_format long_mode_1g, long_mode_2m, npt_1g, npt_2m;

/* AMD APM vol. 2, 5.3 and 15.25.5: nested tables are walked as if from user mode. */
static inline bool x86_walk(const struct spec *s, u64 root, u64 va, struct translation *t)
{
	u64 table = root;
	unsigned int prot = PROT_RWX;
	int level;

	/* Canonical, or within what a guest can address. */
	assert_true(s->guest ? va < 1ull << 48 : va + (1ull << 47) < 1ull << 48);
	for (level = 3; level >= 0; level--) {
		unsigned int low = 12 + 9 * (unsigned int)level;
		u64 pte = ((u64 *)table)[va >> low & 511];

		if (!(pte & 1))
			return false;
		assert_int_equal(pte >> 2 & 1, s->guest);
		assert_int_equal(pte >> 5 & 1, 1); /* A */
		assert_int_equal(pte >> 8 & 1, 0); /* G */
		assert_int_equal(pte >> 52 & 2047, 0);
		prot &= (pte >> 1 & 1 ? PROT_RWX : PROT_RX) & (pte >> 63 ? PROT_RW : PROT_RWX);
		if (level && !(pte >> 7 & 1)) {
			assert_int_equal(pte >> 3 & 3, 0); /* walked through caches */
			table = pte & GENMASK(51, 12);
			continue;
		}
		assert_int_equal(pte >> 7 & 1, level > 0); /* of a page it is PAT */
		assert_true(level <= 2);
		assert_true(level <= 1 || s->fmt == &long_mode_1g || s->fmt == &npt_1g);
		assert_int_equal(pte >> 6 & 1, 1); /* D */
		/* The PAT as it is after a reset: write-back, or uncacheable. */
		assert_true((pte >> 3 & 3) == 0 || (pte >> 3 & 3) == 3);
		t->size = 1ull << low;
		/* Bit 12 of a large one is PAT, those up to its size are reserved. */
		assert_int_equal(pte & GENMASK(51, 12) & (t->size - 1), 0);
		t->pa = (pte & GENMASK(51, 12)) + (va & (t->size - 1));
		t->prot = prot;
		return true;
	}
	return false;
}

/* clang-format off */
#define SPEC_X86(format, is_guest) \
	{ .fmt = &format,          \
	  .walk = x86_walk,        \
	  .levels = 4,             \
	  .va_bits = 48,           \
	  .root_pages = 1,         \
	  .guest = is_guest,       \
	  .always_r = true }
/* clang-format on */
#define SPECS_X86_64                                                                          \
	SPEC_X86(long_mode_1g, false), SPEC_X86(long_mode_2m, false), SPEC_X86(npt_1g, true), \
		SPEC_X86(npt_2m, true)

#endif
