// SPDX-License-Identifier: Apache-2.0
/* A guest's memory, as the host reads, writes and finds it. */
#include <lodge/errno.h>
#include <lodge/string.h>
#include <lodge/vm.h>
#include <asm/layout.h>
#include "memory.h"

#define MEM_PEEK 32u /* beside ACCESS_R: -ENOENT where nobody has written yet */

/* Where @addr, which is memory, is in the host, and how many bytes up to @end are contiguous. */
static int locate(struct vm *vm, u64 addr, u64 end, u32 access, hpa_t *out, u64 *len)
{
	const struct region *r = region_find(&vm->map, gpa(addr));
	struct pgtable_leaf leaf;
	u64 start = ALIGN_DOWN(addr, BLOCK_SIZE);
	int err;

	end = min(end, r->gpa.v + r->size);
	if (pgtable_walk(&vm->stage2, addr, &leaf)) {
		/* What nobody has touched is not there for being looked at. */
		if (access & MEM_PEEK && is_allocated(r))
			return -ENOENT;
		/* Nobody has touched it: a whole block that is overwritten needs no zeroes. */
		err = -EEXIST;
		if (is_allocated(r) && block_fits(r, addr) && start == addr &&
		    start + BLOCK_SIZE <= end && (access & MEM_NOZERO))
			err = memory_add_pages(vm, r, start, BLOCK_ORDER, MEM_NOZERO);
		if (err)
			err = memory_fault_region(vm, r, addr);
		if (err)
			return err;
		err = pgtable_walk(&vm->stage2, addr, &leaf);
		if (err)
			return err;
	}
	*out = hpa(leaf.pa.v + (addr - leaf.va));
	*len = min(leaf.va + leaf.size, end) - addr;
	return 0;
}

int vm_memory_check(struct vm *vm, gpa_t addr, u64 len, u32 access)
{
	u64 at = addr.v, end = addr.v + len;
	bool allowed = true;

	if (end < at)
		return -EFAULT;
	access &= ACCESS_R | ACCESS_W | ACCESS_X;
	do {
		const struct region *r = region_find(&vm->map, gpa(at));

		if (!region_is_memory(r))
			return -EFAULT;
		allowed &= (r->perm & access) == access;
		at = r->gpa.v + r->size;
	} while (at < end);
	return allowed ? 0 : -EACCES;
}

int vm_memory_segs(struct vm *vm, gpa_t addr, u64 len, u32 access, struct block_seg *segs,
		   unsigned int max)
{
	u64 at = addr.v, end = addr.v + len, n;
	unsigned int used = 0;
	hpa_t where;
	int err = vm_memory_check(vm, addr, len, access);

	if (err)
		return err;
	while (at < end) {
		err = locate(vm, at, end, access, &where, &n);
		if (err)
			return err;
		if (used && segs[used - 1].addr.v + segs[used - 1].len == where.v &&
		    segs[used - 1].len + n <= 0xfffff000u) {
			segs[used - 1].len += n;
		} else {
			if (used == max)
				return -E2BIG;
			segs[used++] = (struct block_seg){ where, n };
		}
		at += n;
	}
	return used;
}

static int copy(struct vm *vm, gpa_t addr, u8 *buf, size_t len, u32 access)
{
	u64 at = addr.v, end = addr.v + len, n;
	hpa_t where;
	int err = vm_memory_check(vm, addr, len, access);

	if (err)
		return err;
	while (at < end) {
		err = locate(vm, at, end, access == ACCESS_R ? ACCESS_R | MEM_PEEK : access, &where,
			     &n);
		if (err && err != -ENOENT)
			return err;
		if (err) {
			n = min(end, ALIGN_DOWN(at, PAGE_SIZE) + PAGE_SIZE) - at;
			memset(buf, 0, n);
		} else if (access != ACCESS_R)
			memcpy(hpa_to_kva(where), buf, n);
		else
			memcpy(buf, hpa_to_kva(where), n);
		buf += n;
		at += n;
	}
	return 0;
}

int guest_read(struct vm *vm, void *buf, gpa_t addr, size_t len)
{
	return copy(vm, addr, buf, len, ACCESS_R);
}

int guest_write(struct vm *vm, gpa_t addr, const void *buf, size_t len)
{
	/* The buffer is only read: copy() is told the direction. */
	return copy(vm, addr, (u8 *)(uintptr_t)buf, len, ACCESS_W);
}

int guest_load(struct vm *vm, gpa_t addr, const void *buf, size_t len)
{
	return copy(vm, addr, (u8 *)(uintptr_t)buf, len, ACCESS_LOAD);
}
