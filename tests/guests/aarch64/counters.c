// SPDX-License-Identifier: Apache-2.0
#include <arch/sysreg.h>
#include <guest/guest.h>
#include <guest/tap.h>

/* The virtual and the physical counter: there, and never running backwards. */

static u64 virtual(void)
{
	isb();
	return sysreg_read(cntvct_el0);
}

static u64 physical(void)
{
	isb();
	return sysreg_read(cntpct_el0);
}

static bool monotonic(u64 (*count)(void), bool exits)
{
	u64 t = count();

	for (int n = 0; n < (exits ? 1000 : 10000); n++) {
		u64 t1;

		if (exits)
			arch_firmware_call();
		t1 = count();
		if (t1 < t)
			return false;
		t = t1;
	}
	return true;
}

int guest_main(void)
{
	u64 v, p;

	tap_ok(virtual() / platform.timer_hz < 3600, "time began with this machine, or after");
	tap_note("time %lu ms at start", virtual() * 1000 / platform.timer_hz);
	tap_ok(monotonic(virtual, false), "the virtual counter never runs backwards");
	tap_ok(monotonic(physical, false), "nor does the physical one");
	tap_ok(monotonic(virtual, true) && monotonic(physical, true), "nor do they across exits");
	/* In this order, whatever else runs in between. */
	p = physical();
	v = virtual();
	while (virtual() - v < arch_ticks_from_us(10000))
		;
	p = physical() - p;
	v = arch_ticks_from_us(10000);
	tap_ok(p >= v && p < 100 * v, "they advance together");
	return tap_done();
}
