// SPDX-License-Identifier: Apache-2.0
/* A VM's physical address space: a sorted array of regions. */
#include <lodge/errno.h>
#include <lodge/region.h>
#include <lodge/string.h>

/* Index of the first region that ends above @addr; map->count if none does. */
static unsigned int region_lower_bound(const struct region_map *map, u64 addr)
{
	unsigned int lo = 0, hi = map->count;

	while (lo < hi) {
		unsigned int mid = lo + (hi - lo) / 2;

		if (map->r[mid].gpa.v + (map->r[mid].size - 1) < addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct region *region_overlap(struct region_map *map, gpa_t addr, u64 size)
{
	unsigned int i = region_lower_bound(map, addr.v);

	if (!size || i == map->count || map->r[i].gpa.v > addr.v + (size - 1))
		return NULL;
	return &map->r[i];
}

struct region *region_find(struct region_map *map, gpa_t addr)
{
	struct region *lo = map->r;
	unsigned int n = map->count;

	/* The last that starts at or below @addr is at @lo, and among the next @n. */
	while (n > 1) {
		unsigned int half = n / 2;

		if (lo[half].gpa.v <= addr.v)
			lo += half;
		n -= half;
	}
	return n && addr.v - lo->gpa.v < lo->size ? lo : NULL;
}

bool region_map_has(const struct region_map *map, enum region_backing backing)
{
	unsigned int i;

	for (i = 0; i < map->count; i++)
		if (map->r[i].backing == backing)
			return true;
	return false;
}

int region_add(struct region_map *map, const struct region *r)
{
	unsigned int i;

	if (!r->size || !IS_ALIGNED(r->gpa.v, PAGE_SIZE) || !IS_ALIGNED(r->size, PAGE_SIZE))
		return -EINVAL;
	/* The last byte counts: a region may end with the address space. */
	if (r->gpa.v + (r->size - 1) < r->gpa.v)
		return -EINVAL;
	if (region_overlap(map, r->gpa, r->size))
		return -EEXIST;
	if (map->count == MAX_REGIONS)
		return -ENOSPC;

	i = region_lower_bound(map, r->gpa.v);
	memmove(&map->r[i + 1], &map->r[i], (map->count - i) * sizeof(map->r[0]));
	map->r[i] = *r;
	map->count++;
	return 0;
}
