/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIRT_DEV_PRIMECELL_H
#define VIRT_DEV_PRIMECELL_H

/*
 * What Arm's PrimeCell peripherals have in common: 32-bit registers at word distance, and at
 * the end of the page those by which they are recognised.
 */
#include <lodge/nospec.h>
#include <lodge/types.h>

#define PRIMECELL_ID 0xfe0 /* four of the peripheral, four of all PrimeCells; a byte each */

/**
 * primecell_id() - the identification register at @off; 0 before them
 * @part, @revision: of the model, 12 and 4 bits
 */
static inline u32 primecell_id(u64 off, u16 part, u8 revision)
{
	/* Designer 0x41. */
	static const u8 id[8] = { 0, 0x10, 0x04, 0x00, 0x0d, 0xf0, 0x05, 0xb1 };
	u64 n = (off - PRIMECELL_ID) / 4;

	if (off < PRIMECELL_ID || off >= PRIMECELL_ID + 4 * sizeof(id))
		return 0;
	if (n == 0)
		return (u8)part;
	if (n == 1)
		return id[1] | part >> 8;
	return (u32)(id[index_wrap_nospec(n, sizeof(id))] | (n == 2 ? revision << 4 : 0));
}

/** primecell_narrow() - what a load of @width bytes at @off sees of register @val. */
static inline u64 primecell_narrow(u32 val, u64 off, unsigned int width)
{
	return ((u64)val >> 8 * (off % 4)) & (~(u64)0 >> (64 - 8 * width));
}

#endif
