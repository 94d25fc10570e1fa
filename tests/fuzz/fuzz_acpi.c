// SPDX-License-Identifier: Apache-2.0
/*
 * The firmware's ACPI tables: their contents as they come, behind headers with right sums, at the
 * end of memory or not. What is read fits, and the tree that is made of it is one.
 */
/* links: arch/x86_64/boot/acpi.c arch/x86_64/boot/acpi_tables.c arch/x86_64/boot/acpi_s5.c */
/* links: arch/x86_64/boot/host_fdt.c */
/* runs: 5000 */
/* length: 400 */
#include "fuzz.h"
#include <acpi_fixture.h>
#include <lodge/errno.h>
#include <lodge/fdt.h>

#define HEADER 36u

static u64 end_table; /* the next one at the end of memory lies below */

void fuzz_init(void)
{
	phys_setup(NULL);
}

/* Return: where it is. */
static u64 put_table(struct fuzz *in)
{
	static const char *const signatures[] = { "APIC", "MCFG", "HPET", "FACP",
						  "DSDT", "SSDT", "XSDT", "OEM0" };
	u8 what = fuzz_u8(in);
	u32 size = HEADER + fuzz_u8(in), length = size;
	u64 at = next_table;

	if (what & 8)
		at = end_table -= size;
	else
		next_table += ALIGN_UP(size, 16);
	memset(phys + at, 0, size);
	fuzz_bytes(in, phys + at + HEADER, size - HEADER);
	memcpy(phys + at, signatures[what & 7], 4);
	phys[at + 8] = what >> 4;
	if (what & 0x80)
		length = (u32)fuzz_take(in, 4);
	put32(at + 4, length);
	/* The one before may be a DSDT. */
	if ((what & 7) == 3 && nr_tables && size >= 148)
		put32(at + 40, (u32)table_at[nr_tables - 1]);
	if (length >= HEADER && length <= PHYS_SIZE - at)
		fix_table(at);
	return at;
}

static void check_platform(const struct boot_platform *p)
{
	static const struct boot_info info = { .nr_ranges = 1,
					       .range = { { 0, GIB(1), BOOT_MEMORY_RAM } },
					       .cmdline = "a" };
	static u64 tree[8192];
	int size;

	assert_true(p->nr_cpus <= BOOT_MAX_CPUS && p->nr_ioapics <= BOOT_MAX_IOAPICS &&
		    p->nr_overrides <= BOOT_MAX_OVERRIDES && p->nr_ecams <= BOOT_MAX_ECAMS);
	size = host_fdt_write(tree, sizeof(tree), &info, p, 0x8000, NULL, 0);
	if (size > 0)
		assert_int_equal(fdt_check(tree, (size_t)size), 0);
	else
		assert_true(size == -ENOSPC || size == -EINVAL);
}

void fuzz_one(struct fuzz *in)
{
	static struct boot_platform got;
	u8 what = fuzz_u8(in);
	const char *why;

	next_table = TABLES_AT;
	end_table = PHYS_SIZE;
	nr_tables = 0;
	while (in->left && nr_tables < MAX_TABLES)
		list_table(put_table(in));
	make_root(what & 1 ? 8 : 4);
	memset(&got, 0, sizeof(got));
	why = acpi_read(what & 2 ? 0 : RSDP_AT, &got);
	if (why)
		assert_true(strlen(why));
	else
		check_platform(&got);
	memset(phys + TABLES_AT, 0, next_table - TABLES_AT);
	memset(phys + end_table, 0, PHYS_SIZE - end_table);
}

/* A processor, an IOAPIC and an override; soft-off in a DSDT, and a FADT that names it. */
size_t fuzz_seed(unsigned int n, u8 *buf, size_t room)
{
	static const u8 madt[] = { 1, 0x30, 38, 0, 0,  0xe0, 0xfe, 1, 0, 0, 0, 0,    8,	   0,
				   0, 1,    0,	0, 0,  1,    12,   0, 0, 0, 0, 0xc0, 0xfe, 0,
				   0, 0,    0,	2, 10, 0,    4,	   9, 0, 0, 0, 13,   0 };
	static const u8 dsdt[] = { 1, 0x24, 12,	  8, '_',  'S', '5',  '_', 0x12,
				   6, 2,    0x0a, 5, 0x0a, 5,	0x63, 208 };
	static const u8 mcfg[] = { 0,	 0x11, 24, 0, 0, 0, 0, 0, 0,  0, 0, 0, 0, 0,
				   0xb0, 0,    0,  0, 0, 0, 0, 0, 63, 0, 0, 0, 0 };

	switch (n) {
	case 0:
		memcpy(buf, madt, sizeof(madt));
		return sizeof(madt);
	case 1:
		memcpy(buf, dsdt, sizeof(dsdt));
		return sizeof(dsdt);
	case 2:
		memcpy(buf, mcfg, sizeof(mcfg));
		return sizeof(mcfg);
	}
	return 0;
}
