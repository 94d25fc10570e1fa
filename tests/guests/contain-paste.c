// SPDX-License-Identifier: Apache-2.0
#include <guest/irq.h>
#include <guest/tap.h>

/*
 * A guest that is slower than who types: it looks for input only after a while, and then
 * rests after each 64 characters. Bootargs: that while, in milliseconds. Input ends with a '.', and
 * each character before it is the one that its place demands.
 */

#define PERIOD 61 /* characters from '0' on; so that a loss of a power of two shows */

int guest_main(void)
{
	const char *args = platform.bootargs;
	u64 n = 0, wrong = 0;
	int c;

	printf("paste: ready\n");
	timer_sleep_ms(take_number(&args));
	for (;;) {
		c = console_read();
		if (c < 0)
			continue;
		if (c == '.')
			break;
		wrong += c != (int)('0' + n % PERIOD);
		if (++n % 64 == 0)
			timer_sleep_ms(1);
	}
	printf("paste: %lu characters, %lu of them wrong\n", n, wrong);
	return 0;
}
