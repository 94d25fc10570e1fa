// SPDX-License-Identifier: Apache-2.0
#include <guest/irq.h>
#include <guest/tap.h>

/*
 * Boot arguments: "MS flood LINES NAME" prints so many lines as fast as it can, "MS steady MS" uses
 * its CPU for so long and tells of the longest time that it did not have it. Both begin so many
 * milliseconds after their start.
 */

static const char *args;

static u64 number(void)
{
	u64 n = 0;

	for (; *args >= '0' && *args <= '9'; args++)
		n = 10 * n + (u64)(*args - '0');
	return n;
}

static void sleep_ms(u64 ms)
{
	u64 end = arch_time() + arch_ticks_from_us(1000 * ms);

	irq_unmask(IRQ_TIMER);
	timer_set(end);
	while (arch_time() < end)
		wfi();
	irq_mask(IRQ_TIMER);
}

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
	bool floods;
	u64 n, i;

	args = platform.bootargs;
	sleep_ms(number());
	floods = *++args == 'f';
	while (*args != ' ')
		args++;
	args++;
	n = number();
	if (!floods)
		steady(n);
	for (i = 0; floods && i < n; i++)
		printf("line %lu of%s, whole to its end\n", i, args);
	return 0;
}
