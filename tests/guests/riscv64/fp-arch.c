// SPDX-License-Identifier: Apache-2.0
#include "../fp.h"
#include <arch/csr.h>
#include <arch/sbi.h>
#include <guest/tap.h>
#include <guest/trap.h>

/* mstatus.FS (Privileged architecture 1.12, 3.1.6.6). */

static u64 sstatus_fs(void)
{
	return csr_read(sstatus) & SSTATUS_FS;
}

static void set_fs(u64 fs)
{
	csr_clear(sstatus, SSTATUS_FS);
	csr_set(sstatus, fs << 13);
}

/* fcsr: a rounding mode and flags. */
void fp_controls(u64 *controls, u64 seed)
{
	controls[0] = (seed % 5) << 5 | (seed & 0x1f);
}

void fp_arch(void)
{
	set_fs(0);
	trap_catch();
	fp_store(fp_got);
	tap_ok(trap_caught().cause == CAUSE_ILLEGAL, "with FS off an access is illegal");
	set_fs(1);
	tap_ok(sstatus_fs() == 1UL << 13, "FS can be initial");
	fp_load(fp_want);
	tap_ok(sstatus_fs() == 3UL << 13, "a write makes it dirty");
	tap_ok(csr_read(sstatus) >> 63, "and SD tells");
	set_fs(2);
	sbi_call3(SBI_BASE, 0, 0, 0, 0);
	tap_ok(sstatus_fs() == 2UL << 13, "clean stays clean through a call");
	tap_ok(fp_kept(), "with the registers kept");
	set_fs(0);
	sbi_call3(SBI_BASE, 0, 0, 0, 0);
	set_fs(1);
	tap_ok(fp_kept(), "and off and on again too");
}
