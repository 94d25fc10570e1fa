// SPDX-License-Identifier: Apache-2.0
#include <guest/irq.h>
#include <guest/tap.h>

/*
 * What it gets of a CPU that it shares, by its own clock: it looks at that all the time, and the time
 * between two looks is its own if it is short. Boot arguments:
 *
 *   windows=N	tell in each of N seconds how long it ran
 *   job=US	each PERIOD microseconds, COUNT times, have something to do that takes so long
 */

#define GAP_US	  50 /* what is longer is others' */
#define WINDOW_US 1000000

static u64 to_us(u64 ticks)
{
	return ticks * 1000000 / platform.timer_hz;
}

/* Until it has run for @ran ticks, or it is @end. Return: how long it has run. */
static u64 run(u64 ran, u64 end)
{
	u64 gap = arch_ticks_from_us(GAP_US), last = arch_time(), sum = 0;

	while (sum < ran && last < end) {
		u64 now = arch_time();

		if (now - last < gap)
			sum += now - last;
		last = now;
	}
	return sum;
}

static void tell_windows(u64 n)
{
	for (u64 i = 0; i < n; i++) {
		u64 ran = run(~0UL, arch_time() + arch_ticks_from_us(WINDOW_US));

		tap_note("ran %lu us of a second", to_us(ran));
	}
}

static void do_jobs(u64 job, u64 period, u64 count)
{
	u64 release = arch_time() + period, missed = 0, latest = 0;

	for (u64 i = 0; i < count; i++, release += period) {
		u64 late;

		timer_sleep_until(release);
		run(job, ~0UL);
		late = arch_time() - release;
		latest = late > latest ? late : latest;
		missed += late > period;
		while (arch_time() > release + period)
			release += period;
	}
	tap_note("%lu jobs, %lu missed, the latest took %lu us", count, missed, to_us(latest));
}

int guest_main(void)
{
	u64 job = bootarg_number("job", 0), windows = bootarg_number("windows", 0);

	if (job)
		do_jobs(arch_ticks_from_us(job),
			arch_ticks_from_us(bootarg_number("period", 10000)),
			bootarg_number("count", 100));
	else
		tell_windows(windows);
	tap_ok(job || windows, "something is asked for");
	return tap_done();
}
