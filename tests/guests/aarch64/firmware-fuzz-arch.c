// SPDX-License-Identifier: Apache-2.0
#include "../firmware-fuzz.h"
#include <arch/psci.h>

/* Function identifiers of PSCI, TRNG and the architecture, others of their ranges, and any. */
static u64 random_function(void)
{
	static const u64 ranges[] = {
		0x84000000, 0xc4000000, 0x80000000, 0xc0000000, 0x84000050, 0xc4000050, 0x86000000,
		0xc6000000, 0x80007fe0, 0x82000000, 0x83000000, 0x85000000, 0x8500ff00, 0x8600ff00,
		0xb2000000, 0xbf00ff00, 0x04000000, 0x44000000, 0x00000000,
	};
	u64 r = fuzz_random();

	switch (r & 7) {
	case 0:
		return fuzz_random();
	case 1:
		return fuzz_random() & 0xffffffff;
	}
	return ranges[(r >> 8) % ARRAY_SIZE(ranges)] + (r >> 32 & 31);
}

/* The high half of w0 is nobody's. */
static bool is_left_out(u64 fn)
{
	switch (fn & ~BIT(30) & 0xffffffff) {
	case PSCI_CPU_SUSPEND:
	case PSCI_CPU_OFF:
	case PSCI_SYSTEM_OFF:
	case PSCI_SYSTEM_RESET:
	case PSCI_SYSTEM_RESET2:
	case PSCI_SYSTEM_OFF2:
	case PSCI_SYSTEM_SUSPEND:
	case PSCI_CPU_FREEZE:
	case PSCI_CPU_DEFAULT_SUSP:
		return true;
	}
	return false;
}

/* Errors have numbers down to -9; anything may succeed. */
bool fuzz_call(void)
{
	struct smccc_regs r;
	s32 error;

	do
		r.x[0] = random_function();
	while (is_left_out(r.x[0]));
	for (size_t i = 1; i < ARRAY_SIZE(r.x); i++)
		r.x[i] = fuzz_argument();
	if (fuzz_random() & 1)
		smccc_hvc(&r);
	else
		smccc_smc(&r);
	error = (s32)r.x[0];
	return error >= -9;
}
