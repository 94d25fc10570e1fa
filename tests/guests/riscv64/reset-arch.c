// SPDX-License-Identifier: Apache-2.0
#include "../reset.h"
#include <arch/csr.h>
#include <arch/sbi.h>
#include <guest/fdt.h>
#include <guest/tap.h>

/* SBI 2.0, chapter 10: system reset, and the board's test device, which does the same. */

enum { SHUTDOWN, COLD_REBOOT, WARM_REBOOT };

static long reset(u64 type, u64 reason)
{
	return sbi_call3(SBI_SRST, 0, type, reason, 0).error;
}

static void cold(void)
{
	reset(COLD_REBOOT, 0);
}

static void warm(void)
{
	reset(WARM_REBOOT, 0);
}

static void test_device(void)
{
	int test = fdt_find_compatible(platform.fdt, "sifive,test0");

	mmio_write32(fdt_cell64(platform.fdt, test, "reg", 0), 0x7777);
}

const struct reset arch_resets[] = {
	{ "cold reboot", cold },
	{ "warm reboot", warm },
	{ "test device", test_device },
};
const unsigned int arch_nr_resets = ARRAY_SIZE(arch_resets);

/* The stack that a trap from user mode would go to. */
void reset_spoil(bool bad)
{
	csr_write(sscratch, bad ? 0x1234 : 0);
}

void reset_arch(void)
{
	static const struct {
		u64 type, reason;
	} bad[] = {
		{ 3, 0 },	   { 0xefffffff, 0 }, { 0xf0000000, 0 },
		{ 0xffffffff, 0 }, { SHUTDOWN, 2 },   { SHUTDOWN, 0xdfffffff },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		long e = reset(bad[i].type, bad[i].reason);

		tap_ok(e == SBI_ERR_INVALID_PARAM || e == SBI_ERR_NOT_SUPPORTED,
		       "type 0x%lx with reason 0x%lx is refused", bad[i].type, bad[i].reason);
	}
	tap_eq((u64)sbi_call3(SBI_SRST, 1, 0, 0, 0).error, (u64)SBI_ERR_NOT_SUPPORTED,
	       "function 1 is not supported");
}
