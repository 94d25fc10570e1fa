// SPDX-License-Identifier: Apache-2.0
#include <guest/code.h>
#include <guest/tap.h>
#include <guest/trap.h>

/*
 * Its own trap vector is an illegal instruction: it traps for ever without an exit
 * that would tell the host.
 */
int guest_main(void)
{
	tap_note("trapping on the trap vector");
	trap_vector_set((u64)code_bad_vector);
	trap_provoke();
	tap_ok(false, "the trap came to nothing");
	return tap_done();
}
