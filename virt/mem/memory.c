// SPDX-License-Identifier: Apache-2.0
/*
 * A VM's memory: its regions, and the nested page table, which is only a cache of them
 * and is filled by faults.
 */
#include <lodge/arch_virt.h>
#include <lodge/errno.h>
#include <lodge/memory_map.h>
#include <lodge/printf.h>
#include <lodge/printk.h>
#include <lodge/string.h>
#include <lodge/vm.h>
#include <asm/layout.h>
#include "memory.h"

/* What is zeroed or cleaned between two looks at the time slice. */
#define WORK_PIECE KIB(64)

static unsigned int region_prot(const struct region *r)
{
	unsigned int prot = r->perm & PROT_RWX;

	return r->backing == BACKING_DEVICE ? prot | PROT_DEVICE : prot;
}

static void flush(struct pgtable *pt, u64 va, u64 size)
{
	arch_stage2_flush(container_of(pt, struct vm, stage2), va, size);
}

/* Most leaves go into a table that is there; only where not, pages are set aside for tables. */
static int map_leaf(struct vm *vm, u64 addr, hpa_t page, unsigned int level, unsigned int prot)
{
	struct page_cache pc = { 0 };
	int err = pgtable_map_leaf(&vm->stage2, addr, page, level, prot, NULL);

	if (likely(err != -ENOMEM))
		return err;
	err = page_cache_fill(&vm->stage2, &pc);
	if (!err)
		err = pgtable_map_leaf(&vm->stage2, addr, page, level, prot, &pc);
	page_cache_drain(&vm->stage2, &pc);
	return err;
}

/* In pieces, between which others have their turn when the time slice is over. */
static void zero(hpa_t page, u64 size)
{
	u64 at, n;

	for (at = page.v; at < page.v + size; at += n) {
		n = min(page.v + size - at, (u64)WORK_PIECE);
		page_zero(hpa_to_kva(hpa(at)), n);
		thread_make_room();
	}
}

/* What the host may have left of it in caches, past which guests may look. */
static void clean(hpa_t page, u64 size)
{
	u64 at, n;

	for (at = page.v; at < page.v + size; at += n) {
		n = min(page.v + size - at, (u64)WORK_PIECE);
		arch_memory_clean(hpa(at), n);
		thread_make_room();
	}
}

int memory_add_pages(struct vm *vm, const struct region *r, u64 addr, unsigned int order,
		     u32 access)
{
	hpa_t page = page_alloc(order, 0, vm->account);
	int err;

	if (!page.v)
		return -ENOMEM;
	if (!(access & MEM_NOZERO))
		zero(page, PAGE_SIZE << order);
	err = map_leaf(vm, addr, page, order / BLOCK_ORDER, region_prot(r));
	if (err)
		page_free(page, order, vm->account);
	else
		__atomic_fetch_add(&vm->ram_pages, 1ul << order, __ATOMIC_RELAXED);
	return err;
}

/* Another vCPU was quicker: this one may remember that nothing was there. */
static int already_mapped(struct vm *vm, u64 addr)
{
	struct pgtable_leaf leaf;

	if (pgtable_walk(&vm->stage2, addr, &leaf))
		return -EEXIST;
	arch_stage2_added(vm, addr);
	return 0;
}

/* Whether the block round @addr, of which nothing is there yet, can be all of region @r. */
static bool block_is_missing(struct vm *vm, const struct region *r, u64 addr)
{
	return block_fits(r, addr) && pgtable_is_free(&vm->stage2, addr, 1);
}

/*
 * A block at once where the region, memory and the account allow, else the one page. Blocks take
 * too long to make with interrupts off; there it is one page, and the block stays in pieces.
 */
static int fault_allocated(struct vm *vm, const struct region *r, u64 addr)
{
	int err;

	if (arch_irqs_enabled() && block_is_missing(vm, r, addr)) {
		err = memory_add_pages(vm, r, ALIGN_DOWN(addr, BLOCK_SIZE), BLOCK_ORDER, 0);
		if (err == -EEXIST)
			err = already_mapped(vm, addr);
		if (!err)
			return 0;
	}
	err = memory_add_pages(vm, r, ALIGN_DOWN(addr, PAGE_SIZE), 0, 0);
	if (err == -EEXIST)
		return already_mapped(vm, addr);
	/* Another vCPU may have had the last page, for this very address. */
	return err == -ENOMEM && !already_mapped(vm, addr) ? 0 : err;
}

/* The level of the largest aligned piece of a linear region round @addr. */
static unsigned int linear_level(const struct region *r, u64 addr)
{
	return block_fits(r, addr) && IS_ALIGNED(r->hpa.v - r->gpa.v, BLOCK_SIZE) ? 1 : 0;
}

