// SPDX-License-Identifier: Apache-2.0
#include <arch/csr.h>
#include <guest/guest.h>
#include <guest/tap.h>

/*
 * FP registers that this guest has never written are 0, whoever else runs and uses them. For as many
 * milliseconds as the boot argument "ms=" says.
 */

/* Its number is in the instruction: fmv.x.d. */
#define FP_REG(n)                                                                                  \
	({                                                                                         \
		u64 fp_v;                                                                          \
		__asm__ volatile(".insn r 0x53, 0, 0x71, %0, x" #n ", x0" : "=r"(fp_v)::"memory"); \
		fp_v;                                                                              \
	})

int guest_main(void)
{
	u64 end = arch_time() + arch_ticks_from_us(1000 * bootarg_number("ms", 100)), seen = 0;

	while (arch_time() < end)
		seen |= FP_REG(0) | FP_REG(9) | FP_REG(17) | FP_REG(31);
	tap_ok(!seen, "its FP registers are 0 (seen: %lx)", seen);
	return tap_done();
}
