// SPDX-License-Identifier: Apache-2.0
#include <guest/cpus.h>
#include <guest/tap.h>

/* The only CPU stops itself: nothing can ever run in this VM again. */
int guest_main(void)
{
	tap_note("the last CPU stops");
	cpu_stop();
	tap_ok(false, "it goes on");
	return tap_done();
}
