// SPDX-License-Identifier: Apache-2.0
#include "../smp-fence.h"
#include <guest/guest.h>

/* TLB and cache maintenance of the inner shareable domain (Arm ARM, D8.13, D7.5.9). */

static bool everything(u64 va, u64 size)
{
	(void)va;
	(void)size;
	__asm__ volatile("dsb ishst; tlbi vmalle1is; dsb ish; isb" ::: "memory");
	return true;
}

/* What is mapped here is global or of ASID 0. */
static bool page(u64 va, u64 size)
{
	(void)size;
	__asm__ volatile("dsb ishst; tlbi vaae1is, %0; dsb ish; isb" ::"r"(va >> PAGE_SHIFT)
			 : "memory");
	return true;
}

static bool page_of_asid(u64 va, u64 size)
{
	(void)size;
	__asm__ volatile("dsb ishst; tlbi vae1is, %0; dsb ish; isb" ::"r"(va >> PAGE_SHIFT)
			 : "memory");
	return true;
}

static bool last_level(u64 va, u64 size)
{
	(void)size;
	__asm__ volatile("dsb ishst; tlbi vale1is, %0; dsb ish; isb" ::"r"(va >> PAGE_SHIFT)
			 : "memory");
	return true;
}

bool fence_code_everywhere(u64 addr, u64 size)
{
	for (u64 a = addr; a < addr + size; a += 4)
		__asm__ volatile("dc cvau, %0; dsb ish; ic ivau, %0" ::"r"(a) : "memory");
	__asm__ volatile("dsb ish; isb" ::: "memory");
	return true;
}

void fence_context(void)
{
	__asm__ volatile("isb" ::: "memory");
}

const struct fence arch_fences[] = {
	{ "tlbi vmalle1is", everything },
	{ "tlbi vaae1is", page },
	{ "tlbi vae1is", page_of_asid },
	{ "tlbi vale1is", last_level },
};
const unsigned int arch_nr_fences = ARRAY_SIZE(arch_fences);
