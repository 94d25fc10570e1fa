// SPDX-License-Identifier: Apache-2.0
#include <guest/tap.h>
#include <guest/trap.h>

/* Takes a trap to where there is no memory: whatever is done about it faults again. */
int guest_main(void)
{
	tap_note("trapping to 0x50000000");
	trap_vector_set(0x50000000UL);
	trap_provoke();
	tap_ok(false, "the trap came to nothing");
	return tap_done();
}
