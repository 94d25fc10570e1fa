// SPDX-License-Identifier: Apache-2.0
#include "../paging.h"
#include <arch/csr.h>
#include <guest/guest.h>
#include <guest/tap.h>

/* Privileged architecture 1.12, 4.3 to 4.6. */

#define PTE_A BIT(6)
#define PTE_D BIT(7)

void paging_flush(u64 va)
{
	__asm__ volatile("sfence.vma %0, zero" ::"r"(va) : "memory");
}

bool paging_guard_user(bool guard)
{
	if (guard)
		csr_clear(sstatus, SSTATUS_SUM);
	else
		csr_set(sstatus, SSTATUS_SUM);
	return true;
}

void paging_clear_accessed(u64 *pte)
{
	*pte &= ~(PTE_A | PTE_D);
}

bool paging_is_accessed(u64 pte)
{
	return (pte & (PTE_A | PTE_D)) == (PTE_A | PTE_D);
}

/* A 2 MiB leaf whose address is not aligned to 2 MiB is a page fault, not a page. */
void paging_arch_entries(struct address_space *as)
{
	u64 va = VA_2M + MIB(4);
	unsigned int level;
	u64 *pte;

	as_map(as, va, platform.ram_base, MIB(2), MAP_R | MAP_W, 1);
	pte = as_walk(as, va, &level);
	*pte |= 1UL << 10;
	arch_tlb_flush();
	tap_ok(paging_faults(paging_load(va), TRAP_LOAD_PAGE, va),
	       "%s: a misaligned large page faults", paging_name);
	*pte = arch_pte_make_leaf(platform.ram_base, MAP_W, 1);
	arch_tlb_flush();
	tap_ok(paging_faults(paging_load(va), TRAP_LOAD_PAGE, va), "%s: write without read faults",
	       paging_name);
	*pte = 0;
}

void paging_arch(void)
{
	struct address_space a, b;
	u64 satp, bits;

	as_create(&a, &arch_paging_modes[0], paging_page);
	paging_map_kernel(&a);
	if (!arch_paging_on(&a))
		return;
	csr_set(satp, 0xffffUL << 44);
	satp = csr_read(satp);
	arch_paging_off();
	bits = (satp >> 44) & 0xffff;
	tap_note("ASID mask 0x%lx", bits);
	if (!bits) {
		tap_skip("no ASIDs");
		return;
	}
	as_create(&b, &arch_paging_modes[0], paging_page);
	paging_map_kernel(&b);
	as_map(&a, VA_4K, paging_page(), PAGE_SIZE, MAP_R | MAP_W, 0);
	as_map(&b, VA_4K, paging_page(), PAGE_SIZE, MAP_R | MAP_W, 0);
	csr_write(satp, 8UL << 60 | 1UL << 44 | a.root >> PAGE_SHIFT);
	arch_tlb_flush();
	*(volatile u64 *)VA_4K = 1;
	csr_write(satp, 8UL << 60 | 2UL << 44 | b.root >> PAGE_SHIFT);
	*(volatile u64 *)VA_4K = 2;
	csr_write(satp, 8UL << 60 | 1UL << 44 | a.root >> PAGE_SHIFT);
	tap_ok(*(volatile u64 *)VA_4K == 1, "address spaces with ASIDs need no flush");
	arch_paging_off();
}
