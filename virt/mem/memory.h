/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MEMORY_H
#define MEMORY_H

#include <lodge/vm.h>

/* Between memory.c and guest_memory.c. */

#define BLOCK_ORDER 9 /* 2 MiB */
#define BLOCK_SIZE  MIB(2)

static inline bool is_allocated(const struct region *r)
{
	return r->backing == BACKING_LAZY || r->backing == BACKING_EAGER;
}

/* Whether the 2 MiB block round @addr is all of region @r. */
static inline bool block_fits(const struct region *r, u64 addr)
{
	u64 start = ALIGN_DOWN(addr, BLOCK_SIZE);

	return start >= r->gpa.v && start + BLOCK_SIZE <= r->gpa.v + r->size;
}

/** memory_add_pages() - map 2^@order new pages at @addr; not zeroed with MEM_NOZERO in @access. */
__must_check int memory_add_pages(struct vm *vm, const struct region *r, u64 addr,
				  unsigned int order, u32 access);
/** memory_fault_region() - map what @addr of @r lies in, a block if it may take as long. */
__must_check int memory_fault_region(struct vm *vm, const struct region *r, u64 addr);

#endif