static int fault_linear(struct vm *vm, const struct region *r, u64 addr)
{
	unsigned int level = linear_level(r, addr);
	u64 size = pgtable_level_size(level);
	u64 start = ALIGN_DOWN(addr, size);
	hpa_t page = hpa(start + r->hpa.v - r->gpa.v);
	int err;

	if (r->backing != BACKING_DEVICE)
		clean(page, size);
	err = map_leaf(vm, start, page, level, region_prot(r));
	return err == -EEXIST ? already_mapped(vm, addr) : err;
}

int memory_fault_region(struct vm *vm, const struct region *r, u64 addr)
{
	return is_allocated(r) ? fault_allocated(vm, r, addr) : fault_linear(vm, r, addr);
}

/* Whether the fault at @addr is one that takes long. */
static bool takes_long(struct vm *vm, const struct region *r, u64 addr)
{
	if (is_allocated(r))
		return block_is_missing(vm, r, addr);
	return r->backing != BACKING_DEVICE && linear_level(r, addr) != 0 &&
	       pgtable_is_free(&vm->stage2, addr, 1);
}

/* The block round the fault of @vcpu is its thread's to make, unless another's makes it. */
static bool claim_block(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;
	u64 block = ALIGN_DOWN(vcpu->fault_addr.v, BLOCK_SIZE) | 1;
	unsigned long flags = spin_lock_irqsave(&vm->lock);
	bool free = true;
	unsigned int i;

	for (i = 0; i < vm->nr_vcpus; i++)
		free &= vm->vcpu[i]->populating != block;
	if (free)
		vcpu->populating = block;
	spin_unlock_irqrestore(&vm->lock, flags);
	return free;
}

static void release_block(struct vcpu *vcpu)
{
	unsigned long flags = spin_lock_irqsave(&vcpu->vm->lock);

	vcpu->populating = 0;
	spin_unlock_irqrestore(&vcpu->vm->lock, flags);
}

void vm_memory_populate(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;

	/* One that is made twice would for a moment take twice the memory. */
	if (!claim_block(vcpu)) {
		thread_yield();
		return;
	}
	vcpu->fault_error = memory_fault_region(vm, region_find(&vm->map, vcpu->fault_addr),
						vcpu->fault_addr.v);
	release_block(vcpu);
}

int vm_memory_fault(struct vcpu *vcpu, gpa_t addr, u32 access)
{
	const struct region *r = region_find(&vcpu->vm->map, addr);
	int err = vcpu->fault_error;

	if (!r || r->backing == BACKING_EMULATED)
		return -ENODEV;
	/* A store to ROM goes nowhere, and firmware that runs from flash makes some. */
	if ((r->perm & access) != access)
		return access == ACCESS_W && region_is_memory(r) ? -ENODEV : -EACCES;
	if (unlikely(err)) {
		vcpu->fault_error = 0;
		return err;
	}
	if (takes_long(vcpu->vm, r, addr.v)) {
		vcpu->fault_addr = addr;
		__atomic_fetch_or(&vcpu->requests, REQ_MEMORY, __ATOMIC_RELAXED);
		return 0;
	}
	return memory_fault_region(vcpu->vm, r, addr.v);
}

static const char *access_name(u32 access)
{
	return access == ACCESS_X ? "fetch" : access == ACCESS_W ? "store" : "load";
}

void vm_memory_crash(struct vcpu *vcpu, gpa_t addr, u32 access, int err)
{
	if (err == -ENOMEM)
		vm_crash(vcpu, "no memory left for its page at gpa %#lx (%s)", addr.v,
			 access_name(access));
	else
		vm_crash(vcpu, "its %s at gpa %#lx can't be mapped", access_name(access), addr.v);
}

static void free_leaf(void *arg, u64 va, hpa_t pa, u64 size)
{
	struct vm *vm = arg;
	const struct region *r = region_find(&vm->map, gpa(va));

	if (r && is_allocated(r)) {
		page_free(pa, size == BLOCK_SIZE ? BLOCK_ORDER : 0, vm->account);
		__atomic_fetch_sub(&vm->ram_pages, size >> PAGE_SHIFT, __ATOMIC_RELAXED);
	}
	thread_make_room();
}

static int fill_eager(struct vm *vm, const struct region *r)
{
	u64 at = r->gpa.v, end = r->gpa.v + r->size;
	struct pgtable_leaf leaf;
	int err;

	while (at < end) {
		if (vm_is_dying(vm))
			return -ECANCELED;
		err = fault_allocated(vm, r, at);
		if (err)
			return err;
		/* A block, or where there was none left, a page. */
		BUG_ON(pgtable_walk(&vm->stage2, at, &leaf));
		at = leaf.va + leaf.size;
		thread_make_room();
	}
	return 0;
}

