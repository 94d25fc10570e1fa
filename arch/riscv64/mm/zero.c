// SPDX-License-Identifier: Apache-2.0
/*
 * page_zero(), and what makes it safe for guests with memory types of their own (Svpbmt): one
 * that maps a page as not cacheable reads what is in memory, which until the cache's lines
 * have been written back is what the page held for its last owner.
 */
#include <lodge/init.h>
#include <lodge/page_alloc.h>
#include <asm/cpu.h>

u32 riscv_cbom_block __ro_after_init;

void riscv_cache_flush(const void *p, u64 size)
{
	const char *at = p, *end = at + size;

	if (!riscv_cbom_block)
		return;
	/* cbo.flush (CMO 1.0, 2.6), ordered as a store to the block (2.4). */
	for (; at < end; at += riscv_cbom_block)
		__asm__ volatile(".insn i 0x0f, 2, x0, %0, 2" ::"r"(at) : "memory");
	__asm__ volatile("fence" ::: "memory");
}

void page_zero(void *p, u64 size)
{
	page_zero_by_stores(p, size);
	riscv_cache_flush(p, size);
}
