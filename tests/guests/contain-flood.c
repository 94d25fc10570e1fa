// SPDX-License-Identifier: Apache-2.0
#include <guest/irq.h>
#include <guest/tap.h>

/*
 * Boot arguments: "MS flood LINES NAME" prints so many lines as fast as it can, "MS steady MS" uses
 * its CPU for so long and tells of the longest time that it did not have it. Both begin so many
 * milliseconds after their start.
 */

static void steady(u64 ms)
{
	u64 start = arch_time(), last = start, now, gap = 0;

	for (; last - start < arch_ticks_from_us(1000 * ms); last = now) {
		now = arch_time();
		if (now - last > gap)
			gap = now - last;
	}
	printf("steady: longest gap %lu us\n", gap * 1000000 / platform.timer_hz);
}

int guest_main(void)
{
	const char *args = platform.bootargs;
	bool floods;
	u64 n, i;

	timer_sleep_ms(take_number(&args));
	floods = *++args == 'f';
	while (*args != ' ')
		args++;
	args++;
	n = take_number(&args);
	if (!floods)
		steady(n);
	for (i = 0; floods && i < n; i++)
		printf("line %lu of%s, whole to its end\n", i, args);
	return 0;
}
