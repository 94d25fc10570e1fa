// SPDX-License-Identifier: Apache-2.0
#include <arch/trap.h>
#include <guest/tap.h>

/* Its stack pointer is in a device: every trap stores a frame there and loads it back. */
int guest_main(void)
{
	tap_note("trapping with the stack in the interrupt controller");
	__asm__ volatile("mv sp, %0; ebreak" ::"r"(platform.intc + 0x2100));
	for (;;)
		;
}
