// SPDX-License-Identifier: Apache-2.0
#include "../paging.h"
#include <arch/regs.h>
#include <guest/guest.h>
#include <guest/tap.h>

/* 4-level paging (AMD APM vol. 2, chapter 5). */

#define PTE_A BIT(5)
#define PTE_D BIT(6)
#define PTE_G BIT(8)

#define PF_RESERVED  0x08
#define CR4_PGE	     0x80
#define CR4_SMAP_BIT (1u << 20) /* in leaf 7's EBX */

void paging_flush(u64 va)
{
	__asm__ volatile("invlpg (%0)" ::"r"(va) : "memory");
}

bool paging_guard_user(bool guard)
{
	u32 r[4];

	cpuid(7, 0, r);
	if (!(r[1] & CR4_SMAP_BIT))
		return false;
	cr_write(4, guard ? cr_read(4) | CR4_SMAP : cr_read(4) & ~(u64)CR4_SMAP);
	return true;
}

void paging_clear_accessed(u64 *pte)
{
	*pte &= ~(PTE_A | PTE_D);
}

bool paging_is_accessed(u64 pte)
{
	return pte & PTE_A;
}

/* The highest bit of a physical address that this CPU does not have, or 0. */
static u64 reserved_bit(void)
{
	u32 r[4];

	cpuid(0x80000008, 0, r);
	return (r[0] & 0xff) < 52 ? BIT(51) : 0;
}

void paging_arch_entries(struct address_space *as)
{
	u64 va = VA_4K + MIB(1) + 16 * PAGE_SIZE;
	struct trap_record r;
	unsigned int level;
	u64 *pte;

	paging_guard_user(false);
	as_map(as, va, paging_page(), PAGE_SIZE, MAP_R | MAP_W, 0);
	pte = as_walk(as, va, &level);
	arch_tlb_flush();
	paging_load(va);
	tap_ok((*pte & (PTE_A | PTE_D)) == PTE_A, "%s: a load marks a page as accessed",
	       paging_name);
	paging_store(va);
	tap_ok(*pte & PTE_D, "%s: and a store as dirty", paging_name);
	if (!reserved_bit()) {
		tap_skip("%s: no address bit is reserved", paging_name);
		return;
	}
	*pte |= reserved_bit();
	arch_tlb_flush();
	r = paging_load(va);
	tap_ok(paging_faults(r, TRAP_LOAD_PAGE, va) && (r.cause >> 8 & PF_RESERVED),
	       "%s: an entry with a reserved bit faults, and says so", paging_name);
	*pte = 0;
	arch_tlb_flush();
}

/* A global page stays where the root changes, until its address is flushed. */
void paging_arch(void)
{
	struct address_space as[2];
	volatile u64 *p = (u64 *)VA_4K;
	u64 first, second;
	unsigned int level;

	cr_write(4, cr_read(4) | CR4_PGE);
	for (int i = 0; i < 2; i++) {
		as_create(&as[i], &arch_paging_modes[0], paging_page);
		paging_map_kernel(&as[i]);
		as_map(&as[i], VA_4K, paging_page(), PAGE_SIZE, MAP_R | MAP_W, 0);
		*as_walk(&as[i], VA_4K, &level) |= PTE_G;
	}
	arch_paging_on(&as[0]);
	*p = 1;
	arch_paging_on(&as[1]);
	first = *p;
	paging_flush(VA_4K);
	second = *p;
	tap_ok(first <= 1 && second == 0, "a page that is global goes by INVLPG");
	cr_write(4, cr_read(4) & ~(u64)CR4_PGE);
	arch_paging_off();
}
