// SPDX-License-Identifier: Apache-2.0
#include <guest/tap.h>
#include <guest/trap.h>

/* Jumps to where there is no memory. Either the VM stops, or the fault is the guest's. */
int guest_main(void)
{
	static const u64 wild[] = { 0x50000000, BIT(38), ~1UL, 0 };

	for (size_t i = 0; i < ARRAY_SIZE(wild); i++) {
		struct trap_record r;

		tap_note("jumping to 0x%lx", wild[i]);
		trap_catch();
		((void (*)(void))wild[i])();
		r = trap_caught();
		tap_ok(r.count == 1 && r.cause != 0, "the jump faulted");
		tap_note("cause 0x%lx", r.cause);
	}
	return tap_done();
}
