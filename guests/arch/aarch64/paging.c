// SPDX-License-Identifier: Apache-2.0
#include <arch/gic.h>
#include <guest/paging.h>

/*
 * VMSAv8-64 with 4 KiB pages (Arm ARM, D8.3). One root serves both halves: the tables are
 * indexed with the same bits, so that what is mapped at the upper half's beginning is also
 * at 0, and each half has va_bits - 1 of them.
 */

#define PTE_V	    BIT(0)
#define PTE_TABLE   BIT(1) /* a page at level 0 of this library's numbers, else a table */
#define PTE_ATTR(n) ((u64)(n) << 2)
#define PTE_USER    BIT(6)
#define PTE_RO	    BIT(7)
#define PTE_SH	    (3UL << 8)
#define PTE_AF	    BIT(10)
#define PTE_NG	    BIT(11)
#define PTE_PXN	    BIT(53)
#define PTE_UXN	    BIT(54)
#define PTE_ADDR    GENMASK(47, 12)

#define ATTR_DEVICE 0
#define ATTR_NORMAL 1
#define MAIR	    0xff04UL /* Device-nGnRE, write-back */

/* id: TnSZ. */
const struct paging_mode arch_paging_modes[] = {
	{ "39-bit", 3, 40, 25 },
	{ "48-bit", 4, 49, 16 },
};
const unsigned int arch_nr_paging_modes = ARRAY_SIZE(arch_paging_modes);

bool arch_pte_valid(u64 pte)
{
	return pte & PTE_V;
}

bool arch_pte_leaf(u64 pte, unsigned int level)
{
	return !level || !(pte & PTE_TABLE);
}

u64 arch_pte_addr(u64 pte)
{
	return pte & PTE_ADDR;
}

bool arch_pte_allows(u64 pte, u32 prot)
{
	if ((prot & MAP_U) && !(pte & PTE_USER))
		return false;
	if ((prot & MAP_W) && (pte & PTE_RO))
		return false;
	return !(prot & MAP_X) || !(pte & (prot & MAP_U ? PTE_UXN : PTE_PXN));
}

u64 arch_pte_make_table(u64 pa)
{
	return pa | PTE_V | PTE_TABLE;
}

/* What the other half may execute nobody else may. */
u64 arch_pte_make_leaf(u64 pa, u32 prot, unsigned int level)
{
	u64 pte = pa | PTE_V | PTE_AF | (level ? 0 : PTE_TABLE);

	pte |= prot & MAP_D ? PTE_ATTR(ATTR_DEVICE) : PTE_ATTR(ATTR_NORMAL) | PTE_SH;
	pte |= prot & MAP_W ? 0 : PTE_RO;
	if (prot & MAP_U)
		return pte | PTE_USER | PTE_PXN | PTE_NG | (prot & MAP_X ? 0 : PTE_UXN);
	return pte | PTE_UXN | (prot & MAP_X ? 0 : PTE_PXN);
}

void arch_tlb_flush(void)
{
	__asm__ volatile("dsb ishst; tlbi vmalle1; dsb ish; isb" ::: "memory");
}

bool arch_paging_on(const struct address_space *as)
{
	u64 size = as->mode->id, ips = sysreg_read(id_aa64mmfr0_el1) & 0xf;

	sysreg_write(mair_el1, MAIR);
	/* TnSZ; inner shareable, write-back walks; 4 KiB granules; size of the output. */
	sysreg_write(tcr_el1, size | size << 16 | 0x3500UL | 0x3500UL << 16 | 2UL << 30 |
				      min(ips, 5UL) << 32);
	sysreg_write(ttbr0_el1, as->root);
	sysreg_write(ttbr1_el1, as->root);
	arch_tlb_flush();
	sysreg_write(sctlr_el1, sysreg_read(sctlr_el1) | SCTLR_M | SCTLR_C | SCTLR_I);
	isb();
	return true;
}

void arch_paging_off(void)
{
	sysreg_write(sctlr_el1, sysreg_read(sctlr_el1) & ~(SCTLR_M | SCTLR_C | SCTLR_I));
	isb();
	arch_tlb_flush();
}

void arch_map_devices(struct address_space *as)
{
	u32 prot = MAP_R | MAP_W | MAP_D;

	as_map(as, gic.gicd, gic.gicd, KIB(64), prot, 0);
	if (gic.version == 3)
		as_map(as, gic.gicr, gic.gicr, min(gic.gicr_size, MIB(2)), prot, 0);
	else
		as_map(as, gic.gicc, gic.gicc, KIB(8), prot, 0);
}
