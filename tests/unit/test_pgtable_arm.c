// SPDX-License-Identifier: Apache-2.0
/* arch/aarch64/mm/formats.c: what the walker's own tests do not ask. */
/* links: mm/page_alloc.c mm/zero.c mm/pgtable.c mm/pgtable_change.c arch/riscv64/mm/formats.c */
/* links: arch/aarch64/mm/formats.c arch/x86_64/mm/formats.c */
#include "test_pgtable.h"

/* Arm ARM, ID_AA64MMFR0_EL1.PARange: 32, 36, 40, 42, 44, 48 bits, and 52 of another form. */
static void the_physical_range_picks_the_format(void **state)
{
	static const unsigned int bits[16] = { 32, 36, 40, 42, 44, 48, 48, 48,
					       48, 48, 48, 48, 48, 48, 48, 48 };
	unsigned int parange;

	for (parange = 0; parange < 16; parange++) {
		struct pgtable_format fmt;

		stage2_format(&fmt, parange);
		assert_int_equal(fmt.va_bits, bits[parange]);
	}
}

/*
 * D8.2.2: at most 16 tables are concatenated, what is at the root fits them, and a lookup never
 * starts at level 0 where the addresses have fewer than 41 bits. VTCR_EL2.SL0 is 0 for a start
 * at level 2, 1 for level 1, 2 for level 0.
 */
static void roots_are_as_the_architecture_has_them(void **state)
{
	unsigned int parange;

	for (parange = 0; parange < 6; parange++) {
		const struct pgtable_format *fmt = &stage2_formats[parange];
		unsigned int root_bits = fmt->va_bits - 12 - 9 * (fmt->levels - 1);

		assert_true(fmt->root_order <= 4);
		assert_int_equal(fmt->root_order, root_bits > 9 ? root_bits - 9 : 0);
		assert_true(fmt->levels < 4 || fmt->va_bits > 40);
		assert_int_equal(stage2_sl0(fmt), fmt->levels == 4 ? 2 : fmt->levels == 3 ? 1 : 0);
	}
}

static void four_gib_have_four_root_entries(void **state)
{
	const struct spec s = { &stage2_formats[0], arm_walk, 3, 32, 1, .guest = true };
	struct translation t;
	struct pgtable pt;

	assert_int_equal(pgtable_init(&pt, &stage2_formats[0], NULL, NULL), 0);
	assert_int_equal(pgtable_map(&pt, GIB(3), hpa(GIB(8)), GIB(1), PROT_RWX, NULL), 0);
	assert_int_equal(pgtable_map(&pt, GIB(4), hpa(GIB(8)), GIB(1), PROT_RWX, NULL), -EINVAL);
	assert_true(spec_walk(&s, &pt, GIB(4) - 1, &t));
	assert_int_equal(t.pa, GIB(9) - 1);
	assert_int_equal(t.size, GIB(1));
	pgtable_destroy(&pt);
}

/* Device memory is of a type of its own, with and without the right to execute. */
static void device_memory_is_not_cached(void **state)
{
	unsigned int i, prot;

	for (i = 0; i < NR_SPECS; i++) {
		const struct pgtable_format *fmt = specs[i].fmt;
		u64 attr = specs[i].guest ? 15 << 2 : 7 << 2;

		if (specs[i].walk != arm_walk)
			continue;
		for (prot = 1; prot <= PROT_RWX; prot++) {
			if (!spec_can(&specs[i], prot))
				continue;
			/* Normal memory is MAIR_EL2's first; stage 2 has the attribute itself. */
			assert_int_equal(fmt->leaf_bits[prot] & attr, specs[i].guest ? 15 << 2 : 0);
			assert_int_equal(fmt->leaf_bits[prot | PROT_DEVICE] & attr, 1 << 2);
			assert_int_equal(fmt->leaf_bits[prot] & ~attr,
					 fmt->leaf_bits[prot | PROT_DEVICE] & ~attr);
		}
	}
}

#define pt_test(fn) cmocka_unit_test_setup_teardown(fn, arena_setup, arena_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		pt_test(the_physical_range_picks_the_format),
		pt_test(roots_are_as_the_architecture_has_them),
		pt_test(four_gib_have_four_root_entries),
		pt_test(device_memory_is_not_cached),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
