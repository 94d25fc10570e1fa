/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PGTABLE_RISCV64_H
#define PGTABLE_RISCV64_H

/* Formats of arch/riscv64/mm/formats.c, and what the specification says of them. */

extern const struct pgtable_format sv39, sv48, sv57, sv39x4, sv48x4, sv57x4;

/* Privileged architecture 1.12, 4.3.2, with the changes of 8.5.1; fails the test on a reserved
 * encoding. */
static inline bool riscv_walk(const struct spec *s, u64 root, u64 va, struct translation *t)
{
	u64 a = root;
	int i;

	for (i = (int)s->levels - 1; i >= 0; i--) {
		unsigned int low = 12 + 9 * i;
		unsigned int width = i == (int)s->levels - 1 ? s->va_bits - low : 9;
		u64 pte = ((u64 *)a)[va >> low & ((1ull << width) - 1)];
		u64 ppn = pte >> 10 & ((1ull << 44) - 1);
		bool v = pte & 1, r = pte & 2, w = pte & 4, x = pte & 8, u = pte & 16, g = pte & 32;

		if (!v)
			return false;
		assert_false(w && !r);
		assert_int_equal(pte >> 54, 0);
		if (!r && !x) {
			assert_int_equal(pte & 0xf0, 0);
			assert_true(i > 0);
			a = ppn << 12;
			continue;
		}
		assert_true(pte & 64);	/* A */
		assert_true(pte & 128); /* D */
		assert_true(u == s->guest && g == !s->guest);
		assert_int_equal(ppn & ((1ull << 9 * i) - 1), 0);
		t->size = 1ull << low;
		t->pa = (ppn << 12) + (va & (t->size - 1));
		t->prot = (r ? PROT_R : 0) | (w ? PROT_W : 0) | (x ? PROT_X : 0);
		return true;
	}
	return false;
}

/* clang-format off */
#define SPEC_RISCV64(format, nr_levels, bits, pages, is_guest) \
	{ .fmt = &format,                                      \
	  .walk = riscv_walk,                                  \
	  .levels = nr_levels,                                 \
	  .va_bits = bits,                                     \
	  .root_pages = pages,                                 \
	  .guest = is_guest,                                   \
	  .w_reads = true }
/* clang-format on */
#define SPECS_RISCV64                                                                      \
	SPEC_RISCV64(sv39, 3, 39, 1, false), SPEC_RISCV64(sv48, 4, 48, 1, false),          \
		SPEC_RISCV64(sv57, 5, 57, 1, false), SPEC_RISCV64(sv39x4, 3, 41, 4, true), \
		SPEC_RISCV64(sv48x4, 4, 50, 4, true), SPEC_RISCV64(sv57x4, 5, 59, 4, true)

#endif
