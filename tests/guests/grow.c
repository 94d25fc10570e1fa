// SPDX-License-Identifier: Apache-2.0
#include <guest/guest.h>
#include <guest/tap.h>

/*
 * Says that it runs, and comes to need all of its memory. Boot arguments: how many milliseconds
 * later, and "stay" for one that does not give it back.
 */

static void wait_ms(u64 ms)
{
	u64 start = arch_time();

	while (arch_time() - start < arch_ticks_from_us(1000 * ms))
		;
}

int guest_main(void)
{
	const char *args = platform.bootargs;
	u64 first = ram_free_start(), end = ram_free_end(), at, kept = 0;

	tap_note("runs");
	wait_ms(take_number(&args));
	for (at = first; at < end; at += PAGE_SIZE)
		*(volatile u64 *)at = at;
	for (at = first; at < end; at += PAGE_SIZE)
		kept += *(volatile u64 *)at == at;
	tap_ok(kept == (end - first) / PAGE_SIZE, "all of %lu MiB", platform.ram_size >> 20);
	while (str_has_word(platform.bootargs, "stay", " "))
		wait_ms(1000);
	return tap_done();
}
