/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ARCH_PLATFORM_H
#define ARCH_PLATFORM_H

#include <guest/guest.h>

/* What the loader says is RAM, in its order. */
#define MAX_RAM_RANGES 16

struct ram_range {
	u64 base, size;
};

extern struct ram_range ram_ranges[MAX_RAM_RANGES];
extern unsigned int nr_ram_ranges;

/* What a Multiboot loader has in eax; one of PVH has anything there. */
#define MULTIBOOT_MAGIC 0x2badb002u

/*
 * Fills @p from what the loader tells, PVH's start information or Multiboot's, and ACPI's
 * tables, and measures the clocks.
 */
void x86_platform_init(struct platform *p, const void *info, u32 magic);

#endif
