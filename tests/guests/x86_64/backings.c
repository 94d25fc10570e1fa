// SPDX-License-Identifier: Apache-2.0
#include <arch/platform.h>
#include <guest/guest.h>
#include <guest/tap.h>

/*
 * Several regions of RAM with different backings: the memory map has each, and each is memory
 * of its own up to its last byte. What is below 1 MiB is one of two parts of the first.
 */

static u64 first_word(const struct ram_range *r)
{
	return r->base <= platform.ram_base ? ram_free_start() : r->base;
}

static u64 last_word(const struct ram_range *r)
{
	return r->base <= platform.ram_base ? ram_free_start() + PAGE_SIZE : r->base + r->size - 8;
}

/* Of the kernel's own a page or two that it has not used yet. */
static bool is_zero(const struct ram_range *r)
{
	const volatile u64 *at = (u64 *)first_word(r), *end = (u64 *)last_word(r);

	for (; at <= end; at++)
		if (*at) {
			tap_note("0x%lx holds 0x%lx", (u64)at, *at);
			return false;
		}
	return true;
}

int guest_main(void)
{
	unsigned int i, n = 0, kept = 0, zero = 0;
	struct ram_range r[MAX_RAM_RANGES];

	for (i = 0; i < nr_ram_ranges; i++)
		if (ram_ranges[i].base >= MIB(1))
			r[n++] = ram_ranges[i];
	tap_eq(n, 4, "the memory map has all regions");
	for (i = 0; i < n; i++)
		zero += is_zero(&r[i]);
	tap_eq(zero, n, "each holds nothing of whoever had it before");
	for (i = 0; i < n; i++) {
		*(volatile u64 *)first_word(&r[i]) = 0x1111 * i + 1;
		*(volatile u64 *)last_word(&r[i]) = 0x2222 * i + 2;
	}
	for (i = 0; i < n; i++) {
		kept += *(volatile u64 *)first_word(&r[i]) == 0x1111 * i + 1;
		kept += *(volatile u64 *)last_word(&r[i]) == 0x2222 * i + 2;
	}
	tap_eq(kept, 2 * n, "and each keeps what is written to it");
	return tap_done();
}
