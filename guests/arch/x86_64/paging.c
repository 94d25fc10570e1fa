// SPDX-License-Identifier: Apache-2.0
#include <arch/apic.h>
#include <arch/regs.h>
#include <guest/paging.h>

/* 4-level paging (AMD APM vol. 2, 5.3). */

#define PTE_P	 BIT(0)
#define PTE_W	 BIT(1)
#define PTE_U	 BIT(2)
#define PTE_PWT	 BIT(3)
#define PTE_PCD	 BIT(4)
#define PTE_PS	 BIT(7)
#define PTE_NX	 BIT(63)
#define PTE_ADDR GENMASK(51, 12)

#define CPUID_7_SMEP BIT(7) /* EBX */

extern char flat_root[];

const struct paging_mode arch_paging_modes[] = {
	{ "4-level", 4, 48, 0 },
};
const unsigned int arch_nr_paging_modes = ARRAY_SIZE(arch_paging_modes);

bool arch_pte_valid(u64 pte)
{
	return pte & PTE_P;
}

bool arch_pte_leaf(u64 pte, unsigned int level)
{
	return !level || (pte & PTE_PS);
}

u64 arch_pte_addr(u64 pte)
{
	return pte & PTE_ADDR;
}

bool arch_pte_allows(u64 pte, u32 prot)
{
	if ((prot & MAP_U) && !(pte & PTE_U))
		return false;
	if ((prot & MAP_W) && !(pte & PTE_W))
		return false;
	return !(prot & MAP_X) || !(pte & PTE_NX);
}

u64 arch_pte_make_table(u64 pa)
{
	return pa | PTE_P | PTE_W | PTE_U;
}

u64 arch_pte_make_leaf(u64 pa, u32 prot, unsigned int level)
{
	u64 pte = pa | PTE_P | (level ? PTE_PS : 0);

	pte |= prot & MAP_W ? PTE_W : 0;
	pte |= prot & MAP_U ? PTE_U : 0;
	pte |= prot & MAP_D ? PTE_PCD | PTE_PWT : 0;
	return pte | (prot & MAP_X ? 0 : PTE_NX);
}

void arch_tlb_flush(void)
{
	cr_write(3, cr_read(3));
}

bool arch_paging_on(const struct address_space *as)
{
	u32 r[4];

	cpuid(7, 0, r);
	if (r[1] & CPUID_7_SMEP)
		cr_write(4, cr_read(4) | CR4_SMEP);
	cr_write(3, as->root);
	return true;
}

/* Long mode can't do without: back to where addresses are what they are. */
void arch_paging_off(void)
{
	cr_write(3, (u64)flat_root);
}

void arch_map_devices(struct address_space *as)
{
	u32 prot = MAP_R | MAP_W | MAP_D;

	as_map(as, LAPIC_BASE, LAPIC_BASE, PAGE_SIZE, prot, 0);
	if (platform.intc)
		as_map(as, platform.intc, platform.intc, PAGE_SIZE, prot, 0);
}
