// SPDX-License-Identifier: Apache-2.0
#include <arch/sbi.h>
#include <guest/irq.h>
#include <guest/tap.h>

/* Sstc 1.0: the supervisor's own timer compare register, where the ISA string has it. */

static volatile u64 ticks, fired_at;

static void on_timer(struct trap_frame *f)
{
	(void)f;
	fired_at = arch_time();
	ticks++;
	csr_write(0x14d, ~0UL);
}

static bool pending(void)
{
	return irq_pending(IRQ_TIMER);
}

static void without_sstc(void)
{
	trap_catch();
	(void)csr_read(0x14d);
	tap_ok(trap_caught().cause == CAUSE_ILLEGAL, "without Sstc, stimecmp is illegal");
}

static void with_sstc(void)
{
	u64 before, when;

	csr_write(0x14d, ~0UL);
	tap_eq(csr_read(0x14d), ~0UL, "stimecmp reads back");
	tap_ok(!pending(), "the largest value never comes");
	csr_write(0x14d, 0);
	tap_ok(pending(), "a value that has passed is pending at once");
	csr_write(0x14d, ~0UL);
	tap_ok(!pending(), "and a later one takes it back at once");

	csr_set(sie, BIT(IRQ_TIMER));
	when = arch_time() + arch_ticks_from_us(20000);
	csr_write(0x14d, when);
	irq_enable();
	for (u64 end = guest_give_up(); !ticks && arch_time() < end;)
		;
	irq_disable();
	tap_ok(ticks == 1 && fired_at >= when, "the interrupt comes, not early");
	tap_note("late by %ld ticks", (long)(fired_at - when));

	before = ticks;
	when = arch_time() + arch_ticks_from_us(20000);
	csr_write(0x14d, when);
	while (!pending())
		wfi();
	irq_enable();
	irq_disable();
	tap_ok(ticks == before + 1 && fired_at >= when, "it wakes WFI");
	tap_note("late by %ld ticks", (long)(fired_at - when));

	csr_clear(sie, BIT(IRQ_TIMER));
	csr_write(0x14d, 0);
	sbi_set_timer(~0UL);
	tap_ok(!pending(), "the firmware's set_timer and the register are one timer");
	sbi_set_timer(12345);
	tap_eq(csr_read(0x14d), 12345, "and show the same value");
}

int guest_main(void)
{
	irq_set_handler(IRQ_TIMER, on_timer);
	if (str_has_word(platform.isa, "sstc", "_"))
		with_sstc();
	else
		without_sstc();
	tap_ok(platform.timer_hz > 0, "the device tree has the clock's rate");
	return tap_done();
}
