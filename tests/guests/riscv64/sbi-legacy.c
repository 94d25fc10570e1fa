// SPDX-License-Identifier: Apache-2.0
#include <arch/sbi.h>
#include <guest/irq.h>
#include <guest/tap.h>

/* SBI 2.0, chapter 5: the legacy calls, 0 to 8. They change no register but a0. */

enum { SET_TIMER, PUTCHAR, GETCHAR, CLEAR_IPI, SEND_IPI, FENCE_I, SFENCE, SFENCE_ASID, SHUTDOWN };

static bool pending(unsigned int irq)
{
	return irq_pending(irq);
}

static void timer(void)
{
	u64 end;

	tap_eq((u64)sbi_legacy(SET_TIMER, 0, 0, 0, 0), 0, "set_timer");
	end = arch_time() + arch_ticks_from_us(1000);
	while (arch_time() < end)
		;
	tap_ok(pending(IRQ_TIMER), "it makes the timer pending");
	sbi_legacy(SET_TIMER, ~0UL, 0, 0, 0);
	tap_ok(!pending(IRQ_TIMER), "and arming it again clears that");
}

static void console(void)
{
	static const char text[] = "# written one character at a time\n";
	bool good = true;

	for (size_t i = 0; text[i]; i++)
		good &= !sbi_legacy(PUTCHAR, (u8)text[i], 0, 0, 0);
	tap_ok(good, "putchar");
	tap_ok(sbi_legacy(GETCHAR, 0, 0, 0, 0) >= -1, "getchar returns without waiting");
}

static void ipi(u64 *mask)
{
	tap_eq((u64)sbi_legacy(SEND_IPI, (u64)mask, 0, 0, 0), 0, "send_ipi");
	tap_ok(pending(IRQ_SOFT), "it arrives");
	sbi_legacy(CLEAR_IPI, 0, 0, 0, 0);
	tap_ok(!pending(IRQ_SOFT), "clear_ipi clears it");
}

static void fences(u64 *mask)
{
	for (u64 eid = FENCE_I; eid <= SFENCE_ASID; eid++)
		tap_ok(!sbi_legacy(eid, (u64)mask, 0x80000000, PAGE_SIZE, 1), "remote fence %lu",
		       eid);
}

/* The mask is in the guest's memory, by its own addresses. */
static void bad_masks(void)
{
	static const u64 bad[] = { ~7UL, 0x10000001, BIT(62), 0x7ffffffc, 0x8000000000000000 };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		trap_catch();
		sbi_legacy(SEND_IPI, bad[i], 0, 0, 0);
		sbi_legacy(SFENCE, bad[i], 0, 0, 0);
		trap_caught();
		csr_clear(sip, BIT(IRQ_SOFT));
		tap_ok(true, "a mask at 0x%lx is survived", bad[i]);
	}
}

int guest_main(void)
{
	u64 mask = BIT(platform.boot_cpu);
	int status;

	timer();
	console();
	ipi(&mask);
	fences(&mask);
	bad_masks();
	tap_ok(sbi_legacy(9, 0, 0, 0, 0) == SBI_ERR_NOT_SUPPORTED, "call 9 is not supported");
	status = tap_done();
	if (!status)
		sbi_legacy(SHUTDOWN, 0, 0, 0, 0);
	return 1; /* it should not have come back */
}
