// SPDX-License-Identifier: Apache-2.0
#include "../smp-storm.h"
#include <arch/sbi.h>
#include <guest/guest.h>

/* SBI 2.0, chapter 8: remote SFENCE.VMA of all harts, this one as well, by address or of everything. */
bool storm_fence(u64 va, u64 round)
{
	bool all = round & 1;

	return !sbi_call(SBI_RFENCE, 1, 0, ~0UL, all ? 0 : va, all ? ~0UL : PAGE_SIZE, 0, 0).error;
}
