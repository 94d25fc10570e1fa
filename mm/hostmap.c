// SPDX-License-Identifier: Apache-2.0
/* The host's own address space: the image by section, all RAM, devices, stacks. */
#include <lodge/arch.h>
#include <lodge/hostmap.h>
#include <lodge/init.h>
#include <lodge/kasan.h>
#include <lodge/memory_map.h>
#include <lodge/pgtable.h>
#include <lodge/printk.h>
#include <lodge/sections.h>
#include <asm/stack.h>

static struct pgtable host_pt;
static struct spinlock vmap_lock = SPINLOCK_INIT;
static u64 vmap_next = VMAP_BASE; /* devices from here up, stacks below the end */
static u64 vmap_end = VMAP_BASE + VMAP_SIZE;
static u64 free_stacks; /* tops of freed slots, each linked through its first word below the top */

static void flush(struct pgtable *pt, u64 va, u64 size)
{
	(void)pt;
	arch_tlb_flush_host(va, size);
}

static void map_or_die(u64 va, u64 pa, u64 size, unsigned int prot)
{
	if (size && pgtable_map(&host_pt, va, hpa(pa), size, prot, NULL))
		panic("can't map %#lx bytes of the host at %#lx", size, va);
}

static void map_image(const char *start, const char *end, unsigned int prot)
{
	map_or_die((u64)start, kva_to_hpa(start).v, end - start, prot);
}

static void map_ram(void *arg, u64 start, u64 end)
{
	(void)arg;
	map_or_die((u64)hpa_to_kva(hpa(start)), start, end - start, PROT_RW);
}

void hostmap_init(void)
{
	const struct pgtable_format *fmt = arch_host_format();

	if (pgtable_init(&host_pt, fmt, NULL, flush))
		panic("no memory for the host's page tables");
	map_image(__text_start, __text_end, PROT_RX);
	map_image(__rodata_start, __rodata_end, PROT_R);
	/* What is read-only after init is writable until hostmap_seal(). */
	map_image(__ro_after_init_start, boot_stack_guard, PROT_RW);
	map_image(boot_stack_guard + STACK_SIZE, __image_end, PROT_RW);
	/* The image's frames are in no other mapping: program text has no writable alias. */
	memory_map_for_each(map_ram, NULL);
	kasan_map(&host_pt);
	arch_host_activate(fmt, host_pt.root);
	kasan_start();
	pr_debug("%s: %lu pages of tables", fmt->name, host_pt.table_pages);
}

void hostmap_seal(void)
{
	u64 start = (u64)__ro_after_init_start;

	if (pgtable_protect(&host_pt, start, (u64)__ro_after_init_end - start, PROT_R))
		panic("can't protect the host's data");
}

/* @size bytes of addresses for a device, whole pages, or 0. */
static u64 vmap_take(u64 size)
{
	unsigned long flags = spin_lock_irqsave(&vmap_lock);
	u64 va = vmap_next;

	if (size > vmap_end - va)
		va = 0;
	else
		vmap_next = va + size;
	spin_unlock_irqrestore(&vmap_lock, flags);
	return va;
}

/* A slot of addresses for a stack, or 0. */
static u64 slot_take(void)
{
	unsigned long flags = spin_lock_irqsave(&vmap_lock);
	u64 va = vmap_end - STACK_SLOT;

	if (va < vmap_next)
		va = 0;
	else
		vmap_end = va;
	spin_unlock_irqrestore(&vmap_lock, flags);
	return va;
}

/* If nobody has taken one since. */
static void slot_give_back(u64 va)
{
	unsigned long flags = spin_lock_irqsave(&vmap_lock);

	if (vmap_end == va)
		vmap_end = va + STACK_SLOT;
	spin_unlock_irqrestore(&vmap_lock, flags);
}

void *host_ioremap(u64 pa, u64 size)
{
	u64 start = ALIGN_DOWN(pa, PAGE_SIZE), len;
	u64 va;

	if (size == 0 || pa + size < pa)
		return NULL;
	len = ALIGN_UP(pa + size, PAGE_SIZE) - start;
	va = vmap_take(len);
	if (!va || pgtable_map(&host_pt, va, hpa(start), len, PROT_RW | PROT_DEVICE, NULL))
		return NULL;
	arch_tlb_flush_host(va, len);
	return (void *)(va + (pa - start));
}

static void free_stack_page(void *arg, u64 va, hpa_t pa, u64 size)
{
	(void)arg;
	(void)va;
	(void)size;
	page_free(pa, 0, NULL);
}

/* Pages for the stack in the slot at @va; false with nothing left there. */
static bool stack_map(u64 va)
{
	u64 start = va + STACK_SLOT - STACK_SIZE, at;

	if (!kasan_map_stack(&host_pt, va))
		return false;
	for (at = start; at < va + STACK_SLOT; at += PAGE_SIZE) {
		hpa_t page = page_alloc(0, PAGE_ZERO, NULL);

		if (page.v && !pgtable_map(&host_pt, at, page, PAGE_SIZE, PROT_RW, NULL))
			continue;
		if (page.v)
			page_free(page, 0, NULL);
		/* Nothing is split, so it can't fail. */
		BUG_ON(at > start &&
		       pgtable_unmap(&host_pt, start, at - start, free_stack_page, NULL));
		return false;
	}
	arch_tlb_flush_host(va, STACK_SLOT);
	return true;
}

void *host_stack_alloc(unsigned int pages)
{
	unsigned long flags = spin_lock_irqsave(&vmap_lock);
	u64 top = free_stacks;
	u64 va;

	BUG_ON(pages != STACK_PAGES); /* one size, so that freed slots fit again */
	if (top)
		free_stacks = ((u64 *)top)[-1];
	spin_unlock_irqrestore(&vmap_lock, flags);
	if (top) {
		kasan_unpoison((void *)(top - STACK_SIZE), STACK_SIZE);
		return (void *)top;
	}
	va = slot_take();
	if (!va)
		return NULL;
	if (stack_map(va))
		return (void *)(va + STACK_SLOT);
	slot_give_back(va);
	return NULL;
}

void host_stack_free(void *top, unsigned int pages)
{
	unsigned long flags;

	BUG_ON(pages != STACK_PAGES);
	flags = spin_lock_irqsave(&vmap_lock);
	((u64 *)top)[-1] = free_stacks;
	free_stacks = (u64)top;
	kasan_poison((u8 *)top - STACK_SIZE, STACK_SIZE, KASAN_STACK_FREE);
	spin_unlock_irqrestore(&vmap_lock, flags);
}
