// SPDX-License-Identifier: Apache-2.0
#include "../paging.h"
#include <arch/sysreg.h>
#include <guest/guest.h>
#include <guest/tap.h>

/* VMSAv8-64 (Arm ARM, D8). */

#define NOWHERE	     0x50000000UL /* no memory, no device */
#define PTE_AF	     BIT(10)
#define PTE_NG	     BIT(11)
#define PTE_TABLE    BIT(1)
#define PAN	     S3_0_C4_C2_3
#define PSTATE_PAN   BIT(22)
#define TCR_EPD1     BIT(23)
#define TTBR_ASID(n) ((u64)(n) << 48)

void paging_flush(u64 va)
{
	__asm__ volatile("dsb ishst; tlbi vaae1, %0; dsb ish; isb" ::"r"(va >> PAGE_SHIFT)
			 : "memory");
}

/* FEAT_PAN. */
bool paging_guard_user(bool guard)
{
	if (!(sysreg_read(id_aa64mmfr1_el1) >> 20 & 0xf))
		return false;
	sysreg_write(PAN, guard ? PSTATE_PAN : 0);
	return true;
}

void paging_clear_accessed(u64 *pte)
{
	*pte &= ~PTE_AF;
}

bool paging_is_accessed(u64 pte)
{
	return pte & PTE_AF;
}

void paging_arch_entries(struct address_space *as)
{
	u64 va = VA_4K + MIB(1) + 16 * PAGE_SIZE, tcr = sysreg_read(tcr_el1);
	unsigned int level;
	u64 *pte;

	if (sysreg_read(id_aa64mmfr1_el1) >> 20 & 0xf)
		sysreg_write(PAN, 0);
	as_map(as, va, paging_page(), PAGE_SIZE, MAP_R | MAP_W, 0);
	pte = as_walk(as, va, &level);
	*pte &= ~PTE_TABLE;
	arch_tlb_flush();
	tap_ok(paging_faults(paging_load(va), TRAP_LOAD_PAGE, va),
	       "%s: a block where only a page can be faults", paging_name);
	*pte = (*pte | PTE_TABLE | BIT(47)) & ~BIT(10);
	arch_tlb_flush();
	tap_ok(paging_faults(paging_load(va), TRAP_LOAD_PAGE, va), "%s: a page not accessed yet",
	       paging_name);
	*pte = 0;
	as_map(as, va, NOWHERE, PAGE_SIZE, MAP_R | MAP_X, 0);
	arch_tlb_flush();
	tap_ok(paging_faults(paging_call(va), TRAP_FETCH_ACCESS, va),
	       "%s: code that is mapped to nowhere is refused", paging_name);
	*pte = 0;
	sysreg_write(tcr_el1, tcr | TCR_EPD1);
	isb();
	arch_tlb_flush();
	va = ~0UL - 15;
	tap_ok(paging_faults(paging_load(va), TRAP_LOAD_PAGE, va),
	       "%s: without walks of the upper half it faults", paging_name);
	sysreg_write(tcr_el1, tcr);
	arch_tlb_flush();
}

static void set_asid(const struct address_space *as, u64 asid)
{
	sysreg_write(ttbr0_el1, as->root | TTBR_ASID(asid));
	isb();
}

static void map_own(struct address_space *as)
{
	unsigned int level;

	as_create(as, &arch_paging_modes[0], paging_page);
	paging_map_kernel(as);
	as_map(as, VA_4K, paging_page(), PAGE_SIZE, MAP_R | MAP_W, 0);
	*as_walk(as, VA_4K, &level) |= PTE_NG;
}

void paging_arch(void)
{
	struct address_space a, b;
	volatile u64 *p = (u64 *)VA_4K;
	u64 first, par;

	map_own(&a);
	map_own(&b);
	arch_paging_on(&a);
	set_asid(&a, 1);
	*p = 1;
	set_asid(&b, 2);
	*p = 2;
	set_asid(&a, 1);
	first = *p;
	set_asid(&b, 2);
	tap_ok(first == 1 && *p == 2, "address spaces with ASIDs need no flush");
	set_asid(&a, 0);

	__asm__ volatile("at s1e1r, %0; isb" ::"r"(p) : "memory");
	par = sysreg_read(par_el1);
	tap_ok(!(par & 1) && *(volatile u64 *)(par & GENMASK(47, 12)) == 1,
	       "AT tells where an address is");
	__asm__ volatile("at s1e0r, %0; isb" ::"r"(p) : "memory");
	tap_ok(sysreg_read(par_el1) & 1, "and that user code cannot read it");
	__asm__ volatile("at s1e1w, %0; isb" ::"r"(VA_ALIAS) : "memory");
	par = sysreg_read(par_el1);
	tap_ok((par & 1) && (par >> 1 & 0x3c) == FSC_TRANS, "and that nothing is mapped");
	arch_paging_off();
}
