// SPDX-License-Identifier: Apache-2.0
#include <guest/tap.h>

/*
 * How long others keep it from running: it looks at the clock all the time, and tells the
 * longest time between two looks, and how often it waited for more than a moment.
 */

#define BEGIN_MS 150 /* until its neighbours do what they do */
#define RUN_MS	 400

int guest_main(void)
{
	u64 ms = arch_ticks_from_us(1000), end, last, longest = 0;
	unsigned int gaps = 0;

	for (end = arch_time() + BEGIN_MS * ms; arch_time() < end;)
		barrier();
	last = arch_time();
	for (end = last + RUN_MS * ms; last < end;) {
		u64 now = arch_time();

		if (now - last > longest)
			longest = now - last;
		gaps += now - last > ms;
		last = now;
	}
	tap_note("longest gap %lu us, %u gaps", longest * 1000 / ms, gaps);
	tap_ok(longest > 0, "time goes on");
	return tap_done();
}
