/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BOOT_ACPI_H
#define BOOT_ACPI_H

#include "platform.h"

/*
 * ACPI's tables (ACPI 6.4, chapter 5), which are read where they lie: little-endian, packed,
 * not aligned. Lengths in them are checked against what contains them.
 */
struct acpi_header {
	char signature[4];
	u32 length;
	u8 revision, checksum;
	char oem_id[6], oem_table_id[8];
	u32 oem_revision, creator_id, creator_revision;
} __packed;

static_assert(sizeof(struct acpi_header) == 36, "ACPI 6.4, 5.2.6");

/** acpi_table_read() - take what one table says, whose length and sum have been checked. */
void acpi_madt_read(const struct acpi_header *t, struct boot_platform *out);
void acpi_fadt_read(const struct acpi_header *t, struct boot_platform *out);
void acpi_mcfg_read(const struct acpi_header *t, struct boot_platform *out);
void acpi_hpet_read(const struct acpi_header *t, struct boot_platform *out);
/** acpi_s5_read() - look for \_S5 in the byte code of a DSDT or SSDT. */
void acpi_s5_read(const struct acpi_header *t, struct boot_platform *out);

/** acpi_table() - the table at @pa, whole and with the right sum; NULL otherwise. */
const struct acpi_header *acpi_table(u64 pa);
/** acpi_fadt_dsdt() - where a FADT says that the DSDT is. */
u64 acpi_fadt_dsdt(const struct acpi_header *t);

/* Numbers that are not aligned. */
static inline u16 acpi_u16(const void *p)
{
	const u8 *b = p;

	return (u16)(b[0] | b[1] << 8);
}

static inline u32 acpi_u32(const void *p)
{
	const u8 *b = p;

	return acpi_u16(b) | (u32)acpi_u16(b + 2) << 16;
}

static inline u64 acpi_u64(const void *p)
{
	const u8 *b = p;

	return acpi_u32(b) | (u64)acpi_u32(b + 4) << 32;
}

#endif
