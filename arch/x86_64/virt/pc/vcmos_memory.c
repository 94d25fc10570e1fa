// SPDX-License-Identifier: Apache-2.0
/* Sizes of memory, for firmware and kernels that look nowhere else. */
#include <lodge/string.h>
#include "vcmos.h"

/* Pairs of bytes, the low one first. */
enum {
	REG_BASE_KIB = 0x15,
	REG_EXTENDED_KIB = 0x17,
	REG_EXTENDED_KIB_2 = 0x30,
	REG_ABOVE_16M = 0x34, /* in 64 KiB */
	REG_ABOVE_4G = 0x5b,  /* the same, of three bytes */
};

static void put_size(u8 *at, u64 size, unsigned int bytes)
{
	for (size = min(size, BIT(8 * bytes) - 1); bytes; bytes--, size >>= 8)
		*at++ = (u8)size;
}

void vcmos_put_memory(const struct vm_config *cfg, u8 *mem)
{
	u64 low = 0, high = 0;
	unsigned int i;

	for (i = 0; i < cfg->memory.count; i++) {
		const struct region *r = &cfg->memory.r[i];
		u64 end = r->gpa.v + r->size;

		if (!region_is_ram(r))
			continue;
		if (r->gpa.v <= MIB(1) && end > MIB(1))
			low = min(end, GIB(4)) - MIB(1);
		if (end > GIB(4))
			high += end - max(r->gpa.v, GIB(4));
	}
	put_size(mem + REG_BASE_KIB, 640, 2);
	put_size(mem + REG_EXTENDED_KIB, low / KIB(1), 2);
	put_size(mem + REG_EXTENDED_KIB_2, low / KIB(1), 2);
	put_size(mem + REG_ABOVE_16M, low > MIB(15) ? (low - MIB(15)) / KIB(64) : 0, 2);
	put_size(mem + REG_ABOVE_4G, high / KIB(64), 3);
}
