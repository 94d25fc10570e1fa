// SPDX-License-Identifier: Apache-2.0
#include <arch/sbi.h>
#include <guest/tap.h>
#include <guest/trap.h>

/* SBI 2.0, chapter 9: hart state management, as far as one hart can see it. */

enum { HART_START, HART_STOP, HART_GET_STATUS, HART_SUSPEND };
enum { STARTED = 0 };
#define RETENTIVE     0x00000000
#define NON_RETENTIVE 0x80000000

struct hsm_resumed {
	u64 hartid, opaque, satp, sstatus;
};

/* Non-retentive suspend. Return: 1 and @r filled in if it resumed; else the SBI error. */
long hsm_suspend(u64 type, u64 opaque, struct hsm_resumed *r);

static long hsm(u64 fid, u64 a, u64 b, u64 c)
{
	return sbi_call3(SBI_HSM, fid, a, b, c).error;
}

static void status(void)
{
	struct sbiret r = sbi_call3(SBI_HSM, HART_GET_STATUS, platform.boot_cpu, 0, 0);

	tap_ok(!r.error && r.value == STARTED, "this hart is started");
	tap_eq((u64)hsm(HART_GET_STATUS, 4000, 0, 0), (u64)SBI_ERR_INVALID_PARAM,
	       "the status of a hart that is not there is refused");
	tap_eq((u64)hsm(HART_GET_STATUS, ~0UL, 0, 0), (u64)SBI_ERR_INVALID_PARAM,
	       "that of the last number too");
	tap_eq((u64)hsm(HART_GET_STATUS, BIT(32) | platform.boot_cpu, 0, 0),
	       (u64)SBI_ERR_INVALID_PARAM, "a hart ID has 64 bits");
}

static void start(void)
{
	tap_eq((u64)hsm(HART_START, platform.boot_cpu, 0x80200000, 0),
	       (u64)SBI_ERR_ALREADY_AVAILABLE, "starting oneself: already there");
	tap_eq((u64)hsm(HART_START, 4000, 0x80200000, 0), (u64)SBI_ERR_INVALID_PARAM,
	       "starting a hart that is not there is refused");
	tap_eq((u64)hsm(HART_START, ~0UL, ~0UL, ~0UL), (u64)SBI_ERR_INVALID_PARAM,
	       "starting the last number is refused");
}

static void arm(u64 us)
{
	csr_set(sie, BIT(IRQ_TIMER));
	sbi_set_timer(arch_time() + arch_ticks_from_us(us));
}

static void disarm(void)
{
	csr_clear(sie, BIT(IRQ_TIMER));
	sbi_set_timer(~0UL);
}

static void suspend_retentive(void)
{
	u64 t0 = arch_time();

	arm(20000);
	tap_eq((u64)hsm(HART_SUSPEND, RETENTIVE, 0, 0), SBI_SUCCESS,
	       "retentive suspend returns when a timer wakes it");
	tap_ok(arch_time() - t0 >= arch_ticks_from_us(20000), "and not before");
	disarm();
}

static void suspend_non_retentive(void)
{
	struct hsm_resumed r = { .satp = ~0UL };
	long ret;

	csr_set(sstatus, SSTATUS_SUM);
	arm(20000);
	ret = hsm_suspend(NON_RETENTIVE, 0xfeedULL << 32 | 0xbeef, &r);
	disarm();
	if (!tap_eq((u64)ret, 1, "non-retentive suspend resumes at the address given"))
		return;
	tap_eq(r.hartid, platform.boot_cpu, "with the hart ID in a0");
	tap_eq(r.opaque, 0xfeedULL << 32 | 0xbeef, "the opaque value in a1");
	tap_eq(r.satp, 0, "paging off");
	tap_eq(r.sstatus & SSTATUS_SIE, 0, "interrupts off");
}

static void suspend_refused(void)
{
	tap_eq((u64)hsm(HART_SUSPEND, 1, 0, 0), (u64)SBI_ERR_INVALID_PARAM,
	       "a reserved suspend type is refused");
	tap_eq((u64)hsm(HART_SUSPEND, 0x80000001, 0x80200000, 0), (u64)SBI_ERR_INVALID_PARAM,
	       "a reserved non-retentive one too");
	tap_eq((u64)hsm(4, 0, 0, 0), (u64)SBI_ERR_NOT_SUPPORTED, "function 4 is not supported");
	tap_eq((u64)hsm(HART_SUSPEND, NON_RETENTIVE, ~1UL, 0), (u64)SBI_ERR_INVALID_ADDRESS,
	       "a resume address that is no memory is refused");
}

int guest_main(void)
{
	status();
	start();
	suspend_retentive();
	suspend_non_retentive();
	suspend_refused();
	return tap_done();
}
