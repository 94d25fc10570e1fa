// SPDX-License-Identifier: Apache-2.0
#include <guest/irq.h>
#include <guest/tap.h>

/*
 * STI and HLT, with an interrupt of the timer that comes shortly before, between or after them: it ends
 * the HLT in any case. One that came before it would be the only one, and the HLT never end.
 */

#define ROUNDS 6000
#define STEPS  1000

int guest_main(void)
{
	u64 span = arch_ticks_from_us(100);

	for (u64 i = 0; i < ROUNDS; i++)
		timer_sleep_until(arch_time() + span * (i % STEPS) / STEPS);
	tap_ok(true, "%u halts have ended", ROUNDS);
	return tap_done();
}
