// SPDX-License-Identifier: Apache-2.0
/* What single ACPI tables say. Each is whole; what lies behind its end is not read. */
#include "acpi.h"
#include <lodge/string.h>

static const u8 *bytes(const struct acpi_header *t)
{
	return (const u8 *)t;
}

/* ---- MADT (ACPI 6.4, 5.2.12): processors and interrupt controllers ---- */

#define MADT_ENTRIES 44u /* behind the local APICs' address and flags */

#define MADT_LAPIC    0
#define MADT_IOAPIC   1
#define MADT_OVERRIDE 2
#define MADT_X2APIC   9

#define MADT_CPU_ENABLED BIT(0)

static void add_cpu(struct boot_platform *out, u32 id, u32 flags)
{
	unsigned int i;

	if (!(flags & MADT_CPU_ENABLED) || out->nr_cpus == BOOT_MAX_CPUS)
		return;
	for (i = 0; i < out->nr_cpus; i++)
		if (out->cpu[i] == id)
			return;
	out->cpu[out->nr_cpus++] = id;
}

static void madt_entry(const u8 *e, u8 len, struct boot_platform *out)
{
	switch (e[0]) {
	case MADT_LAPIC:
		if (len >= 8)
			add_cpu(out, e[3], acpi_u32(e + 4));
		break;
	case MADT_X2APIC:
		if (len >= 16)
			add_cpu(out, acpi_u32(e + 4), acpi_u32(e + 8));
		break;
	case MADT_IOAPIC:
		if (len >= 12 && out->nr_ioapics < BOOT_MAX_IOAPICS)
			out->ioapic[out->nr_ioapics++] =
				(struct boot_ioapic){ acpi_u32(e + 4), acpi_u32(e + 8) };
		break;
	case MADT_OVERRIDE:
		if (len >= 10 && out->nr_overrides < BOOT_MAX_OVERRIDES)
			out->override[out->nr_overrides++] =
				(struct boot_override){ e[3], acpi_u16(e + 8), acpi_u32(e + 4) };
		break;
	}
}

void acpi_madt_read(const struct acpi_header *t, struct boot_platform *out)
{
	u32 at = MADT_ENTRIES;

	while (t->length >= 2 && at <= t->length - 2) {
		u8 len = bytes(t)[at + 1];

		if (len < 2 || len > t->length - at)
			return;
		madt_entry(bytes(t) + at, len, out);
		at += len;
	}
}

/* ---- FADT (5.2.9): power management registers ---- */

#define FADT_DSDT	 40u
#define FADT_SMI_CMD	 48u
#define FADT_ACPI_ENABLE 52u
#define FADT_PM1A_CNT	 64u
#define FADT_PM1B_CNT	 68u
#define FADT_PM_TMR	 76u
#define FADT_PM1_CNT_LEN 89u
#define FADT_PM_TMR_LEN	 91u
#define FADT_BOOT_ARCH	 109u
#define FADT_FLAGS	 112u
#define FADT_RESET_REG	 116u
#define FADT_RESET_VALUE 128u
#define FADT_X_DSDT	 140u

#define FADT_BOOT_NO_CMOS_RTC BIT(5)
#define FADT_FLAG_TMR_32BIT   BIT(8)
#define FADT_FLAG_RESET_REG   BIT(10)
#define FADT_FLAG_HW_REDUCED  BIT(20)

#define GAS_SIZE 12u

u64 acpi_fadt_dsdt(const struct acpi_header *t)
{
	u64 wide = t->length >= FADT_X_DSDT + 8 ? acpi_u64(bytes(t) + FADT_X_DSDT) : 0;

	if (wide)
		return wide;
	return t->length >= FADT_DSDT + 4 ? acpi_u32(bytes(t) + FADT_DSDT) : 0;
}

/* A block of fixed registers that lies in I/O space. */
static struct boot_port port_block(const u8 *fadt, u32 at, u8 len)
{
	u32 port = acpi_u32(fadt + at);

	return port <= 0xffff ? (struct boot_port){ (u16)port, len } : (struct boot_port){ 0, 0 };
}

static void fadt_reset(const u8 *fadt, struct boot_power *p)
{
	/* Generic address structure (5.2.3.2): space, width, offset, access size, address. */
	p->reset_space = fadt[FADT_RESET_REG];
	p->reset_addr = acpi_u64(fadt + FADT_RESET_REG + 4);
	p->reset_value = fadt[FADT_RESET_VALUE];
	p->has_reset = true;
}

void acpi_fadt_read(const struct acpi_header *t, struct boot_platform *out)
{
	struct boot_power *p = &out->power;
	const u8 *b = bytes(t);
	u32 flags;

	if (t->length < FADT_FLAGS + 4)
		return;
	flags = acpi_u32(b + FADT_FLAGS);
	out->no_cmos_rtc = acpi_u16(b + FADT_BOOT_ARCH) & FADT_BOOT_NO_CMOS_RTC;
	if ((flags & FADT_FLAG_RESET_REG) && t->length >= FADT_RESET_VALUE + 1)
		fadt_reset(b, p);
	if (flags & FADT_FLAG_HW_REDUCED)
		return;
	p->pm1a = port_block(b, FADT_PM1A_CNT, b[FADT_PM1_CNT_LEN]);
	p->pm1b = port_block(b, FADT_PM1B_CNT, b[FADT_PM1_CNT_LEN]);
	p->pm_timer = port_block(b, FADT_PM_TMR, b[FADT_PM_TMR_LEN]);
	p->pm_timer_32bit = (flags & FADT_FLAG_TMR_32BIT) != 0;
	p->smi_cmd = port_block(b, FADT_SMI_CMD, 1).port;
	p->acpi_enable = b[FADT_ACPI_ENABLE];
}

/* ---- MCFG (PCI Firmware Specification 3.2, 4.1.2): PCI configuration in memory ---- */

#define MCFG_ENTRIES	44u
#define MCFG_ENTRY_SIZE 16u

void acpi_mcfg_read(const struct acpi_header *t, struct boot_platform *out)
{
	u32 at;

	for (at = MCFG_ENTRIES; at <= t->length && t->length - at >= MCFG_ENTRY_SIZE;
	     at += MCFG_ENTRY_SIZE) {
		const u8 *e = bytes(t) + at;

		if (out->nr_ecams == BOOT_MAX_ECAMS || e[10] > e[11])
			continue;
		out->ecam[out->nr_ecams++] =
			(struct boot_ecam){ acpi_u64(e), acpi_u16(e + 8), e[10], e[11] };
	}
}

/* ---- HPET (IA-PC HPET Specification 1.0a, 3.2.4) ---- */

#define HPET_ADDRESS 40u /* a generic address structure */

void acpi_hpet_read(const struct acpi_header *t, struct boot_platform *out)
{
	/* In memory, as it must be. */
	if (t->length >= HPET_ADDRESS + GAS_SIZE && bytes(t)[HPET_ADDRESS] == 0)
		out->hpet = acpi_u64(bytes(t) + HPET_ADDRESS + 4);
}
