// SPDX-License-Identifier: Apache-2.0
/* What memory the machine has, and which of it is free. */
#include <lodge/arch.h>
#include <lodge/fdt.h>
#include <lodge/init.h>
#include <lodge/memory_map.h>
#include <lodge/page_alloc.h>
#include <lodge/panic.h>
#include <lodge/printk.h>
#include <lodge/sections.h>
#include <lodge/string.h>

#define MAX_RANGES 32

struct range {
	u64 start, end;
};

struct ranges {
	unsigned int count;
	struct range r[MAX_RANGES];
};

static struct ranges ram;      /* sorted, whole pages */
static struct ranges hidden;   /* not to be mapped: the image, no-map reservations */
static struct ranges reserved; /* not to be allocated */

static void range_add(struct ranges *set, u64 start, u64 end)
{
	unsigned int i;

	if (start >= end)
		return;
	if (set->count == MAX_RANGES)
		panic_plain("the devicetree has more than %u ranges of memory", MAX_RANGES);
	for (i = set->count; i > 0 && set->r[i - 1].start > start; i--)
		set->r[i] = set->r[i - 1];
	set->r[i] = (struct range){ start, end };
	set->count++;
}

/* Nodes may say the same twice. */
static void ranges_merge(struct ranges *set)
{
	unsigned int i, last = 0;

	for (i = 1; i < set->count; i++) {
		if (set->r[i].start <= set->r[last].end)
			set->r[last].end = max(set->r[last].end, set->r[i].end);
		else
			set->r[++last] = set->r[i];
	}
	if (set->count)
		set->count = last + 1;
}

/* One past the range's last address, or the last page's where it has none past it. */
static u64 range_end(u64 start, u64 size)
{
	u64 end = start + size, most = ALIGN_DOWN(~(u64)0, PAGE_SIZE);

	return end < start || end > most ? most : end;
}

static void range_reserve(u64 start, u64 size, bool hide)
{
	u64 end = ALIGN_UP(range_end(start, size), PAGE_SIZE);

	start = ALIGN_DOWN(start, PAGE_SIZE);
	range_add(&reserved, start, end);
	if (hide)
		range_add(&hidden, start, end);
}

/* Calls @fn for each part of @r that no member of the sorted @holes covers. */
static void for_each_gap(const struct range *r, const struct ranges *holes, memory_range_fn fn,
			 void *arg)
{
	u64 at = r->start;
	unsigned int i;

	for (i = 0; i < holes->count && at < r->end; i++) {
		const struct range *h = &holes->r[i];

		if (h->end <= at)
			continue;
		if (h->start >= r->end)
			break;
		if (h->start > at)
			fn(arg, at, h->start);
		at = h->end;
	}
	if (at < r->end)
		fn(arg, at, r->end);
}

void memory_map_for_each(memory_range_fn fn, void *arg)
{
	unsigned int i;

	for (i = 0; i < ram.count; i++)
		for_each_gap(&ram.r[i], &hidden, fn, arg);
}

bool memory_map_is_ram(u64 start, u64 size)
{
	unsigned int i;

	for (i = 0; i < ram.count; i++)
		if (start >= ram.r[i].start && start < ram.r[i].end && size <= ram.r[i].end - start)
			return true;
	return false;
}

bool memory_map_overlaps(u64 start, u64 size)
{
	unsigned int i;

	for (i = 0; i < ram.count; i++)
		if (start < ram.r[i].end && start + size > ram.r[i].start)
			return true;
	return false;
}

static void find_ram(const void *fdt)
{
	int node;
	unsigned int n;
	u64 start, size;

	for (node = fdt_first_child(fdt, fdt_root(fdt)); node >= 0;
	     node = fdt_next_sibling(fdt, node)) {
		const char *type = fdt_prop_string(fdt, node, "device_type");

		if (!type || strcmp(type, "memory") != 0 || !fdt_node_enabled(fdt, node))
			continue;
		for (n = 0; fdt_reg(fdt, node, n, &start, &size) == 0; n++) {
			u64 end = ALIGN_DOWN(range_end(start, size), PAGE_SIZE);

			if (end > DIRECT_MAP_SIZE) {
				pr_warn("memory above %lu GiB is not used", DIRECT_MAP_SIZE >> 30);
				end = DIRECT_MAP_SIZE;
			}
			range_add(&ram, ALIGN_UP(start, PAGE_SIZE), end);
		}
	}
	ranges_merge(&ram);
	if (ram.count == 0)
		panic_plain("the devicetree has no memory node");
}

static void find_reserved(const void *fdt)
{
	int parent = fdt_find_path(fdt, "/reserved-memory"), node;
	u64 start, size;
	unsigned int n;

	range_reserve(kva_to_hpa(__image_start).v, __image_end - __image_start, true);
	range_reserve((u64)fdt - DIRECT_MAP_BASE, fdt_total_size(fdt), false);
	for (n = 0; fdt_memreserve(fdt, n, &start, &size) == 0; n++)
		range_reserve(start, size, false);
	if (parent < 0)
		return;
	for (node = fdt_first_child(fdt, parent); node >= 0; node = fdt_next_sibling(fdt, node))
		for (n = 0; fdt_reg(fdt, node, n, &start, &size) == 0; n++)
			range_reserve(start, size, fdt_prop(fdt, node, "no-map", NULL) != NULL);
}

struct meta_search {
	u64 size, at;
};

static void find_meta(void *arg, u64 start, u64 end)
{
	struct meta_search *m = arg;

	if (!m->at && end - start >= m->size)
		m->at = start;
}

static void add_free(void *arg, u64 start, u64 end)
{
	(void)arg;
	page_alloc_add(hpa(start), end - start);
}

static void for_each_free(memory_range_fn fn, void *arg)
{
	unsigned int i;

	for (i = 0; i < ram.count; i++)
		for_each_gap(&ram.r[i], &reserved, fn, arg);
}

void memory_init(const void *fdt)
{
	struct meta_search meta = { 0, 0 };
	u64 base, span, total = 0;
	unsigned int i;

	find_ram(fdt);
	find_reserved(fdt);
	for (i = 0; i < ram.count; i++)
		total += ram.r[i].end - ram.r[i].start;
	base = ram.r[0].start;
	span = ram.r[ram.count - 1].end - base;
	meta.size = ALIGN_UP(page_alloc_meta_size(span), PAGE_SIZE);
	for_each_free(find_meta, &meta);
	if (!meta.at)
		panic_plain("%lu KiB of memory are not enough", total >> 10);
	range_reserve(meta.at, meta.size, false);
	page_alloc_init(hpa(base), span, hpa_to_kva(hpa(meta.at)));
	for_each_free(add_free, NULL);
}

void memory_report(void)
{
	unsigned int i;
	u64 total = 0;

	for (i = 0; i < ram.count; i++)
		total += ram.r[i].end - ram.r[i].start;
	pr_info("memory: %lu MiB, of which Lodge uses %lu KiB (image %lu KiB)", total >> 20,
		(total >> 10) - (page_free_count() << (PAGE_SHIFT - 10)),
		(u64)(__image_end - __image_start) >> 10);
}
