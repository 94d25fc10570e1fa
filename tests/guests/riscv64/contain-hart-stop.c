// SPDX-License-Identifier: Apache-2.0
#include <arch/sbi.h>
#include <guest/tap.h>

/* The only hart stops itself: nothing can ever run in this VM again. */
int guest_main(void)
{
	struct sbiret r;

	tap_note("the last hart stops");
	r = sbi_call3(SBI_HSM, 1, 0, 0, 0);
	tap_ok(false, "hart_stop returned %ld", r.error);
	return tap_done();
}
