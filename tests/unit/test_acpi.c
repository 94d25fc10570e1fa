// SPDX-License-Identifier: Apache-2.0
/* The firmware's ACPI tables: what iasl makes is understood, what is damaged does no harm. */
/* links: arch/x86_64/boot/acpi.c arch/x86_64/boot/acpi_tables.c arch/x86_64/boot/acpi_s5.c */
#include "acpi_fixture.h"

static struct boot_platform got;

/* ---- whole tables ---- */

static void reads_processors_and_controllers(void **state)
{
	list_table(compile(MADT));
	make_root(8);
	assert_null(acpi_read(RSDP_AT, &got));
	assert_int_equal(got.nr_cpus, 3);
	assert_int_equal(got.cpu[0], 0);
	assert_int_equal(got.cpu[1], 4);
	assert_int_equal(got.cpu[2], 0x123);
	assert_int_equal(got.nr_ioapics, 2);
	assert_int_equal(got.ioapic[0].addr, 0xfec00000);
	assert_int_equal(got.ioapic[1].addr, 0xfec01000);
	assert_int_equal(got.ioapic[1].gsi_base, 0x18);
	assert_int_equal(got.nr_overrides, 2);
	assert_int_equal(got.override[0].gsi, 2);
	assert_int_equal(got.override[1].irq, 4);
	assert_int_equal(got.override[1].gsi, 0x11);
	assert_int_equal(got.override[1].flags, 0xf);
}

static void reads_by_the_old_root(void **state)
{
	list_table(compile(MADT));
	list_table(compile(MCFG));
	make_root(4);
	assert_null(acpi_read(RSDP_AT, &got));
	assert_int_equal(got.nr_cpus, 3);
	assert_int_equal(got.nr_ecams, 1);
}

static void finds_the_pointer_by_itself(void **state)
{
	list_table(compile(MCFG));
	list_table(compile(HPET));
	make_root(8);
	assert_null(acpi_read(0, &got));
	assert_int_equal(got.nr_ecams, 1);
	assert_int_equal(got.ecam[0].base, 0xb0000000);
	assert_int_equal(got.ecam[0].bus_last, 0xff);
	assert_int_equal(got.hpet, 0xfed00000);
}

/* A FADT with what QEMU's has, but for its addresses; by hand, as iasl's has 60 lines. */
static u64 make_fadt(u32 length, u64 dsdt)
{
	u64 at = next_table;

	memset(phys + at, 0, length);
	memcpy(phys + at, "FACP", 4);
	put32(at + 4, length);
	put32(at + 40, (u32)dsdt);
	put32(at + 48, 0xb2);
	phys[at + 52] = 2;
	put32(at + 64, 0x604);
	put32(at + 76, 0x608);
	phys[at + 89] = 2;
	phys[at + 91] = 4;
	put32(at + 112, 1u << 8 | 1u << 10);
	if (length > 128) {
		phys[at + 116] = 1;
		put64(at + 120, 0xcf9);
		phys[at + 128] = 0xf;
	}
	fix_table(at);
	next_table = ALIGN_UP(at + length, 64);
	return at;
}

static void reads_power_registers(void **state)
{
	list_table(make_fadt(244, compile(DSDT("Name (_S5, Package (4) {5, 6, 0, 0})"))));
	make_root(8);
	assert_null(acpi_read(RSDP_AT, &got));
	assert_int_equal(got.power.pm1a.port, 0x604);
	assert_int_equal(got.power.pm1b.port, 0);
	assert_int_equal(got.power.pm_timer.port, 0x608);
	assert_true(got.power.pm_timer_32bit);
	assert_int_equal(got.power.smi_cmd, 0xb2);
	assert_true(got.power.has_reset);
	assert_int_equal(got.power.reset_addr, 0xcf9);
	assert_int_equal(got.power.reset_value, 0xf);
	assert_true(got.power.has_s5);
	assert_int_equal(got.power.slp_typ[0], 5);
	assert_int_equal(got.power.slp_typ[1], 6);
}

static void reads_the_first_fadt(void **state)
{
	list_table(make_fadt(116, 0));
	make_root(4);
	assert_null(acpi_read(RSDP_AT, &got));
	assert_int_equal(got.power.pm1a.port, 0x604);
	assert_false(got.power.has_reset);
	assert_false(got.power.has_s5);
}

static void hardware_reduced_has_no_registers(void **state)
{
	u64 at = make_fadt(244, 0);

	put32(at + 112, 1u << 20 | 1u << 10);
	fix_table(at);
	list_table(at);
	make_root(8);
	assert_null(acpi_read(RSDP_AT, &got));
	assert_int_equal(got.power.pm1a.port, 0);
	assert_true(got.power.has_reset);
}

/* ---- \_S5 in its spellings ---- */

static bool s5_of(const char *source)
{
	struct boot_platform p = { 0 };

	acpi_s5_read((const void *)(phys + compile(source)), &p);
	got = p;
	return p.power.has_s5;
}

static void finds_soft_off(void **state)
{
	assert_true(s5_of(DSDT("Name (\\_S5, Package () {Zero, One})")));
	assert_int_equal(got.power.slp_typ[0], 0);
	assert_int_equal(got.power.slp_typ[1], 1);
	assert_true(s5_of(DSDT("Scope (\\) { Name (_S5, Package () {7, 7, 0, 0}) }")));
	assert_int_equal(got.power.slp_typ[0], 7);
	assert_true(s5_of(DSDT("Name (_S5, Package () {3})")));
	assert_int_equal(got.power.slp_typ[1], 0);
	/* A package so long that its length takes two bytes. */
	assert_true(s5_of(DSDT("Name (_S5, Package (40) {0x02, 0x02, \"a long string that nobody "
			       "would write here, but that might be here all the same\"})")));
	assert_int_equal(got.power.slp_typ[0], 2);
}

