// SPDX-License-Identifier: Apache-2.0
#include "../fp.h"
#include <arch/sysreg.h>
#include <guest/guest.h>
#include <guest/tap.h>
#include <guest/trap.h>

/* CPACR_EL1.FPEN (Arm ARM, D17.2.30). */

static void set_fpen(u64 fpen)
{
	sysreg_write(cpacr_el1, fpen << 20);
	isb();
}

/* FPCR: a rounding mode, default NaN, flush to zero; FPSR: flags. */
void fp_controls(u64 *controls, u64 seed)
{
	controls[0] = (seed & 15) << 22;
	controls[1] = (seed >> 4 & 0x1f) | (seed & 1) << 27;
}

void fp_arch(void)
{
	u64 cause;

	set_fpen(0);
	trap_catch();
	(void)sysreg_read(fpcr);
	cause = trap_caught().cause;
	tap_ok(ESR_EC(cause) == EC_FP, "with FPEN 0 an access is the guest's own trap");
	set_fpen(2);
	trap_catch();
	(void)sysreg_read(fpcr);
	cause = trap_caught().cause;
	tap_ok(ESR_EC(cause) == EC_FP, "and with FPEN 2");
	set_fpen(3);
	tap_eq(sysreg_read(cpacr_el1) >> 20 & 3, 3, "FPEN reads back");
	fp_load(fp_want);
	set_fpen(0);
	arch_firmware_call();
	set_fpen(3);
	tap_ok(fp_kept(), "off and on again keeps the registers");
}
