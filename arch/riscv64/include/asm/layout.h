/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_LAYOUT_H
#define ASM_LAYOUT_H

/*
 * The host's virtual addresses. All lie in the top half of Sv39, which is also
 * canonical in Sv48 and Sv57, and none where Linux links its kernel.
 */
#define DIRECT_MAP_BASE 0xffffffc000000000
#define DIRECT_MAP_SIZE 0x0000001000000000 /* host-physical addresses below 64 GiB */
#define IMAGE_BASE	0xffffffe000000000
#ifdef CONFIG_KASAN
#define IMAGE_MAX 0x0000000000800000 /* with its shadow */
#else
#define IMAGE_MAX 0x0000000000400000
#endif
#define VMAP_BASE 0xffffffe040000000 /* devices, stacks with guard pages */
#define VMAP_SIZE 0x0000000080000000

/* The shadow of all this, with CONFIG_KASAN, is above; see <lodge/kasan.h>. */
#define KASAN_IMAGE_SPAN   IMAGE_MAX
#define KASAN_IMAGE_SHADOW (CONFIG_KASAN_SHADOW_OFFSET + (IMAGE_BASE >> 3))

#ifndef __ASSEMBLY__
#include <lodge/types.h>

/* IMAGE_BASE less where the image was loaded; set before any C code runs. */
extern u64 image_offset;

static inline void *hpa_to_kva(hpa_t p)
{
	return (void *)(p.v + DIRECT_MAP_BASE);
}

/* Of memory in the direct map or the image. */
static inline hpa_t kva_to_hpa(const void *va)
{
	u64 v = (u64)va;

	return hpa(v < IMAGE_BASE ? v - DIRECT_MAP_BASE : v - image_offset);
}
#endif

#endif
