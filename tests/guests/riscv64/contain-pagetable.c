// SPDX-License-Identifier: Apache-2.0
#include <arch/trap.h>
#include <guest/guest.h>
#include <guest/tap.h>

/* Turns paging on with a root where there is no memory. */
int guest_main(void)
{
	tap_note("turning paging on with the root at 0x50000000");
	csr_write(satp, 8UL << SATP_MODE_SHIFT | 0x50000000UL >> PAGE_SHIFT);
	__asm__ volatile("sfence.vma" ::: "memory");
	tap_ok(false, "there was no translation, and it ran on");
	return tap_done();
}
