// SPDX-License-Identifier: Apache-2.0
/*
 * Forgetting host translations on all CPUs. What was not present is remembered by no TLB
 * (AMD APM vol. 2, 5.5), but the caller does not say whether something was.
 */
#include <lodge/arch.h>
#include <lodge/call.h>
#include <lodge/smp.h>
#include <asm/processor.h>

/* Pages that are forgotten one by one; more go with all the others. */
#define MAX_SINGLE 16

struct range {
	u64 va, size;
};

static void flush(void *arg)
{
	const struct range *r = arg;
	u64 at;

	/* No host translation is global. */
	if (r->size > MAX_SINGLE * PAGE_SIZE)
		write_cr3(read_cr3());
	else
		for (at = r->va; at - r->va < r->size; at += PAGE_SIZE)
			invlpg(at);
}

void arch_tlb_flush_host(u64 va, u64 size)
{
	struct range r = { va, size };

	cpus_call(cpus_online(), flush, &r);
}
