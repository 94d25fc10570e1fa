// SPDX-License-Identifier: Apache-2.0
#include <guest/guest.h>
#include <guest/tap.h>

/*
 * RAM: zero when it is first touched, and every page a page of its own. Up to
 * EVERY_PAGE of it is touched page by page, more of it at a stride, the last page and
 * both sides of every GiB in any case.
 */

#define EVERY_PAGE MIB(256)
#define STRIDE	   MIB(16)

static u64 fdt_start, fdt_end;

static bool is_fdt(u64 addr)
{
	return addr + PAGE_SIZE > fdt_start && addr < fdt_end;
}

static void find_fdt(void)
{
	const u8 *p = platform.fdt;

	if (!p)
		return;
	fdt_start = (u64)p;
	fdt_end = fdt_start + ((u64)p[4] << 24 | (u64)p[5] << 16 | (u64)p[6] << 8 | p[7]);
}

static u64 next_page(u64 addr)
{
	u64 end = ram_free_end() - PAGE_SIZE;
	u64 gib = ALIGN_UP(addr + 2 * PAGE_SIZE, GIB(1)) - PAGE_SIZE;
	u64 next;

	if (ram_free_end() - ram_free_start() <= EVERY_PAGE)
		return addr + PAGE_SIZE;
	if (addr == end)
		return addr + PAGE_SIZE;
	if (IS_ALIGNED(addr + PAGE_SIZE, GIB(1)))
		next = addr + PAGE_SIZE;
	else
		next = min(addr + STRIDE, gib);
	return min(next, end);
}

/* Different in every word of every page. */
static u64 pattern(u64 addr)
{
	return (addr ^ 0x5bd1e995) * 0x9e3779b97f4a7c15;
}

static u64 check_zero(void)
{
	u64 bad = 0;

	for (u64 a = ram_free_start(); a < ram_free_end(); a = next_page(a)) {
		const volatile u64 *p = (u64 *)a;

		if (is_fdt(a))
			continue;
		for (u64 i = 0; i < PAGE_SIZE / 8; i++)
			if (p[i]) {
				bad++;
				break;
			}
	}
	return bad;
}

static u64 fill_and_check(void)
{
	u64 bad = 0;

	for (u64 a = ram_free_start(); a < ram_free_end(); a = next_page(a)) {
		*(volatile u64 *)a = pattern(a);
		*(volatile u64 *)(a + PAGE_SIZE - 8) = pattern(a + PAGE_SIZE - 8);
	}
	for (u64 a = ram_free_start(); a < ram_free_end(); a = next_page(a)) {
		u64 last = a + PAGE_SIZE - 8;

		if (*(volatile u64 *)a != pattern(a) || *(volatile u64 *)last != pattern(last))
			bad++;
	}
	return bad;
}

int guest_main(void)
{
	find_fdt();
	tap_note("RAM 0x%lx, %lu MiB", platform.ram_base, platform.ram_size >> 20);
	tap_ok(platform.ram_size >= MIB(8), "the device tree has RAM");
	tap_eq(check_zero(), 0, "RAM is zero at first touch");
	tap_eq(fill_and_check(), 0, "every page keeps what is written to it");
	return tap_done();
}
