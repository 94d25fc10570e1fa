// SPDX-License-Identifier: Apache-2.0
#include "watchdog.h"
#include <guest/irq.h>
#include <guest/tap.h>

/*
 * A guest with a watchdog, which expires or does not. Boot argument "do=": whether it keeps it from
 * expiring, does so for a while only, or goes on when it has expired.
 */

enum { PING, HANG, GO_ON };

static void wait_us(u64 us)
{
	u64 end = arch_time() + arch_ticks_from_us(us);

	while (arch_time() < end)
		;
}

static void ping_for(u64 us)
{
	u64 end = arch_time() + arch_ticks_from_us(us);

	while (arch_time() < end) {
		watchdog_ping();
		wait_us(20000);
	}
}

int guest_main(void)
{
	u64 deed = bootarg_number("do", PING);

	if (!tap_ok(watchdog_check(), "it has a watchdog, which is off"))
		return tap_done();
	watchdog_start();
	ping_for(bootarg_number("for", 3) * watchdog_us);
	tap_note("it has been kept from expiring");
	if (deed == HANG)
		for (;;)
			barrier();
	if (deed == GO_ON) {
		wait_us(watchdog_us * 2);
		watchdog_check_expired();
		watchdog_ping();
		ping_for(watchdog_us);
		tap_note("it runs on");
		wait_us(watchdog_us * 2);
		watchdog_ping();
	} else {
		watchdog_check_half();
	}
	watchdog_stop();
	wait_us(2 * watchdog_us);
	tap_ok(true, "what is stopped does not expire");
	return tap_done();
}
