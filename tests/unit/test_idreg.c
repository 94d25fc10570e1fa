// SPDX-License-Identifier: Apache-2.0
/* What aarch64's guests are told of their CPU, of any that there may be below. */
/* links: arch/aarch64/virt/idreg.c */
/* flags: -I$(root)/arch/aarch64/include */
#include <asm/vsysreg.h>
#include <shim.h>

static const struct idreg_board board = { .parange = 2, .gicv3 = true };

static unsigned int field(u64 val, unsigned int shift)
{
	return val >> shift & 15;
}

static u64 guest(unsigned int crm, unsigned int op2, u64 host)
{
	return idreg_guest_value(crm, op2, host, &board);
}

/* A CPU that has all of everything, and one that has nothing. */
static const u64 all = ~0ul, none;

struct place {
	u8 crm, op2, shift;
};

/* What is not virtualised, by where it is told. */
static const struct place hidden[] = {
	{ 4, 0, 8 },							      /* EL2 */
	{ 4, 0, 12 },							      /* EL3 */
	{ 4, 0, 28 },							      /* RAS */
	{ 4, 0, 32 },							      /* SVE */
	{ 4, 0, 36 },							      /* secure EL2 */
	{ 4, 0, 40 },							      /* MPAM */
	{ 4, 0, 44 },							      /* AMU */
	{ 4, 0, 52 },							      /* RME */
	{ 4, 1, 8 },							      /* MTE */
	{ 4, 1, 12 }, { 4, 1, 16 }, { 4, 1, 24 },			      /* SME */
	{ 4, 1, 28 }, { 4, 1, 32 }, { 4, 1, 36 },			      /* NMI */
	{ 5, 0, 4 },							      /* trace */
	{ 5, 0, 8 },							      /* PMU */
	{ 5, 0, 32 },							      /* SPE */
	{ 5, 0, 40 }, { 5, 0, 44 }, { 5, 0, 48 }, { 5, 0, 52 },		      /* BRBE */
	{ 6, 0, 24 },							      /* TME */
	{ 6, 1, 56 }, { 6, 1, 60 },					      /* XS, LS64 */
	{ 6, 2, 0 },							      /* WFxT */
	{ 6, 2, 16 },							      /* MOPS */
	{ 7, 0, 8 },							      /* big endian */
	{ 7, 0, 16 }, { 7, 0, 32 }, { 7, 0, 36 }, { 7, 0, 40 }, { 7, 0, 56 }, /* FGT */
	{ 7, 0, 60 },							      /* ECV */
	{ 7, 1, 4 },							      /* VMIDs */
	{ 7, 1, 8 },							      /* VHE */
	{ 7, 1, 16 },							      /* LORs */
	{ 7, 1, 40 },							      /* HCX */
	{ 7, 2, 24 },							      /* NV */
	{ 7, 2, 40 },							      /* FWB */
	{ 1, 0, 20 },							      /* AMU */
	{ 1, 0, 28 },							      /* RAS */
	{ 1, 1, 12 },							      /* virtualization */
};

/* What needs nothing of a hypervisor, or is switched. */
static const struct place kept[] = {
	{ 4, 0, 16 }, { 4, 0, 20 }, { 4, 0, 48 },		/* FP, SIMD, DIT */
	{ 4, 1, 0 },  { 4, 1, 4 },				/* BTI, SSBS */
	{ 6, 0, 4 },  { 6, 0, 8 },  { 6, 0, 20 }, { 6, 0, 60 }, /* AES, SHA1, LSE, RNDR */
	{ 6, 1, 4 },  { 6, 1, 8 },  { 6, 1, 24 }, { 6, 1, 28 }, /* pointer authentication */
	{ 6, 2, 8 },  { 6, 2, 12 },				/* the same */
	{ 5, 0, 12 }, { 5, 0, 20 }, { 5, 0, 28 },		/* breakpoints, watchpoints */
	{ 7, 0, 4 },  { 7, 0, 24 },				/* ASIDs, 64 KiB */
	{ 7, 1, 20 }, { 7, 2, 4 },  { 7, 2, 16 },		/* PAN, UAO, VA range */
	{ 2, 0, 0 },  { 3, 0, 0 },  { 1, 4, 0 },		/* AArch32: ISAR0, MVFR0, MMFR0 */
};

static void what_is_not_virtualised_is_hidden(void **state)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(hidden); i++)
		if (field(guest(hidden[i].crm, hidden[i].op2, all), hidden[i].shift))
			fail_msg("c0, c%u, %u at %u is seen", hidden[i].crm, hidden[i].op2,
				 hidden[i].shift);
}

