/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ACPI_FIXTURE_H
#define ACPI_FIXTURE_H

/* A machine's lowest memory, with ACPI tables that iasl makes. */
#include "../../arch/x86_64/boot/acpi.h"
#include <shim.h>

#define PHYS_SIZE  MIB(1)
#define RSDP_AT	   0xe0010u
#define TABLES_AT  0x40000u
#define MAX_TABLES 8

static u8 *phys;
static u64 next_table;
static u64 table_at[MAX_TABLES];
static unsigned int nr_tables;

/* Whoever reads behind the end of what there is is told by ASan. */
const void *boot_view(u64 pa, u64 size)
{
	return pa < PHYS_SIZE && size <= PHYS_SIZE - pa ? phys + pa : NULL;
}

static inline void fix_sum(u8 *p, u32 size, u32 at)
{
	u8 sum = 0;
	u32 i;

	p[at] = 0;
	for (i = 0; i < size; i++)
		sum = (u8)(sum + p[i]);
	p[at] = (u8)-sum;
}

static inline void put32(u64 at, u32 v)
{
	memcpy(phys + at, &v, 4);
}

static inline void put64(u64 at, u64 v)
{
	memcpy(phys + at, &v, 8);
}

static inline void fix_table(u64 at)
{
	fix_sum(phys + at, acpi_u32(phys + at + 4), 9);
}

/* What iasl makes of @source, at a place of its own; where. */
static inline u64 compile(const char *source)
{
	char dir[] = "/tmp/acpi.XXXXXX", cmd[256], name[64];
	u64 at = next_table;
	size_t n;
	FILE *f;

	assert_non_null(mkdtemp(dir));
	snprintf(name, sizeof(name), "%s/in.dsl", dir);
	f = fopen(name, "w");
	assert_non_null(f);
	fputs(source, f);
	fclose(f);
	snprintf(cmd, sizeof(cmd),
		 "cd %s && iasl -f -p out in.dsl >log 2>&1; test -s out.aml || cat log >&2", dir);
	/* It warns of what no firmware would write, and writes it. */
	assert_int_equal(system(cmd), 0);
	snprintf(name, sizeof(name), "%s/out.aml", dir);
	f = fopen(name, "r");
	assert_non_null(f);
	n = fread(phys + at, 1, PHYS_SIZE - at, f);
	fclose(f);
	assert_int_equal(n, acpi_u32(phys + at + 4));
	snprintf(cmd, sizeof(cmd), "rm -r %s", dir);
	assert_int_equal(system(cmd), 0);
	next_table = ALIGN_UP(at + n, 64);
	return at;
}

static inline void list_table(u64 at)
{
	table_at[nr_tables++] = at;
}

/* The root table, of addresses of @width bytes, and the pointer to it. */
static inline void make_root(unsigned int width)
{
	u64 root = next_table;
	u32 length = (u32)sizeof(struct acpi_header) + width * nr_tables;
	unsigned int i;

	memset(phys + root, 0, length);
	memcpy(phys + root, width == 8 ? "XSDT" : "RSDT", 4);
	put32(root + 4, length);
	for (i = 0; i < nr_tables; i++)
		memcpy(phys + root + sizeof(struct acpi_header) + i * width, &table_at[i], width);
	fix_table(root);
	next_table = ALIGN_UP(root + length, 64);

	memcpy(phys + RSDP_AT, "RSD PTR ", 8);
	phys[RSDP_AT + 15] = width == 8 ? 2 : 0;
	put32(RSDP_AT + 16, width == 8 ? 0 : (u32)root);
	put32(RSDP_AT + 20, 36);
	put64(RSDP_AT + 24, width == 8 ? root : 0);
	fix_sum(phys + RSDP_AT, 20, 8);
	fix_sum(phys + RSDP_AT, 36, 32);
}

static inline int phys_setup(void **state)
{
	(void)state;
	phys = calloc(1, PHYS_SIZE);
	next_table = TABLES_AT;
	nr_tables = 0;
	return phys ? 0 : -1;
}

static inline int phys_teardown(void **state)
{
	(void)state;
	free(phys);
	return 0;
}

#define TABLE(signature, revision)                                  \
	"[0004] Signature : \"" signature                           \
	"\"\n[0004] Table Length : 0\n[0001] Revision : " revision  \
	"\n[0001] Checksum : 0\n[0006] Oem ID : \"TEST\"\n"         \
	"[0008] Oem Table ID : \"TEST\"\n[0004] Oem Revision : 1\n" \
	"[0004] Asl Compiler ID : \"INTL\"\n[0004] Asl Compiler Revision : 1\n"

#define LAPIC(id, on)                                                               \
	"[0001] Subtable Type : 00\n[0001] Length : 08\n[0001] Processor ID : 00\n" \
	"[0001] Local Apic ID : " id "\n[0004] Flags (decoded below) : 0\n"         \
	"Processor Enabled : " on "\nRuntime Online Capable : 0\n"
#define X2APIC(id)                                                                \
	"[0001] Subtable Type : 09\n[0001] Length : 10\n[0002] Reserved : 0\n"    \
	"[0004] Processor x2Apic ID : " id "\n[0004] Flags (decoded below) : 1\n" \
	"Processor Enabled : 1\n[0004] Processor UID : 3\n"
#define IOAPIC(addr, first)                                                        \
	"[0001] Subtable Type : 01\n[0001] Length : 0C\n[0001] I/O Apic ID : 00\n" \
	"[0001] Reserved : 00\n[0004] Address : " addr "\n[0004] Interrupt : " first "\n"
#define OVERRIDE(irq, input, polarity, trigger)                                                \
	"[0001] Subtable Type : 02\n[0001] Length : 0A\n[0001] Bus : 00\n[0001] Source : " irq \
	"\n[0004] Interrupt : " input "\n[0002] Flags (decoded below) : 0\n"                   \
	"Polarity : " polarity "\nTrigger Mode : " trigger "\n"

#define MADT                                                                           \
	TABLE("APIC", "03")                                                            \
	"[0004] Local Apic Address : FEE00000\n[0004] Flags (decoded below) : 1\n"     \
	"PC-AT Compatibility : 1\n" LAPIC("00", "1") LAPIC("04", "1") LAPIC("06", "0") \
		X2APIC("00000123") IOAPIC("FEC00000", "0") IOAPIC("FEC01000", "18")    \
			OVERRIDE("00", "2", "0", "0") OVERRIDE("04", "11", "3", "3")

#define MCFG                                                              \
	TABLE("MCFG", "01")                                               \
	"[0008] Reserved : 0\n[0008] Base Address : 00000000B0000000\n"   \
	"[0002] Segment Group Number : 0\n[0001] Start Bus Number : 00\n" \
	"[0001] End Bus Number : FF\n[0004] Reserved : 0\n"

#define HPET                                                                                               \
	TABLE("HPET", "01")                                                                                \
	"[0004] Hardware Block ID : 8086A201\n[0012] Timer Block Register : [GAS]\n[0001] Space ID : 00\n" \
	"[0001] Bit Width : 00\n[0001] Bit Offset : 00\n[0001] Encoded Access Width : 00\n"                \
	"[0008] Address : 00000000FED00000\n[0001] Sequence Number : 00\n"                                 \
	"[0002] Minimum Clock Ticks : 0000\n[0001] Flags (decoded below) : 00\n4K Page Protect : 0\n64K Page Protect : 0\n"

#define DSDT(s5) "DefinitionBlock (\"\", \"DSDT\", 1, \"TEST\", \"TEST\", 1)\n{\n" s5 "\n}\n"

#endif
