// SPDX-License-Identifier: Apache-2.0
/* page_zero() by the instruction that is made for it (DC ZVA). */
#include <lodge/page_alloc.h>
#include <asm/sysreg.h>
#include <asm/sysreg_id.h>

static void zero_by_stores(u8 *at, const u8 *end)
{
	for (; at < end; at += 64)
		__asm__ volatile("stp xzr, xzr, [%0]\n\t"
				 "stp xzr, xzr, [%0, #16]\n\t"
				 "stp xzr, xzr, [%0, #32]\n\t"
				 "stp xzr, xzr, [%0, #48]" ::"r"(at)
				 : "memory");
}

void page_zero(void *p, u64 size)
{
	u64 dczid = read_sysreg(DCZID_EL0);
	u64 block = 4ul << (dczid & DCZID_BS); /* 2 KiB at most */
	u8 *at = p, *end = at + size;

	if (dczid & DCZID_DZP || !IS_ALIGNED((u64)p | size, block)) {
		zero_by_stores(at, end);
		return;
	}
	for (; at < end; at += block)
		__asm__ volatile("dc zva, %0" ::"r"(at) : "memory");
}
