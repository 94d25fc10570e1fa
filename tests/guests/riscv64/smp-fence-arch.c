// SPDX-License-Identifier: Apache-2.0
#include "../smp-fence.h"
#include <arch/sbi.h>
#include <guest/cpus.h>

/* SBI 2.0, chapter 8: RFENCE. */

enum { FENCE_I, SFENCE, SFENCE_ASID };

static bool rfence(u64 fid, u64 mask, u64 base, u64 start, u64 size)
{
	return !sbi_call(SBI_RFENCE, fid, mask, base, start, size, 0, 0).error;
}

static bool everything(u64 va, u64 size)
{
	(void)va;
	(void)size;
	return rfence(SFENCE, 0, ~0UL, 0, ~0UL);
}

static bool page(u64 va, u64 size)
{
	return rfence(SFENCE, 0, ~0UL, va, size);
}

static bool page_of_asid(u64 va, u64 size)
{
	return rfence(SFENCE_ASID, 0, ~0UL, va, size);
}

/* Only the hart that is named needs to have seen it; the call is about a set. */
static bool one_by_one(u64 va, u64 size)
{
	bool ok = true;

	for_each_other_cpu(h) ok &= rfence(SFENCE, 1, h, va, size);
	return ok;
}

bool fence_code_everywhere(u64 addr, u64 size)
{
	(void)addr;
	(void)size;
	return rfence(FENCE_I, 0, ~0UL, 0, 0);
}

/* The call did it all. */
void fence_context(void)
{
}

const struct fence arch_fences[] = {
	{ "remote sfence.vma", everything },
	{ "remote sfence.vma of a page", page },
	{ "remote sfence.vma with an ASID", page_of_asid },
	{ "remote sfence.vma of a page, one by one", one_by_one },
};
const unsigned int arch_nr_fences = ARRAY_SIZE(arch_fences);
