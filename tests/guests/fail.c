// SPDX-License-Identifier: Apache-2.0
#include <guest/tap.h>

/* Fails, so that it is seen what a failure looks like from the outside. */
int guest_main(void)
{
	tap_ok(false, "this guest always fails");
	return tap_done();
}