static void what_needs_nothing_is_passed_on(void **state)
{
	unsigned int i, v;

	for (i = 0; i < ARRAY_SIZE(kept); i++)
		for (v = 0; v < 16; v++)
			assert_int_equal(
				field(guest(kept[i].crm, kept[i].op2, (u64)v << kept[i].shift),
				      kept[i].shift),
				v);
}

static void nothing_is_told_that_the_cpu_lacks(void **state)
{
	unsigned int crm, op2, shift;

	for (crm = IDREG_CRM_FIRST; crm <= IDREG_CRM_LAST; crm++)
		for (op2 = 0; op2 < 8; op2++)
			for (shift = 0; shift < 64; shift += 4) {
				u64 val = guest(crm, op2, none);
				bool gic = (crm == 4 && op2 == 0 && shift == 24) ||
					   (crm == 1 && op2 == 1 && shift == 28);
				/* Fields that have another "none", and what is the board's. */
				bool special = gic || (crm == 5 && op2 == 0) ||
					       (crm == 1 && op2 == 2) ||
					       (crm == 7 && op2 == 0 && shift == 0);

				if (!special && field(val, shift))
					fail_msg("c0, c%u, %u at %u", crm, op2, shift);
			}
}

static void versions_are_capped(void **state)
{
	assert_int_equal(field(guest(4, 0, 0x22), 4), 1);	/* EL1 is AArch64 only */
	assert_int_equal(field(guest(4, 0, 0x22), 0), 2);	/* EL0 is not */
	assert_int_equal(field(guest(4, 0, 3ul << 56), 56), 1); /* CSV2 without its registers */
	assert_int_equal(field(guest(5, 0, 9), 0), 6);		/* debug of Armv8.0 */
	assert_int_equal(field(guest(5, 0, 6), 0), 6);
	assert_int_equal(field(guest(7, 0, 2 << 20), 20), 1); /* no addresses of 52 bits ... */
	assert_int_equal(field(guest(7, 0, 1 << 28), 28), 0); /* ... with either page size */
	assert_int_equal(field(guest(7, 0, 15u << 28), 28), 15);
}

static void none_is_15_in_some_fields(void **state)
{
	assert_int_equal(field(guest(5, 0, none), 36), 15); /* DoubleLock */
	assert_int_equal(field(guest(1, 2, none), 24), 15); /* PerfMon */
}

static void the_board_tells_its_own(void **state)
{
	const struct idreg_board v2 = { .parange = 5 };

	assert_int_equal(field(guest(4, 0, 0), 24), 1);
	assert_int_equal(field(idreg_guest_value(4, 0, all, &v2), 24), 0);
	assert_int_equal(field(guest(7, 0, all), 0), 2);
	assert_int_equal(field(idreg_guest_value(7, 0, none, &v2), 0), 5);
}

static void registers_that_are_not_used_read_as_zero(void **state)
{
	static const u8 reserved[][2] = { { 3, 3 }, { 3, 7 }, { 4, 2 }, { 4, 3 }, { 4, 4 },
					  { 4, 5 }, { 4, 7 }, { 5, 1 }, { 5, 2 }, { 5, 4 },
					  { 5, 7 }, { 6, 3 }, { 6, 7 }, { 7, 3 }, { 7, 4 },
					  { 7, 7 }, { 1, 3 } };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(reserved); i++)
		assert_true(guest(reserved[i][0], reserved[i][1], all) == 0);
}

static void keys_are_in_the_order_of_encodings(void **state)
{
	/* MRS x3, ID_AA64PFR0_EL1 and MSR ICC_SGI1R_EL1, x5: as ESR_EL2 has them. */
	u64 pfr0 = 3ul << 20 | 0 << 17 | 0 << 14 | 0 << 10 | 3 << 5 | 4 << 1 | 1;
	u64 sgi1r = 3ul << 20 | 5 << 17 | 0 << 14 | 12 << 10 | 5 << 5 | 11 << 1;

	assert_int_equal(sysreg_key_of(pfr0), SYSREG_KEY(3, 0, 0, 4, 0));
	assert_int_equal(sysreg_key_of(sgi1r), SYSREG_KEY(3, 0, 12, 11, 5));
	assert_true(SYSREG_KEY(3, 0, 0, 7, 7) < SYSREG_KEY(3, 0, 1, 0, 0));
	assert_true(SYSREG_KEY(2, 7, 15, 15, 7) < SYSREG_KEY(3, 0, 0, 0, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_virtualised_is_hidden),
		cmocka_unit_test(what_needs_nothing_is_passed_on),
		cmocka_unit_test(nothing_is_told_that_the_cpu_lacks),
		cmocka_unit_test(versions_are_capped),
		cmocka_unit_test(none_is_15_in_some_fields),
		cmocka_unit_test(the_board_tells_its_own),
		cmocka_unit_test(registers_that_are_not_used_read_as_zero),
		cmocka_unit_test(keys_are_in_the_order_of_encodings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
