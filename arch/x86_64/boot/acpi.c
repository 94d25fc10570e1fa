// SPDX-License-Identifier: Apache-2.0
/* Finding ACPI's tables (ACPI 6.4, 5.2.5 to 5.2.8), and trusting none that is damaged. */
#include "acpi.h"
#include <lodge/string.h>

struct acpi_rsdp {
	char signature[8];
	u8 checksum;
	char oem_id[6];
	u8 revision;
	u32 rsdt;
	/* from revision 2 on */
	u32 length;
	u64 xsdt;
	u8 extended_checksum;
	u8 reserved[3];
} __packed;

static_assert(sizeof(struct acpi_rsdp) == 36, "ACPI 6.4, 5.2.5.3");

#define RSDP_V1_SIZE 20u

/* Where a PC's firmware keeps the RSDP (5.2.5.1). */
#define BIOS_AREA     0xe0000ul
#define BIOS_AREA_END 0x100000ul

/* A DSDT of a large server has a megabyte; more is a broken length. */
#define TABLE_MAX MIB(16)

static u8 sum(const void *p, u64 size)
{
	const u8 *b = p;
	u8 s = 0;

	while (size--)
		s = (u8)(s + *b++);
	return s;
}

const struct acpi_header *acpi_table(u64 pa)
{
	const struct acpi_header *t = pa ? boot_view(pa, sizeof(*t)) : NULL;

	if (!t || t->length < sizeof(*t) || t->length > TABLE_MAX)
		return NULL;
	t = boot_view(pa, t->length);
	return t && sum(t, t->length) == 0 ? t : NULL;
}

static const struct acpi_rsdp *rsdp_at(u64 pa)
{
	const struct acpi_rsdp *r = boot_view(pa, RSDP_V1_SIZE);

	if (!r || memcmp(r->signature, "RSD PTR ", 8) != 0 || sum(r, RSDP_V1_SIZE) != 0)
		return NULL;
	return r;
}

static u64 rsdp_search(void)
{
	u64 pa;

	for (pa = BIOS_AREA; pa < BIOS_AREA_END; pa += 16)
		if (rsdp_at(pa))
			return pa;
	return 0;
}

static bool is(const struct acpi_header *t, const char *signature)
{
	return memcmp(t->signature, signature, 4) == 0;
}

static void table_read(const struct acpi_header *t, struct boot_platform *out)
{
	const struct acpi_header *dsdt;

	if (is(t, "APIC"))
		acpi_madt_read(t, out);
	else if (is(t, "MCFG"))
		acpi_mcfg_read(t, out);
	else if (is(t, "HPET"))
		acpi_hpet_read(t, out);
	else if (is(t, "SSDT"))
		acpi_s5_read(t, out);
	if (!is(t, "FACP"))
		return;
	acpi_fadt_read(t, out);
	dsdt = acpi_table(acpi_fadt_dsdt(t));
	if (dsdt && is(dsdt, "DSDT"))
		acpi_s5_read(dsdt, out);
}

/* The RSDT has addresses of @width 4, the XSDT of 8. */
static void root_read(const struct acpi_header *root, unsigned int width, struct boot_platform *out)
{
	const u8 *at = (const u8 *)(root + 1), *end = (const u8 *)root + root->length;

	for (; (u64)(end - at) >= width; at += width) {
		const struct acpi_header *t = acpi_table(width == 8 ? acpi_u64(at) : acpi_u32(at));

		if (t)
			table_read(t, out);
	}
}

const char *acpi_read(u64 pa, struct boot_platform *out)
{
	const struct acpi_header *root = NULL;
	const struct acpi_rsdp *r;

	memset(out, 0, sizeof(*out));
	if (!pa)
		pa = rsdp_search();
	r = pa ? rsdp_at(pa) : NULL;
	if (!r)
		return "the firmware has no ACPI root pointer";
	if (r->revision >= 2 && boot_view(pa, sizeof(*r)) && sum(r, sizeof(*r)) == 0)
		root = acpi_table(r->xsdt);
	if (root && is(root, "XSDT")) {
		root_read(root, 8, out);
		return NULL;
	}
	root = acpi_table(r->rsdt);
	if (!root || !is(root, "RSDT"))
		return "the firmware's ACPI root table is damaged";
	root_read(root, 4, out);
	return NULL;
}
