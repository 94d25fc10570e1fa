// SPDX-License-Identifier: Apache-2.0
/* The host's own symbols, for backtraces. The build makes the table from a first link. */
#include <lodge/ksyms.h>
#include <lodge/printk.h>
#include <lodge/sections.h>
#include <lodge/string.h>

#define NAME_SIZE 64

/* scripts/ksyms.awk tells what is in it. */
extern const u8 ksym_table[], ksym_end[];

bool ksym_is_text(u64 addr)
{
	return addr >= (u64)__text_start && addr < (u64)__text_end;
}

static const u8 *read_uleb128(const u8 *p, u64 *val)
{
	unsigned int shift = 0;

	*val = 0;
	do {
		*val |= (u64)(*p & 0x7f) << shift;
		shift += 7;
	} while (*p++ & 0x80);
	return p;
}

/* @name is that of the symbol before, and becomes that of the one at @p. */
static const u8 *read_name(const u8 *p, char *name)
{
	unsigned int n = *p & 0x80 ? *p++ & 0x7f : 0;

	do {
		name[n++] = (char)*p;
	} while (*p++ && n < NAME_SIZE);
	return p;
}

void ksym_print(u64 addr)
{
	u64 off = addr - (u64)__image_start, at = 0, step;
	const u8 *p = ksym_table;
	char name[NAME_SIZE] = "";

	while (ksym_is_text(addr) && p < ksym_end) {
		p = read_uleb128(p, &step);
		if (at + step > off)
			break;
		at += step;
		p = read_name(p, name);
	}
	printk("%016lx", addr);
	if (name[0])
		printk(" %s+0x%lx", name, off - at);
}
