// SPDX-License-Identifier: Apache-2.0
#include <guest/irq.h>
#include <guest/tap.h>

/*
 * Wants to run at the same distance in time, and tells how late it was: in the median, and at most. Boot
 * arguments: "after=" as for contain-spin, "period=" in us, "loops=", and "work=": it computes for so many
 * us each time and sleeps for the rest. Without that it computes always, and its timer interrupts it.
 */

#define MOST_US 5000

static unsigned int late[MOST_US + 1];
static volatile u64 loops;
static u64 due, period;

static void note(void)
{
	u64 us = (arch_time() - due) * 1000000 / platform.timer_hz;

	late[us < MOST_US ? us : MOST_US]++;
	loops--;
	due += period;
}

static void tick(struct trap_frame *f)
{
	(void)f;
	/* One that was pending before may come early. */
	if (loops && arch_time() >= due)
		note();
	timer_set(loops ? due : ~0ull);
}

static void compute(u64 ticks)
{
	u64 end = arch_time() + ticks;

	while (arch_time() < end)
		barrier();
}

/* That many of them were no later. */
static u64 rank(u64 n)
{
	u64 us = 0, seen = late[0];

	while (seen < n)
		seen += late[++us];
	return us;
}

int guest_main(void)
{
	u64 n = bootarg_number("loops", 1000), work = bootarg_number("work", 0);

	timer_sleep_ms(bootarg_number("after", 0));
	tap_note("ticking");
	loops = n;
	period = arch_ticks_from_us(bootarg_number("period", 1000));
	due = arch_time() + period;
	if (!work) {
		irq_set_handler(IRQ_TIMER, tick);
		irq_unmask(IRQ_TIMER);
		timer_set(due);
		irq_enable();
	}
	while (loops) {
		if (!work) {
			barrier();
			continue;
		}
		timer_sleep_until(due);
		note();
		compute(arch_ticks_from_us(work));
	}
	irq_disable();
	tap_note("late %lu us, %lu at most", rank((n + 1) / 2), rank(n));
	return tap_done();
}
