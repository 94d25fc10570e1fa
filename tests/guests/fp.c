// SPDX-License-Identifier: Apache-2.0
#include "fp.h"
#include <guest/irq.h>
#include <guest/tap.h>

/*
 * Floating-point state is the guest's own through every kind of exit and through
 * preemption. Several of these may run at once: each has its own pattern.
 */

u64 fp_want[FP_STATE], fp_got[FP_STATE];

static void set_pattern(u64 seed)
{
	for (u64 i = 0; i < FP_STATE - FP_CONTROLS; i++)
		fp_want[i] = (seed + i) * 0x9e3779b97f4a7c15;
	fp_controls(&fp_want[FP_STATE - FP_CONTROLS], seed);
}

bool fp_kept(void)
{
	fp_store(fp_got);
	for (int i = 0; i < FP_STATE; i++)
		if (fp_got[i] != fp_want[i]) {
			tap_note("word %d: 0x%lx, not 0x%lx", i, fp_got[i], fp_want[i]);
			return false;
		}
	return true;
}

static void exits(void)
{
	fp_load(fp_want);
	for (int i = 0; i < 100; i++)
		arch_firmware_call();
	tap_ok(fp_kept(), "firmware calls keep the registers");
	for (int i = 0; i < 100; i++)
		mmio_write32(intc_register(), mmio_read32(intc_register()));
	tap_ok(fp_kept(), "so do device accesses");
	for (u64 i = 0; i < 64; i++)
		*(volatile u64 *)(ram_free_start() + MIB(2) + i * PAGE_SIZE) = i;
	tap_ok(fp_kept(), "and first touches");
	irq_unmask(IRQ_TIMER);
	timer_set(arch_time() + arch_ticks_from_us(20000));
	while (!irq_pending(IRQ_TIMER))
		wfi();
	irq_mask(IRQ_TIMER);
	timer_set(~0UL);
	tap_ok(fp_kept(), "and a sleep");
}

static void preemption(void)
{
	bool good = true;
	u64 seed = arch_time();

	for (int i = 0; i < 100 && good; i++) {
		u64 end;

		set_pattern(seed + (u64)i);
		fp_load(fp_want);
		end = arch_time() + arch_ticks_from_us(5000);
		while (arch_time() < end)
			;
		good = fp_kept();
	}
	tap_ok(good, "and half a second of computing, whoever else runs");
}

int guest_main(void)
{
	set_pattern(arch_time());
	fp_arch();
	exits();
	preemption();
	return tap_done();
}
