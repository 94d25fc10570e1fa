// SPDX-License-Identifier: Apache-2.0
#include <guest/tap.h>

/* How much gets done in a while: what is less than alone is others' share of the CPU. */

#define WHILE_US 300000

int guest_main(void)
{
	u64 end = arch_time() + arch_ticks_from_us(WHILE_US), n = 0;

	for (; arch_time() < end; n++)
		for (volatile int i = 0; i < 100; i++)
			;
	tap_note("share: %lu", n);
	tap_ok(n != 0, "something gets done");
	return tap_done();
}
