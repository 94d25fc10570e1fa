// SPDX-License-Identifier: Apache-2.0
#include <arch/regs.h>
#include <guest/guest.h>
#include <guest/tap.h>

/*
 * Machine checks stay the host's, whose CR4.MCE is always set: a guest that clears its own sees
 * it cleared by an intercept of its reads.
 */
#define CR4_PGE (1UL << 7)
#define CR4_MCE (1UL << 6)

int guest_main(void)
{
	u64 cr4 = cr_read(4) & ~(u64)CR4_MCE;

	cr_write(4, cr4 | CR4_MCE);
	tap_eq(cr_read(4), cr4 | CR4_MCE, "MCE is set");
	cr_write(4, cr4);
	tap_eq(cr_read(4), cr4, "and cleared, as far as a guest can see");
	cr_write(4, cr4 ^ CR4_PGE);
	tap_eq(cr_read(4), cr4 ^ CR4_PGE, "other bits change beside it");
	return tap_done();
}
