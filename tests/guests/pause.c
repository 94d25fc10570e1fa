// SPDX-License-Identifier: Apache-2.0
#include <guest/cpus.h>
#include <guest/irq.h>
#include <guest/tap.h>

/*
 * A guest that looks at the time for "for=" ms, on its boot CPU all the time, on another between sleeps: whoever
 * pauses it meanwhile takes no time from it, so that there are no gaps of "gap=" ms.
 */

#define SLEEP_US 30000

static volatile u64 until, overslept, early;

static u64 to_us(u64 ticks)
{
	return ticks * 1000000 / platform.timer_hz;
}

static void sleeper(struct cpu *c)
{
	(void)c;
	while (arch_time() < until) {
		u64 due = arch_time() + arch_ticks_from_us(SLEEP_US), now;

		timer_set(due);
		irq_unmask(IRQ_TIMER);
		wfi();
		now = arch_time();
		irq_mask(IRQ_TIMER);
		early = max(early, due > now ? due - now : 0);
		overslept = max(overslept, now > due ? now - due : 0);
	}
}

int guest_main(void)
{
	u64 limit = arch_ticks_from_us(1000 * bootarg_number("gap", 50)), begin = arch_time(), last,
	    gap = 0, now;

	tap_note("begins at %lu us", to_us(begin));
	until = begin + arch_ticks_from_us(1000 * bootarg_number("for", 400));
	for_each_other_cpu(c) cpu_start(c, sleeper);
	for (last = arch_time(); last < until; last = now) {
		now = arch_time();
		if (now < last)
			break;
		gap = max(gap, now - last);
	}
	for_each_other_cpu(c) cpu_wait_status(c, CPU_STOPPED);
	tap_note("gaps of %lu us, overslept %lu us, woken early by %lu us", to_us(gap),
		 to_us(overslept), to_us(early));
	tap_ok(last >= until, "its time never goes back");
	tap_ok(gap < limit, "its time has no gaps");
	tap_ok(overslept < limit, "timers don't interrupt late");
	tap_ok(early < arch_ticks_from_us(1000), "nor early");
	return tap_done();
}
