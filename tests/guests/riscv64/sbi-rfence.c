// SPDX-License-Identifier: Apache-2.0
#include <arch/sbi.h>
#include <guest/tap.h>
#include <guest/trap.h>

/* SBI 2.0, chapter 8: RFENCE. */

enum { FENCE_I, SFENCE, SFENCE_ASID, HFENCE_GVMA_VMID, HFENCE_GVMA, HFENCE_VVMA_ASID, HFENCE_VVMA };

static long rfence(u64 fid, u64 mask, u64 base, u64 start, u64 size, u64 asid)
{
	return sbi_call(SBI_RFENCE, fid, mask, base, start, size, asid, 0).error;
}

static void guest_fences(u64 fid, const char *name)
{
	u64 self = platform.boot_cpu;

	tap_ok(!rfence(fid, 1, self, 0, 0, 0), "%s of everything", name);
	tap_ok(!rfence(fid, 1, self, 0, ~0UL, 0), "%s with the largest size", name);
	tap_ok(!rfence(fid, 1, self, 0x80000000, PAGE_SIZE, 1), "%s of a page", name);
	tap_ok(!rfence(fid, 0, ~0UL, 0x80000000, GIB(1), 1), "%s of a GiB, on all harts", name);
	tap_ok(!rfence(fid, 0, 0, 0, 0, 0), "%s on no hart", name);
	tap_ok(rfence(fid, BIT(63), 0, 0, 0, 0) == SBI_ERR_INVALID_PARAM,
	       "%s on a hart that is not there is refused", name);
	tap_ok(rfence(fid, 1, ~0UL - 1, 0, 0, 0) == SBI_ERR_INVALID_PARAM,
	       "%s with a base out of range is refused", name);
}

static void odd_ranges(void)
{
	u64 self = platform.boot_cpu;
	long e;

	e = rfence(SFENCE, 1, self, ~0UL - 100, 4096, 0);
	tap_ok(e == SBI_SUCCESS || e == SBI_ERR_INVALID_ADDRESS, "a range that wraps is survived");
	e = rfence(SFENCE, 1, self, 0x80000001, 3, 0);
	tap_ok(e == SBI_SUCCESS || e == SBI_ERR_INVALID_ADDRESS, "and one that is not aligned");
	e = rfence(SFENCE_ASID, 1, self, 0, 0, ~0UL);
	tap_ok(e == SBI_SUCCESS || e == SBI_ERR_INVALID_PARAM, "and an ASID too large");
	e = rfence(SFENCE, 1, self, 0, BIT(62), 0);
	tap_ok(e == SBI_SUCCESS || e == SBI_ERR_INVALID_ADDRESS,
	       "a huge range is not walked page by page");
}

int guest_main(void)
{
	guest_fences(FENCE_I, "fence.i");
	guest_fences(SFENCE, "sfence.vma");
	guest_fences(SFENCE_ASID, "sfence.vma with an ASID");
	odd_ranges();
	for (u64 fid = HFENCE_GVMA_VMID; fid <= HFENCE_VVMA; fid++)
		tap_ok(rfence(fid, 1, platform.boot_cpu, 0, 0, 0) == SBI_ERR_NOT_SUPPORTED,
		       "hypervisor fence %lu is not supported", fid);
	tap_ok(rfence(7, 1, platform.boot_cpu, 0, 0, 0) == SBI_ERR_NOT_SUPPORTED,
	       "function 7 is not supported");
	return tap_done();
}
