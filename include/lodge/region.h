/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_REGION_H
#define LODGE_REGION_H

#include <lodge/types.h>

struct vdev;

enum region_backing {
	BACKING_EAGER,	   /* allocated when the VM is created */
	BACKING_LAZY,	   /* zeroed on first touch */
	BACKING_IDENTICAL, /* gpa == hpa, from memory set aside at boot */
	BACKING_RESERVED,  /* a fixed host range */
	BACKING_DEVICE,	   /* a host device, passed through */
	BACKING_EMULATED,  /* every access exits to a vdev */
};

#define REGION_R 1u
#define REGION_W 2u
#define REGION_X 4u

/**
 * struct region - a part of a VM's physical address space
 * @gpa, @size: where; whole pages, never wrapping
 * @backing:	what is behind it
 * @perm:	REGION_* that the guest has
 * @hpa:	host start, for reserved, identical and device
 * @vdev:	for emulated
 */
struct region {
	gpa_t gpa;
	u64 size;
	enum region_backing backing;
	u32 perm;
	hpa_t hpa;
	struct vdev *vdev;
};

#define MAX_REGIONS 32

/* Sorted by gpa, never overlapping. */
struct region_map {
	unsigned int count;
	struct region r[MAX_REGIONS];
};

/** region_is_memory() - @r is there, and RAM or ROM: a kernel can be loaded there. */
static inline bool region_is_memory(const struct region *r)
{
	return r && r->backing != BACKING_DEVICE && r->backing != BACKING_EMULATED;
}

/** region_is_ram() - @r is there, and the guest can use it as its memory. */
static inline bool region_is_ram(const struct region *r)
{
	return region_is_memory(r) && (r->perm & REGION_W);
}

/** region_add() - insert @r in order; -EEXIST if it overlaps, -EINVAL if it
 * is empty, unaligned or wraps, -ENOSPC if the map is full. */
__must_check int region_add(struct region_map *map, const struct region *r);

/** region_find() - the region that contains @addr, or NULL; O(log n). */
struct region *region_find(struct region_map *map, gpa_t addr);

/** region_overlap() - the first region that has some of [addr, addr + size), which does
 * not wrap, or NULL; O(log n). */
struct region *region_overlap(struct region_map *map, gpa_t addr, u64 size);

/** region_map_has() - whether a region of @map has this @backing. */
bool region_map_has(const struct region_map *map, enum region_backing backing);

#endif
