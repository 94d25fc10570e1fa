/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_BITOPS_H
#define LODGE_BITOPS_H

#include <lodge/types.h>

/*
 * Where CPUs need not have instructions for it (CONFIG_HAVE_BIT_SCAN), by tables: the compiler's own
 * built-ins would call its library, which is not there.
 */

/* Where the only bit of a number is, indexed by the top six bits of its product with
 * DE_BRUIJN_64, which differ for all 64 such numbers. */
#define DE_BRUIJN_64 0x03f79d71b4cb0a89ul
extern const u8 bit_index_table[64];

/** ctz64() - number of zeroes below the lowest bit that is set; 64 for 0. */
static inline unsigned int ctz64(u64 v)
{
	if (IS_ENABLED(CONFIG_HAVE_BIT_SCAN))
		return v ? (unsigned int)__builtin_ctzll(v) : 64;
	return v ? bit_index_table[((v & -v) * DE_BRUIJN_64) >> 58] : 64;
}

/** fls64() - number of the highest bit that is set, counted from 1; 0 for 0. */
static inline unsigned int fls64(u64 v)
{
	if (!v)
		return 0;
	if (IS_ENABLED(CONFIG_HAVE_BIT_SCAN))
		return 64u - (unsigned int)__builtin_clzll(v);
	for (unsigned int i = 1; i < 64; i *= 2)
		v |= v >> i;
	return bit_index_table[((v - (v >> 1)) * DE_BRUIJN_64) >> 58] + 1u;
}

/** clz64() - number of zeroes above the highest bit that is set; 64 for 0. */
static inline unsigned int clz64(u64 v)
{
	return 64 - fls64(v);
}

/** popcount64() - number of bits that are set. */
static inline unsigned int popcount64(u64 v)
{
	v -= (v >> 1) & 0x5555555555555555ul;
	v = (v & 0x3333333333333333ul) + ((v >> 2) & 0x3333333333333333ul);
	v = (v + (v >> 4)) & 0x0f0f0f0f0f0f0f0ful;
	return (unsigned int)((v * 0x0101010101010101ul) >> 56);
}

#endif
