// SPDX-License-Identifier: Apache-2.0
#include <guest/tap.h>
#include <guest/trap.h>

/* Its stack pointer is in a device: every trap stores a frame there and loads it back. */
int guest_main(void)
{
	tap_note("trapping with the stack in the interrupt controller");
	trap_with_stack(platform.intc + 0x2100);
}
