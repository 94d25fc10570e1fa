// SPDX-License-Identifier: Apache-2.0
#include <guest/irq.h>
#include <guest/tap.h>

/*
 * A guest that is slower than who types: it looks for input only after a while, and then
 * rests after each 64 characters. Bootargs: that while, in milliseconds. Input ends with a '.', and
 * each character before it is the one that its place demands.
 */

#define PERIOD 61 /* characters from '0' on; so that a loss of a power of two shows */

static void sleep_ms(u64 ms)
{
	u64 end = arch_time() + arch_ticks_from_us(1000 * ms);

	irq_unmask(IRQ_TIMER);
	timer_set(end);
	while (arch_time() < end)
		wfi();
	irq_mask(IRQ_TIMER);
}

int guest_main(void)
{
	u64 n = 0, wrong = 0, ms = 0;
	const char *p;
	int c;

	for (p = platform.bootargs; *p >= '0' && *p <= '9'; p++)
		ms = 10 * ms + (u64)(*p - '0');
	printf("paste: ready\n");
	sleep_ms(ms);
	for (;;) {
		c = console_read();
		if (c < 0)
			continue;
		if (c == '.')
			break;
		wrong += c != (int)('0' + n % PERIOD);
		if (++n % 64 == 0)
			sleep_ms(1);
	}
	printf("paste: %lu characters, %lu of them wrong\n", n, wrong);
	return 0;
}
