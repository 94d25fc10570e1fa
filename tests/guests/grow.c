// SPDX-License-Identifier: Apache-2.0
#include <guest/guest.h>
#include <guest/tap.h>

/*
 * Says that it runs, and comes to need all of its memory. Boot arguments: how many milliseconds
 * later, and "stay" for one that does not give it back.
 */

static u64 number(const char *s)
{
	u64 n = 0;

	for (; *s >= '0' && *s <= '9'; s++)
		n = 10 * n + (u64)(*s - '0');
	return n;
}

static void wait_ms(u64 ms)
{
	u64 start = arch_time();

	while (arch_time() - start < arch_ticks_from_us(1000 * ms))
		;
}

int guest_main(void)
{
	u64 first = ram_free_start(), end = ram_free_end(), at, kept = 0;

	tap_note("runs");
	wait_ms(number(platform.bootargs));
	for (at = first; at < end; at += PAGE_SIZE)
		*(volatile u64 *)at = at;
	for (at = first; at < end; at += PAGE_SIZE)
		kept += *(volatile u64 *)at == at;
	tap_ok(kept == (end - first) / PAGE_SIZE, "all of %lu MiB", platform.ram_size >> 20);
	while (str_has_word(platform.bootargs, "stay", " "))
		wait_ms(1000);
	return tap_done();
}
