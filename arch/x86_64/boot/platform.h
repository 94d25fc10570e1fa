/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BOOT_PLATFORM_H
#define BOOT_PLATFORM_H

#include <lodge/types.h>

/* What boot loader and firmware tell of the machine, on its way into a devicetree. */

#define BOOT_MAX_RANGES	   64
#define BOOT_MAX_CPUS	   256
#define BOOT_MAX_IOAPICS   8
#define BOOT_MAX_OVERRIDES 16
#define BOOT_MAX_ECAMS	   4
#define BOOT_CMDLINE_SIZE  1024

/* Types of memory, as E820 and both boot protocols count them. */
#define BOOT_MEMORY_RAM 1u

struct boot_range {
	u64 start, size;
	u32 type;
};

/**
 * struct boot_info - what the boot loader tells
 * @rsdp: host-physical address of ACPI's root pointer, 0 if it does not tell
 */
struct boot_info {
	unsigned int nr_ranges;
	struct boot_range range[BOOT_MAX_RANGES];
	char cmdline[BOOT_CMDLINE_SIZE];
	u64 rsdp;
};

struct boot_ioapic {
	u32 addr, gsi_base;
};

/* A legacy interrupt that is not at the input of the same number; flags as in the MADT. */
struct boot_override {
	u8 irq;
	u16 flags;
	u32 gsi;
};

#define MADT_POLARITY	   3u
#define MADT_POLARITY_LOW  3u
#define MADT_TRIGGER	   0xcu
#define MADT_TRIGGER_LEVEL 0xcu

struct boot_ecam {
	u64 base;
	u16 segment;
	u8 bus_first, bus_last;
};

/* A register block in I/O space; port 0: there is none. */
struct boot_port {
	u16 port;
	u8 bytes;
};

/**
 * struct boot_power - ACPI's fixed hardware
 * @has_s5:	@slp_typ says what soft-off is, for PM1a and PM1b
 * @reset_space: ACPI address space of the reset register; only with @has_reset
 */
struct boot_power {
	struct boot_port pm1a, pm1b, pm_timer;
	bool pm_timer_32bit;
	u16 smi_cmd;
	u8 acpi_enable;
	bool has_s5;
	u8 slp_typ[2];
	bool has_reset;
	u8 reset_space, reset_value;
	u64 reset_addr;
};

/** struct boot_platform - what ACPI tells */
struct boot_platform {
	unsigned int nr_cpus, nr_ioapics, nr_overrides, nr_ecams;
	u32 cpu[BOOT_MAX_CPUS]; /* APIC ids of those that can be used */
	struct boot_ioapic ioapic[BOOT_MAX_IOAPICS];
	struct boot_override override[BOOT_MAX_OVERRIDES];
	struct boot_ecam ecam[BOOT_MAX_ECAMS];
	u64 hpet;
	bool no_cmos_rtc;
	struct boot_power power;
};

/**
 * boot_view() - @size bytes of physical memory, to be read
 *
 * Return: NULL if they can't be reached.
 */
const void *boot_view(u64 pa, u64 size);

/** bootinfo_read() - by protocol BOOT_*, from @info; NULL or what is wrong, for a person. */
const char *bootinfo_read(u32 protocol, u64 info, struct boot_info *out);

/**
 * acpi_read() - what the tables behind the root pointer @rsdp say
 *
 * Tables that are damaged or can't be reached are left out.
 * Return: NULL, or for a person why there is nothing at all.
 */
const char *acpi_read(u64 rsdp, struct boot_platform *out);

/** host_fdt_write() - the tree of the machine, in the @size bytes at @buf; its size or -errno. */
__must_check int host_fdt_write(void *buf, size_t size, const struct boot_info *info,
				const struct boot_platform *p, u64 trampoline, const u8 *seed,
				u32 seed_len);

/** boot_range_find() - @size bytes of RAM in [@from, @to), aligned to @align; 0 if none. */
u64 boot_range_find(const struct boot_info *info, u64 from, u64 to, u64 size, u64 align);

#endif
