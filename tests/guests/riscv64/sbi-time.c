// SPDX-License-Identifier: Apache-2.0
#include <arch/sbi.h>
#include <guest/irq.h>
#include <guest/tap.h>

/* SBI 2.0, chapter 6: TIME. */

static volatile u64 ticks, fired_at;

static void on_timer(struct trap_frame *f)
{
	(void)f;
	fired_at = arch_time();
	ticks++;
	sbi_set_timer(~0UL);
}

static bool pending(void)
{
	return irq_pending(IRQ_TIMER);
}

static void wait_until(u64 when)
{
	while (arch_time() < when)
		;
}

/* Return: how late it came, in ticks of the clock; -1 if it was early or not at all. */
static long fire_after(u64 us)
{
	u64 when = arch_time() + arch_ticks_from_us(us);
	u64 before = ticks;

	sbi_set_timer(when);
	irq_enable();
	for (u64 end = guest_give_up(); ticks == before && arch_time() < end;)
		;
	wait_until(arch_time() + arch_ticks_from_us(2000)); /* for another */
	irq_disable();
	return ticks == before + 1 && fired_at >= when ? (long)(fired_at - when) : -1;
}

static void delivery(void)
{
	static const u64 delays[] = { 0, 1, 100, 2000, 50000 };

	csr_set(sie, BIT(IRQ_TIMER));
	for (size_t i = 0; i < ARRAY_SIZE(delays); i++) {
		long late = fire_after(delays[i]);

		tap_ok(late >= 0, "a timer %lu us ahead fires once, not early", delays[i]);
		tap_note("late by %ld ticks", late);
	}
	csr_clear(sie, BIT(IRQ_TIMER));
}

/* Where the host makes the timer, it is as late as the host is. */
static bool becomes_pending(void)
{
	u64 end = guest_give_up();

	while (!pending() && arch_time() < end)
		;
	return pending();
}

static void pending_bit(void)
{
	sbi_set_timer(~0UL);
	tap_ok(!pending(), "the last time there is never comes");
	sbi_set_timer(0);
	tap_ok(becomes_pending(), "a time that has passed is pending at once");
	irq_enable();
	irq_disable();
	tap_eq(irq_unhandled, 0, "an interrupt masked in sie is not taken");
	sbi_set_timer(arch_time() + arch_ticks_from_us(3600000000));
	tap_ok(!pending(), "arming it again clears the pending bit");
	csr_write(sip, BIT(IRQ_TIMER));
	tap_ok(!pending(), "the guest cannot set the pending bit itself");
	sbi_set_timer(0);
	tap_ok(becomes_pending(), "a time that has passed is pending again");
	csr_write(sip, 0);
	tap_ok(pending(), "nor can it clear it");
	sbi_set_timer(~0UL);
	tap_ok(!pending(), "the last time clears it");
}

static void many(void)
{
	u64 before = ticks, deadline;

	csr_set(sie, BIT(IRQ_TIMER));
	irq_enable();
	for (int i = 0; i < 200; i++) {
		u64 want = ticks + 1;

		deadline = guest_give_up();
		sbi_set_timer(arch_time() + arch_ticks_from_us(50));
		while (ticks < want && arch_time() < deadline)
			;
	}
	irq_disable();
	tap_eq(ticks - before, 200, "200 timers, one after the other, all fire");
}

int guest_main(void)
{
	irq_set_handler(IRQ_TIMER, on_timer);
	tap_eq((u64)sbi_set_timer(~0UL).error, SBI_SUCCESS, "set_timer succeeds");
	pending_bit();
	delivery();
	many();
	tap_eq((u64)sbi_call3(SBI_TIME, 1, 0, 0, 0).error, (u64)SBI_ERR_NOT_SUPPORTED,
	       "function 1 is not supported");
	return tap_done();
}
