/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_LAYOUT_H
#define ASM_LAYOUT_H

/*
 * The host's virtual addresses, in the upper half of 4-level paging: one entry of the root
 * for the direct map, another for devices and stacks, and the last 2 GiB for the image, which
 * the kernel code model (psABI, 3.5.1) links with 32-bit addresses. The image runs where it
 * was loaded: its address less IMAGE_BASE is host-physical.
 */
#define DIRECT_MAP_BASE 0xffff800000000000
#define DIRECT_MAP_SIZE 0x0000008000000000 /* host-physical addresses below 512 GiB */
#define VMAP_BASE	0xffffff8000000000 /* devices, stacks with guard pages */
#define VMAP_SIZE	0x0000004000000000
#define IMAGE_BASE	0xffffffff80000000
#define LOAD_ADDRESS	0x200000
#ifdef CONFIG_KASAN
#define IMAGE_MAX 0x0000000000800000 /* with its shadow */
#else
#define IMAGE_MAX 0x0000000000400000
#endif

/* The shadow of all this, with CONFIG_KASAN, is between memory and devices; see <lodge/kasan.h>. */
#define KASAN_IMAGE_SPAN   (LOAD_ADDRESS + IMAGE_MAX)
#define KASAN_IMAGE_SHADOW (CONFIG_KASAN_SHADOW_OFFSET + (IMAGE_BASE >> 3))

#ifndef __ASSEMBLY__
#include <lodge/types.h>

static inline void *hpa_to_kva(hpa_t p)
{
	return (void *)(p.v + DIRECT_MAP_BASE);
}

/* Of memory in the direct map or the image. */
static inline hpa_t kva_to_hpa(const void *va)
{
	u64 v = (u64)va;

	return hpa(v < IMAGE_BASE ? v - DIRECT_MAP_BASE : v - IMAGE_BASE);
}
#endif

#endif
