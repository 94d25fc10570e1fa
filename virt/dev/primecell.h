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

/** primecell_id() - the identification register at @off of model @part, 12 bits; 0 before them. */
static inline u32 primecell_id(u64 off, u16 part)
{
	/* Designer 0x41, revision 1, as on QEMU's board. */
	static const u8 id[8] = { 0, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1 };

	if (off < PRIMECELL_ID || off >= PRIMECELL_ID + 4 * sizeof(id))
		return 0;
	if (off == PRIMECELL_ID)
		return (u8)part;
	if (off == PRIMECELL_ID + 4)
		return id[1] | part >> 8;
	return id[index_wrap_nospec((off - PRIMECELL_ID) / 4, sizeof(id))];
}

/** primecell_narrow() - what a load of @width bytes at @off sees of register @val. */
static inline u64 primecell_narrow(u32 val, u64 off, unsigned int width)
{
	return ((u64)val >> 8 * (off % 4)) & (~(u64)0 >> (64 - 8 * width));
}

#endif
