// SPDX-License-Identifier: Apache-2.0
#include <arch/trap.h>
#include <guest/tap.h>

/*
 * Its own trap vector is an illegal instruction: it traps for ever without an exit
 * that would tell the host.
 */
void livelock_vector(void);

__asm__(".pushsection .text\n"
	"	.balign 4\n"
	"livelock_vector:\n"
	"	.4byte 0\n"
	".popsection\n");

int guest_main(void)
{
	tap_note("trapping on the trap vector");
	csr_write(stvec, (u64)livelock_vector);
	__asm__ volatile("ebreak");
	tap_ok(false, "the trap came to nothing");
	return tap_done();
}
