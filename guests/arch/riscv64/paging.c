// SPDX-License-Identifier: Apache-2.0
#include <arch/csr.h>
#include <guest/paging.h>

/* Privileged architecture 1.12, 4.4 to 4.6: Sv39, Sv48, Sv57. */

#define PTE_V BIT(0)
#define PTE_R BIT(1)
#define PTE_W BIT(2)
#define PTE_X BIT(3)
#define PTE_U BIT(4)
#define PTE_A BIT(6)
#define PTE_D BIT(7)

const struct paging_mode arch_paging_modes[] = {
	{ "Sv39", 3, 39, 8 },
	{ "Sv48", 4, 48, 9 },
	{ "Sv57", 5, 57, 10 },
};
const unsigned int arch_nr_paging_modes = ARRAY_SIZE(arch_paging_modes);

bool arch_pte_valid(u64 pte)
{
	return pte & PTE_V;
}

bool arch_pte_leaf(u64 pte, unsigned int level)
{
	(void)level;
	return pte & (PTE_R | PTE_W | PTE_X);
}

u64 arch_pte_addr(u64 pte)
{
	return (pte >> 10 & GENMASK(43, 0)) << PAGE_SHIFT;
}

static u64 prot_bits(u32 prot)
{
	return (prot & MAP_R ? PTE_R : 0) | (prot & MAP_W ? PTE_W : 0) |
	       (prot & MAP_X ? PTE_X : 0) | (prot & MAP_U ? PTE_U : 0);
}

bool arch_pte_allows(u64 pte, u32 prot)
{
	return (pte & prot_bits(prot)) == prot_bits(prot);
}

u64 arch_pte_make_table(u64 pa)
{
	return pa >> PAGE_SHIFT << 10 | PTE_V;
}

u64 arch_pte_make_leaf(u64 pa, u32 prot, unsigned int level)
{
	(void)level;
	return pa >> PAGE_SHIFT << 10 | PTE_V | PTE_A | PTE_D | prot_bits(prot);
}

void arch_tlb_flush(void)
{
	__asm__ volatile("sfence.vma" ::: "memory");
}

/* A write of a mode that the hart does not have changes nothing (4.1.11). */
bool arch_paging_on(const struct address_space *as)
{
	u64 satp = as->mode->id << SATP_MODE_SHIFT | as->root >> PAGE_SHIFT;

	csr_write(satp, satp);
	arch_tlb_flush();
	return csr_read(satp) == satp;
}

void arch_paging_off(void)
{
	csr_write(satp, 0);
	arch_tlb_flush();
}

/* Interrupts and the timer are registers of the hart's, and calls. */
void arch_map_devices(struct address_space *as)
{
	(void)as;
}
