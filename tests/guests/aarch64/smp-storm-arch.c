// SPDX-License-Identifier: Apache-2.0
#include "../smp-storm.h"
#include <guest/guest.h>

/* TLB maintenance of the inner shareable domain (Arm ARM, D8.13). */
bool storm_fence(u64 va, u64 round)
{
	if (round & 1)
		__asm__ volatile("dsb ishst; tlbi vmalle1is; dsb ish; isb" ::: "memory");
	else
		__asm__ volatile("dsb ishst; tlbi vaae1is, %0; dsb ish; isb" ::"r"(va >> PAGE_SHIFT)
				 : "memory");
	return true;
}
