// SPDX-License-Identifier: Apache-2.0
#include <guest/guest.h>
#include <guest/irq.h>

/*
 * A control loop: in each period it has work for a certain time, which is to be done before the next
 * period begins. It tells how often it was not, and how late the latest was.
 */

#define OWN_US 50 /* between two looks at the clock; what is longer others have had */

/* Until it has run so long itself. */
static void work(u64 ticks)
{
	u64 own = arch_ticks_from_us(OWN_US), last = arch_time(), done = 0;

	while (done < ticks) {
		u64 now = arch_time();

		if (now - last < own)
			done += now - last;
		last = now;
	}
}

int guest_main(void)
{
	u64 period = arch_ticks_from_us(bootarg_number("period-us", 10000));
	u64 ticks = arch_ticks_from_us(bootarg_number("work-us", 2000));
	u64 count = bootarg_number("count", 200), missed = 0, latest = 0, took;
	u64 begin = arch_time() + period;

	for (u64 i = 0; i < count; i++) {
		timer_sleep_until(begin);
		work(ticks);
		took = arch_time() - begin;
		latest = took > latest ? took : latest;
		missed += took > period;
		/* What was missed is not made up for. */
		do
			begin += period;
		while (arch_time() > begin);
	}
	printf("rkernel: %lu periods, %lu missed; the latest was done after %lu us\n", count,
	       missed, latest * 1000000 / platform.timer_hz);
	return 0;
}
