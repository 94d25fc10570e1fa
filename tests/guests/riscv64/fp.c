// SPDX-License-Identifier: Apache-2.0
#include <arch/sbi.h>
#include <arch/trap.h>
#include <guest/tap.h>

/*
 * Floating-point state is the guest's own through every kind of exit and through
 * preemption. Several of these may run at once: each has its own pattern.
 */

/* 32 registers and fcsr. */
#define FP_STATE 33

void fp_load(const u64 *state);
void fp_store(u64 *state);

static u64 want[FP_STATE], got[FP_STATE];

static u64 sstatus_fs(void)
{
	return csr_read(sstatus) & SSTATUS_FS;
}

static void set_fs(u64 fs)
{
	csr_clear(sstatus, SSTATUS_FS);
	csr_set(sstatus, fs << 13);
}

static void set_pattern(u64 seed)
{
	for (u64 i = 0; i < 32; i++)
		want[i] = (seed + i) * 0x9e3779b97f4a7c15;
	want[32] = (seed % 5) << 5 | (seed & 0x1f);
}

static bool kept(void)
{
	fp_store(got);
	for (int i = 0; i < FP_STATE; i++)
		if (got[i] != want[i]) {
			tap_note("register %d: 0x%lx, not 0x%lx", i, got[i], want[i]);
			return false;
		}
	return true;
}

static void exits(void)
{
	fp_load(want);
	for (int i = 0; i < 100; i++)
		sbi_call3(SBI_BASE, 0, 0, 0, 0);
	tap_ok(kept(), "firmware calls keep the registers");
	for (int i = 0; i < 100; i++)
		mmio_write8(platform.uart + 7, mmio_read8(platform.uart + 7));
	tap_ok(kept(), "so do device accesses");
	for (u64 i = 0; i < 64; i++)
		*(volatile u64 *)(ram_free_start() + MIB(2) + i * PAGE_SIZE) = i;
	tap_ok(kept(), "and first touches");
	csr_set(sie, BIT(IRQ_TIMER));
	sbi_set_timer(arch_time() + arch_ticks_from_us(20000));
	while (!irq_pending(IRQ_TIMER))
		wfi();
	csr_clear(sie, BIT(IRQ_TIMER));
	sbi_set_timer(~0UL);
	tap_ok(kept(), "and a sleep");
}

static void preemption(void)
{
	bool good = true;
	u64 seed = arch_time();

	for (int i = 0; i < 100 && good; i++) {
		u64 end;

		set_pattern(seed + (u64)i);
		fp_load(want);
		end = arch_time() + arch_ticks_from_us(5000);
		while (arch_time() < end)
			;
		good = kept();
	}
	tap_ok(good, "and half a second of computing, whoever else runs");
}

static void states(void)
{
	set_fs(0);
	trap_catch();
	fp_store(got);
	tap_ok(trap_caught().cause == CAUSE_ILLEGAL, "with FS off an access is illegal");
	set_fs(1);
	tap_ok(sstatus_fs() == 1UL << 13, "FS can be initial");
	fp_load(want);
	tap_ok(sstatus_fs() == 3UL << 13, "a write makes it dirty");
	tap_ok(csr_read(sstatus) >> 63, "and SD tells");
	set_fs(2);
	sbi_call3(SBI_BASE, 0, 0, 0, 0);
	tap_ok(sstatus_fs() == 2UL << 13, "clean stays clean through a call");
	tap_ok(kept(), "with the registers kept");
	set_fs(0);
	sbi_call3(SBI_BASE, 0, 0, 0, 0);
	set_fs(1);
	tap_ok(kept(), "and off and on again too");
}

int guest_main(void)
{
	set_pattern(arch_time());
	states();
	set_fs(1);
	exits();
	preemption();
	return tap_done();
}