__cold int vm_memory_drop(struct vm *vm)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < vm->map.count && !err; i++) {
		const struct region *r = &vm->map.r[i];

		if (is_allocated(r))
			err = pgtable_unmap(&vm->stage2, r->gpa.v, r->size, free_leaf, vm);
		if (!err && r->backing == BACKING_EAGER)
			err = fill_eager(vm, r);
	}
	return err;
}

/* Whole leaves only, so nothing is split and no memory is needed. */
static void unmap_region(struct vm *vm, const struct region *r)
{
	BUG_ON(pgtable_unmap(&vm->stage2, r->gpa.v, r->size, free_leaf, vm));
}

__cold void vm_memory_release(struct vm *vm)
{
	unsigned int i;

	for (i = 0; i < vm->map.count; i++)
		if (is_allocated(&vm->map.r[i]))
			unmap_region(vm, &vm->map.r[i]);
}

/* One line when a region can't be had on this machine. */
static int check_region(struct vm *vm, const struct region *r, char *err)
{
	u64 first = r->gpa.v;

	if (r->gpa.v + r->size > 1ull << vm->stage2.fmt->va_bits) {
		scnprintf(err, VM_ERROR_MAX,
			  "%s: /memory@%llx: ends beyond the %u address bits that guests have here",
			  vm->cfg->file, (unsigned long long)first, vm->stage2.fmt->va_bits);
		return -EINVAL;
	}
	if (r->backing == BACKING_DEVICE && memory_map_overlaps(r->hpa.v, r->size)) {
		scnprintf(err, VM_ERROR_MAX,
			  "%s: passthrough of %#llx: that is the host's memory, not a device",
			  vm->cfg->file, (unsigned long long)r->hpa.v);
		return -EINVAL;
	}
	return 0;
}

__cold int vm_memory_init(struct vm *vm, char *err)
{
	unsigned int i;
	int rc;

	vm->map = vm->cfg->memory;
	rc = pgtable_init(&vm->stage2, arch_stage2_format(), vm->account, flush);
	if (rc) {
		scnprintf(err, VM_ERROR_MAX, "%s: no memory for nested tables", vm->cfg->file);
		return rc;
	}
	for (i = 0; !rc && i < vm->map.count; i++)
		rc = check_region(vm, &vm->map.r[i], err);
	if (rc)
		pgtable_destroy(&vm->stage2);
	return rc;
}

/* A guest may have pages of 64 KiB, in which no device should be beside it. */
#define INFO_ALIGN KIB(64)

__cold void vm_memory_add_info(struct vm *vm)
{
	struct region r = {
		.gpa = gpa(arch_guest_board.info_page),
		.size = PAGE_SIZE,
		.backing = BACKING_LAZY,
		.perm = REGION_R,
	};
	const struct region *other;

	while (r.gpa.v && (other = region_overlap(&vm->map, r.gpa, INFO_ALIGN)))
		r.gpa = gpa(ALIGN_UP(other->gpa.v + other->size, INFO_ALIGN));
	if (!r.gpa.v || r.gpa.v >> vm->stage2.fmt->va_bits || region_add(&vm->map, &r))
		return;
	vm->info_page = r.gpa;
}

/* What the host's memory held before is nobody else's to see. */
static int zero_claimed(const struct vm *vm, hpa_t at, u64 size)
{
	u64 off;

	for (off = 0; off < size; off += PAGE_SIZE) {
		if (vm_is_dying(vm))
			return -ECANCELED;
		page_zero(hpa_to_kva(hpa(at.v + off)), PAGE_SIZE);
		thread_make_room();
	}
	return 0;
}

static int fill_region(struct vm *vm, const struct region *r)
{
	if (r->backing == BACKING_RESERVED || r->backing == BACKING_IDENTICAL)
		return zero_claimed(vm, r->hpa, r->size);
	return r->backing == BACKING_EAGER ? fill_eager(vm, r) : 0;
}

__cold int vm_memory_fill(struct vm *vm, char *err)
{
	unsigned int i;

	for (i = 0; i < vm->map.count; i++) {
		const struct region *r = &vm->map.r[i];
		int rc = fill_region(vm, r);

		if (rc) {
			scnprintf(err, VM_ERROR_MAX, "%s: /memory@%llx: not enough memory",
				  vm->cfg->file, (unsigned long long)r->gpa.v);
			return rc;
		}
	}
	return 0;
}

void vm_memory_destroy(struct vm *vm)
{
	unsigned int i;

	for (i = 0; i < vm->map.count; i++)
		if (vm->map.r[i].backing != BACKING_EMULATED)
			unmap_region(vm, &vm->map.r[i]);
	pgtable_destroy(&vm->stage2);
}
