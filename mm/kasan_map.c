// SPDX-License-Identifier: Apache-2.0
/* The address sanitizer's shadow in the host's page tables. */
#include <lodge/arch.h>
#include <lodge/errno.h>
#include <lodge/kasan.h>
#include <lodge/memory_map.h>
#include <lodge/page_alloc.h>
#include <lodge/pgtable.h>
#include <lodge/printk.h>
#include <asm/layout.h>
#include <asm/stack.h>

#define BLOCK_ORDER 9 /* 2 MiB */

/* From the linker script. */
extern u8 kasan_image_shadow[];

static_assert(STACK_SIZE == 8 * PAGE_SIZE, "the shadow of a stack is a page");

/* A block for the shadow at @at, up to @end; *@size is how large it is. */
static hpa_t shadow_block(u64 at, u64 end, u64 *size)
{
	hpa_t page = hpa(0);

	*size = PAGE_SIZE << BLOCK_ORDER;
	if (IS_ALIGNED(at, *size) && end - at >= *size)
		page = page_alloc(BLOCK_ORDER, PAGE_ZERO, NULL);
	if (!page.v) {
		*size = PAGE_SIZE;
		page = page_alloc(0, PAGE_ZERO, NULL);
	}
	return page;
}

/* Of a range of memory. They come in order, and two may share a page of shadow. */
static void map_ram_shadow(void *arg, u64 start, u64 end)
{
	static u64 mapped; /* up to here */
	u64 at = ALIGN_DOWN((u64)kasan_shadow((u64)hpa_to_kva(hpa(start))), PAGE_SIZE);
	u64 stop = ALIGN_UP((u64)kasan_shadow((u64)hpa_to_kva(hpa(end - 1))) + 1, PAGE_SIZE);
	u64 size;

	for (at = max(at, mapped); at < stop; at += size) {
		hpa_t page = shadow_block(at, stop, &size);

		if (!page.v || pgtable_map(arg, at, page, size, PROT_RW, NULL))
			panic("no memory for the shadow of %#lx to %#lx", start, end);
	}
	mapped = max(mapped, stop);
}

void kasan_map(struct pgtable *pt)
{
	if (pgtable_map(pt, KASAN_IMAGE_SHADOW, kva_to_hpa(kasan_image_shadow),
			KASAN_IMAGE_SPAN / 8, PROT_RW, NULL))
		panic("can't map the shadow of the image");
	memory_map_for_each(map_ram_shadow, pt);
}

bool kasan_map_stack(struct pgtable *pt, u64 va)
{
	u64 shadow = (u64)kasan_shadow(va + STACK_SLOT - STACK_SIZE);
	hpa_t page = page_alloc(0, PAGE_ZERO, NULL);
	int err = page.v ? pgtable_map(pt, shadow, page, PAGE_SIZE, PROT_RW, NULL) : -ENOMEM;

	if (!err)
		arch_tlb_flush_host(shadow, PAGE_SIZE);
	else if (page.v)
		page_free(page, 0, NULL);
	/* It has one already when there was no memory for the stack itself the last time. */
	if (err && err != -EEXIST)
		return false;
	kasan_stacks_from(va);
	return true;
}