static void does_not_take_other_things_for_soft_off(void **state)
{
	assert_false(s5_of(DSDT("Name (_S3, Package () {5, 5})")));
	assert_false(s5_of(DSDT("Name (XXXX, \"_S5_\")")));
	assert_false(s5_of(DSDT("Method (_S5) { Return (Package () {5, 5}) }")));
	assert_false(s5_of(DSDT("Name (_S5, 5)")));
	assert_false(s5_of(DSDT("Name (_S5, Package () {0x80, 0})")));
	assert_false(s5_of(DSDT("Name (_S5, Package () {\"5\", 0})")));
}

/* ---- damage ---- */

static void refuses_what_is_no_root(void **state)
{
	assert_non_null(acpi_read(0, &got));
	assert_non_null(acpi_read(RSDP_AT, &got));
	assert_non_null(acpi_read(PHYS_SIZE - 8, &got));
	assert_non_null(acpi_read(~0ul, &got));
	list_table(compile(MADT));
	make_root(4);
	put32(RSDP_AT + 16, 0xfffffff0);
	fix_sum(phys + RSDP_AT, 20, 8);
	assert_non_null(acpi_read(RSDP_AT, &got));
	put32(RSDP_AT + 16, (u32)table_at[0]);
	fix_sum(phys + RSDP_AT, 20, 8);
	assert_non_null(acpi_read(RSDP_AT, &got));
}

static void leaves_out_a_table_with_a_wrong_sum(void **state)
{
	u64 madt = compile(MADT);

	list_table(madt);
	list_table(compile(MCFG));
	make_root(8);
	phys[madt + 60]++;
	assert_null(acpi_read(RSDP_AT, &got));
	assert_int_equal(got.nr_cpus, 0);
	assert_int_equal(got.nr_ecams, 1);
}

/* Moves the table to the end of memory, cut to each length: what is behind is not there. */
static void every_length_is_survived(void **state)
{
	const u64 tables[] = { compile(MADT), compile(MCFG), compile(HPET), make_fadt(244, 0),
			       compile(DSDT("Name (_S5, Package () {5, 5})")) };
	unsigned int i;
	u32 n;

	for (i = 0; i < ARRAY_SIZE(tables); i++) {
		u32 whole = acpi_u32(phys + tables[i] + 4);

		for (n = 0; n <= whole; n++) {
			u64 at = PHYS_SIZE - max(n, 36u);

			memmove(phys + at, phys + tables[i], PHYS_SIZE - at);
			put32(at + 4, n);
			fix_sum(phys + at, PHYS_SIZE - at, 9);
			nr_tables = 0;
			list_table(at);
			make_root(8);
			assert_null(acpi_read(RSDP_AT, &got));
		}
	}
}

/* Any content, with sums that are right. */
static void any_content_is_survived(void **state)
{
	const u64 tables[] = { compile(MADT), compile(MCFG), compile(HPET),
			       compile(DSDT("Name (_S5, Package () {5, 5})")) };
	u64 fadt = make_fadt(244, tables[3]), seed = shim_seed(1), root;
	unsigned int round, i;
	u8 *saved;

	for (i = 0; i < 3; i++)
		list_table(tables[i]);
	list_table(fadt);
	make_root(8);
	root = acpi_u64(phys + RSDP_AT + 24);
	saved = malloc(PHYS_SIZE);
	memcpy(saved, phys, PHYS_SIZE);
	for (round = 0; round < 20000; round++) {
		u64 victim = (const u64[]){
			tables[0], tables[1], tables[2], tables[3], fadt, root
		}[shim_random(&seed) % 6];
		u32 length = acpi_u32(saved + victim + 4), changes;

		for (changes = shim_random(&seed) % 6 + 1; changes--;)
			phys[victim + 4 + shim_random(&seed) % (length - 4)] =
				(u8)shim_random(&seed);
		length = acpi_u32(phys + victim + 4);
		if (length >= 36 && length <= PHYS_SIZE - victim)
			fix_table(victim);
		acpi_read(RSDP_AT, &got);
		assert_true(got.nr_cpus <= BOOT_MAX_CPUS && got.nr_ioapics <= BOOT_MAX_IOAPICS &&
			    got.nr_overrides <= BOOT_MAX_OVERRIDES &&
			    got.nr_ecams <= BOOT_MAX_ECAMS);
		memcpy(phys + TABLES_AT, saved + TABLES_AT, next_table - TABLES_AT);
	}
	free(saved);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, phys_setup, phys_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reads_processors_and_controllers),
		TEST(reads_by_the_old_root),
		TEST(finds_the_pointer_by_itself),
		TEST(reads_power_registers),
		TEST(reads_the_first_fadt),
		TEST(hardware_reduced_has_no_registers),
		TEST(finds_soft_off),
		TEST(does_not_take_other_things_for_soft_off),
		TEST(refuses_what_is_no_root),
		TEST(leaves_out_a_table_with_a_wrong_sum),
		TEST(every_length_is_survived),
		TEST(any_content_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
