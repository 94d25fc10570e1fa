// SPDX-License-Identifier: Apache-2.0
#include <arch/sbi.h>
#include <guest/tap.h>
#include <guest/trap.h>

/* time, cycle, instret: there, and never running backwards. */

static void monotonic(void)
{
	u64 t = csr_read(time), c = csr_read(cycle), i = csr_read(instret);
	bool good = true;

	for (int n = 0; n < 10000; n++) {
		u64 t1 = csr_read(time), c1 = csr_read(cycle), i1 = csr_read(instret);

		good &= t1 >= t && c1 >= c && i1 >= i;
		t = t1;
		c = c1;
		i = i1;
	}
	tap_ok(good, "none runs backwards");
}

static void across_exits(void)
{
	u64 t = csr_read(time);
	bool good = true;

	for (int n = 0; n < 1000; n++) {
		u64 t1;

		sbi_call3(SBI_BASE, 0, 0, 0, 0);
		t1 = csr_read(time);
		good &= t1 >= t;
		t = t1;
	}
	tap_ok(good, "nor does time across exits");
}

#define AVAILABLE(csr)                                             \
	do {                                                       \
		trap_catch();                                      \
		(void)csr_read(csr);                               \
		tap_ok(!trap_caught().count, #csr " can be read"); \
	} while (0)

int guest_main(void)
{
	u64 c, i, t;

	AVAILABLE(time);
	AVAILABLE(cycle);
	AVAILABLE(instret);
	t = csr_read(time);
	tap_ok(t / platform.timer_hz < 3600, "time began with this machine, or after");
	tap_note("time %lu ms at start", t * 1000 / platform.timer_hz);
	monotonic();
	across_exits();
	c = csr_read(cycle);
	i = csr_read(instret);
	t = csr_read(time);
	while (csr_read(time) - t < arch_ticks_from_us(10000))
		;
	tap_ok(csr_read(cycle) > c, "cycle advances");
	tap_ok(csr_read(instret) > i, "instret advances");
	return tap_done();
}
