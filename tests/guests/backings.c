// SPDX-License-Identifier: Apache-2.0
#include <guest/fdt.h>
#include <guest/guest.h>
#include <guest/tap.h>

/*
 * Several regions of RAM with different backings: the device tree has each, and each is
 * memory of its own up to its last byte.
 */
#define MAX_REGIONS 8

struct ram_region {
	u64 base, size;
};

static struct ram_region region[MAX_REGIONS];
static unsigned int nr_regions;

static bool is_memory(const void *fdt, int node)
{
	int len;
	const char *type = fdt_prop(fdt, node, "device_type", &len);

	return type && !strcmp(type, "memory");
}

static void find_regions(const void *fdt)
{
	for (int node = fdt_next_node(fdt, -1); node >= 0; node = fdt_next_node(fdt, node))
		if (is_memory(fdt, node) && nr_regions < MAX_REGIONS)
			region[nr_regions++] = (struct ram_region){
				fdt_cell64(fdt, node, "reg", 0),
				fdt_cell64(fdt, node, "reg", 2),
			};
}

/* The first free word of a region and its last one. */
static u64 first_word(const struct ram_region *r)
{
	return r->base == platform.ram_base ? ram_free_start() : r->base;
}

static u64 last_word(const struct ram_region *r)
{
	return r->base == platform.ram_base ? ram_free_start() + PAGE_SIZE : r->base + r->size - 8;
}

/* Of the kernel's own a page or two that it has not used yet. */
static bool is_zero(const struct ram_region *r)
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
	unsigned int i, kept = 0, zero = 0;

	find_regions(platform.fdt);
	tap_eq(nr_regions, 4, "the device tree has all regions");
	for (i = 0; i < nr_regions; i++)
		zero += is_zero(&region[i]);
	tap_eq(zero, nr_regions, "each holds nothing of whoever had it before");
	for (i = 0; i < nr_regions; i++) {
		*(volatile u64 *)first_word(&region[i]) = 0x1111 * i + 1;
		*(volatile u64 *)last_word(&region[i]) = 0x2222 * i + 2;
	}
	for (i = 0; i < nr_regions; i++) {
		kept += *(volatile u64 *)first_word(&region[i]) == 0x1111 * i + 1;
		kept += *(volatile u64 *)last_word(&region[i]) == 0x2222 * i + 2;
	}
	tap_eq(kept, 2 * nr_regions, "and each keeps what is written to it");
	return tap_done();
}
