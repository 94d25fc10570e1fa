// SPDX-License-Identifier: Apache-2.0
/* page_zero() by the instruction that is made for it (DC ZVA). */
#include <lodge/kasan.h>
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

static void clean(u8 *at, const u8 *end, u64 line)
{
	for (; at < end; at += line)
		__asm__ volatile("dc civac, %0" ::"r"(at) : "memory");
}

/* One cache line of zeroes, in memory and not only in the cache. */
#define ZERO_LINE "dc zva, %0\n\tdc civac, %0\n\tadd %0, %0, %1\n\t"
#define UNROLLED  8

static void zero_lines(u8 *at, const u8 *end, u64 line)
{
	while (at < end)
		__asm__ volatile(ZERO_LINE ZERO_LINE ZERO_LINE ZERO_LINE ZERO_LINE ZERO_LINE
					 ZERO_LINE ZERO_LINE
				 : "+r"(at)
				 : "r"(line)
				 : "memory");
}

/*
 * The zeroes are written back to where all see them: a guest whose MMU is off does not look
 * into caches, and must not find there what the page held before.
 */
void page_zero(void *p, u64 size)
{
	u64 dczid = read_sysreg(DCZID_EL0), ctr = read_sysreg(CTR_EL0);
	u64 block = 4ul << (dczid & DCZID_BS);
	u64 line = 4ul << (ctr >> CTR_DMINLINE & CTR_LINE);
	u8 *at = p, *end = at + size;

	kasan_check_range(p, size, true);
	if (likely(block == line) && likely(!(dczid & DCZID_DZP)) &&
	    likely(IS_ALIGNED((u64)p | size, UNROLLED * block))) {
		zero_lines(at, end, line);
	} else {
		zero_by_stores(at, end);
		clean(at, end, line);
	}
	__asm__ volatile("dsb sy" ::: "memory");
}
