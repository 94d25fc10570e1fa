// SPDX-License-Identifier: Apache-2.0
#include "../reset.h"
#include <arch/psci.h>
#include <arch/sysreg.h>
#include <guest/tap.h>

/* PSCI 1.1, 5.10 and 5.11: SYSTEM_RESET, SYSTEM_RESET2. */

#define WARM_RESET 0

static void system_reset(void)
{
	psci_call(PSCI_SYSTEM_RESET, 0, 0, 0);
}

static void warm_reset(void)
{
	psci_call(PSCI_SYSTEM_RESET2, WARM_RESET, 0, 0);
}

static void warm_reset_64(void)
{
	psci_call(SMCCC_64(PSCI_SYSTEM_RESET2), WARM_RESET, 0, 0);
}

const struct reset arch_resets[] = {
	{ "SYSTEM_RESET", system_reset },
	{ "SYSTEM_RESET2", warm_reset },
	{ "SYSTEM_RESET2 by SMC64", warm_reset_64 },
};
const unsigned int arch_nr_resets = ARRAY_SIZE(arch_resets);

/* Translation from a table that is empty; MMU and caches stay off. */
void reset_spoil(bool bad)
{
	sysreg_write(ttbr0_el1, bad ? 0x1234000 : 0);
	sysreg_write(cpacr_el1, bad ? CPACR_FPEN : 0);
	sysreg_write(cntv_ctl_el0, bad ? 1 : 0);
}

/* Architectural types but 0 are reserved; so are a vendor's, of which there is none here. */
void reset_arch(void)
{
	static const u64 bad[] = { 1, 2, 0x7fffffff, 0x80000000, 0xffffffff };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		long e = psci_call(PSCI_SYSTEM_RESET2, bad[i], 0, 0);

		tap_ok(e == PSCI_INVALID_PARAMS || e == PSCI_NOT_SUPPORTED,
		       "SYSTEM_RESET2 of type 0x%lx is refused", bad[i]);
	}
	tap_eq(sysreg_read(ttbr0_el1) >> 12, 0, "a reset has cleared TTBR0_EL1");
	tap_eq(sysreg_read(cntv_ctl_el0) & 1, 0, "and stopped the timer");
}
