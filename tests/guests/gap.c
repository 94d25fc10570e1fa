// SPDX-License-Identifier: Apache-2.0
#include <guest/tap.h>

/*
 * How long others keep it from running: it looks at the clock all the time, until a neighbour has
 * had some slices, and tells the longest time between two looks.
 */

#define SLICE_US  200 /* of a neighbour, some of it; what is shorter is the host's own business */
#define SLICES	  250
#define AFTER_US  50000
#define ENOUGH_US 4000000 /* the neighbour does nothing */

int guest_main(void)
{
	u64 start = arch_time(), end = start + arch_ticks_from_us(ENOUGH_US);
	u64 last = start, slice = arch_ticks_from_us(SLICE_US), longest = 0;
	unsigned int gaps = 0;

	while (last < end) {
		u64 now = arch_time();

		if (now - last > longest)
			longest = now - last;
		if (now - last > slice && ++gaps == SLICES)
			end = now + arch_ticks_from_us(AFTER_US);
		last = now;
	}
	tap_note("longest gap %lu us, %u gaps", longest * 1000000 / platform.timer_hz, gaps);
	tap_ok(longest > 0, "time goes on");
	return tap_done();
}
