// SPDX-License-Identifier: Apache-2.0
/* The host's own symbols, for backtraces. The build makes the table from a first link. */
#include <lodge/ksyms.h>
#include <lodge/printk.h>
#include <lodge/sections.h>
#include <lodge/string.h>

/* Offsets from __image_start, ascending, and names in the same order, each ended by a zero. */
extern const u32 ksym_offsets[] __weak;
extern const char ksym_names[] __weak;
extern const u32 ksym_count __weak;

bool ksym_is_text(u64 addr)
{
	return addr >= (u64)__text_start && addr < (u64)__text_end;
}

void ksym_print(u64 addr)
{
	u64 off = addr - (u64)__image_start;
	const char *name = ksym_names;
	u32 i, at = 0;

	if (!ksym_is_text(addr) || !&ksym_count || ksym_count == 0 || off < ksym_offsets[0]) {
		printk("%016lx", addr);
		return;
	}
	while (at + 1 < ksym_count && ksym_offsets[at + 1] <= off)
		at++;
	for (i = 0; i < at; i++)
		name += strlen(name) + 1;
	printk("%016lx %s+0x%lx", addr, name, off - ksym_offsets[at]);
}
