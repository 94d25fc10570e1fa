// SPDX-License-Identifier: Apache-2.0
#include "../fp.h"
#include <arch/regs.h>
#include <guest/guest.h>
#include <guest/tap.h>
#include <guest/trap.h>

/* SSE state, behind CR4.OSFXSR and CR0.TS (AMD APM vol. 2, 11.3). */

#define VECTOR_NM 7

void fp_touch(u64 v);

/* Rounding, flags; all exceptions masked. */
void fp_controls(u64 *controls, u64 seed)
{
	controls[0] = 0x1f80 | (seed & 3) << 13 | (seed >> 2 & 0x3f);
}

/* Vector of what an SSE instruction raises; 0 if nothing. It is skipped. */
static u64 touch(void)
{
	trap_catch();
	fp_touch(1);
	return trap_caught().cause & 0xff;
}

void fp_arch(void)
{
	cr_write(4, cr_read(4) & ~(u64)CR4_OSFXSR);
	tap_eq(touch(), VECTOR_UD, "without CR4.OSFXSR an access is undefined");
	cr_write(4, cr_read(4) | CR4_OSFXSR | CR4_OSXMMEXCPT);
	cr_write(0, cr_read(0) | CR0_TS);
	tap_eq(touch(), VECTOR_NM, "with CR0.TS it is the guest's own trap");
	__asm__ volatile("clts");
	tap_eq(touch(), 0, "and then it works");
	fp_load(fp_want);
	cr_write(0, cr_read(0) | CR0_TS);
	arch_firmware_call();
	__asm__ volatile("clts");
	tap_ok(fp_kept(), "off and on again keeps the registers");
}
