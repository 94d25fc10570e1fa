// SPDX-License-Identifier: Apache-2.0
#include <guest/irq.h>
#include <guest/tap.h>
#include "passed.h"

/*
 * A device of the host's with its interrupt. The boot argument do=N has it do something else than
 * its tests, at the first interrupt: 1 power off, 2 reset; 3 leaves the line up for ever.
 */

enum { TESTS, POWER_OFF, RESET, STORM };

#define MANY	   1000
#define TIMEOUT_US 1000000

static volatile u64 taken, wrong, leave_up;

static void on_external(struct trap_frame *f)
{
	u32 irq = dev_irq_claim();

	(void)f;
	if (irq == passed_irq)
		taken++;
	else
		wrong++;
	if (leave_up)
		leave_up--;
	else
		passed_lower();
	dev_irq_complete(irq);
}

/* Whether @n interrupts in all are taken, sooner or later. */
static bool comes(u64 n)
{
	u64 end = arch_time() + arch_ticks_from_us(TIMEOUT_US);

	while (taken < n && arch_time() < end)
		;
	return taken == n;
}

static void start(irq_handler_t handler)
{
	taken = 0;
	irq_set_handler(IRQ_EXT, handler);
	irq_unmask(IRQ_EXT);
	irq_enable();
}

static void stop(void)
{
	irq_disable();
	dev_irq_disable(passed_irq);
}

static void one(void)
{
	start(on_external);
	passed_enable();
	passed_raise();
	tap_ok(comes(1), "an interrupt of the device comes");
	stop();
}

static void masked(void)
{
	start(on_external);
	passed_raise();
	for (u64 end = arch_time() + arch_ticks_from_us(20000); arch_time() < end;)
		;
	tap_eq(taken, 0, "while it is masked it does not");
	passed_enable();
	tap_ok(comes(1), "and comes when it no longer is");
	stop();
}

static void many(void)
{
	bool each = true;

	start(on_external);
	passed_enable();
	for (u64 n = 1; n <= MANY; n++) {
		passed_raise();
		each &= comes(n);
	}
	tap_ok(each, "each of %u comes, once", MANY);
	stop();
}

static void kept_up(void)
{
	if (!passed_comes_again()) {
		tap_skip("the machine's controller does not look at lines that stay up");
		return;
	}
	start(on_external);
	leave_up = 20;
	passed_enable();
	passed_raise();
	tap_ok(comes(21), "a line that stays up comes again after each end");
	stop();
}

static void quiet(void)
{
	u64 before;

	start(on_external);
	passed_enable();
	before = taken;
	for (u64 end = arch_time() + arch_ticks_from_us(20000); arch_time() < end;)
		;
	tap_eq(taken, before, "none comes by itself");
	stop();
}

/* The last that this life does is to take one, which it does not end. */
static void on_last(struct trap_frame *f)
{
	(void)f;
	tap_note("interrupt %u", dev_irq_claim());
	if (bootarg_number("do", TESTS) == RESET)
		arch_reset();
	arch_poweroff(true);
}

static void on_storm(struct trap_frame *f)
{
	(void)f;
	if (!taken++)
		tap_note("storm");
	dev_irq_complete(dev_irq_claim());
	if (passed_comes_again())
		return;
	passed_lower();
	passed_raise();
}

static void __noreturn wait_for(u64 what, irq_handler_t handler)
{
	start(handler);
	passed_enable();
	passed_raise();
	if (what == STORM)
		for (;;)
			;
	(void)comes(1);
	tap_note("no interrupt");
	arch_poweroff(false);
}

int guest_main(void)
{
	u64 what = bootarg_number("do", TESTS);

	passed_init();
	if (what == STORM)
		wait_for(what, on_storm);
	if (what != TESTS)
		wait_for(what, on_last);
	one();
	masked();
	many();
	kept_up();
	quiet();
	tap_eq(wrong, 0, "and no other");
	return tap_done();
}
