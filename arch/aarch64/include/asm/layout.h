/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_LAYOUT_H
#define ASM_LAYOUT_H

/*
 * The host's virtual addresses. EL2 has one table, for the low 2^48 bytes; all lie in their
 * upper half, far from where memory is: the page that switches translation on is mapped at
 * its physical address as well. Each entry of the root, of 512 GiB, has one use.
 */
#define DIRECT_MAP_BASE 0x0000800000000000
#define DIRECT_MAP_SIZE 0x0000080000000000 /* host-physical addresses below 8 TiB */
#define IMAGE_BASE	0x0000f00000000000
#ifdef CONFIG_KASAN
#define IMAGE_MAX 0x0000000000800000 /* with its shadow */
#else
#define IMAGE_MAX 0x0000000000200000
#endif
#define EARLY_IO_BASE 0x0000f08000000000 /* the early console */
#define VMAP_BASE     0x0000f10000000000 /* devices, stacks with guard pages */
#define VMAP_SIZE     0x0000000080000000

/* The shadow of all this, with CONFIG_KASAN, is between memory and image; see <lodge/kasan.h>. */
#define KASAN_IMAGE_SPAN   IMAGE_MAX
#define KASAN_IMAGE_SHADOW (CONFIG_KASAN_SHADOW_OFFSET + (IMAGE_BASE >> 3))

#ifndef __ASSEMBLY__
#include <lodge/types.h>

/* IMAGE_BASE less where the image was loaded; set before any C code uses it. */
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
