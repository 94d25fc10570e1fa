// SPDX-License-Identifier: Apache-2.0
/*
 * Page-table formats: long mode with four levels (AMD APM vol. 2, 5.3), and the same tables
 * for nested paging (15.25), where every access is checked as if from user mode, so that
 * leaves and pointers have U/S; the host's must not have it.
 *
 * A and D are set beforehand: the host is not interested, and setting them costs the walker
 * a locked access. There is only one host address space, so that its leaves need no G.
 */
#include <asm/pgtable.h>

#define PTE_P	BIT(0)
#define PTE_W	BIT(1)
#define PTE_U	BIT(2)
#define PTE_PWT BIT(3)
#define PTE_PCD BIT(4)
#define PTE_A	BIT(5)
#define PTE_D	BIT(6)
#define PTE_PS	BIT(7)
#define PTE_NX	BIT(63)

/* With the PAT as it is after reset PCD and PWT select entry 3: uncacheable. */
#define PTE_DEVICE (PTE_PCD | PTE_PWT)

#define PTE_ADDR GENMASK(51, 12)

/* What is present can be read: there is no write-only or execute-only leaf. */
#define LEAF(bits, prot)                                                          \
	[prot] = (bits) | PTE_P | PTE_A | PTE_D | (PROT_W & (prot) ? PTE_W : 0) | \
		 (PROT_X & (prot) ? 0 : PTE_NX) | (PROT_DEVICE & (prot) ? PTE_DEVICE : 0)
#define LEAVES(bits, more)                                                                      \
	LEAF(bits, (more) | PROT_R), LEAF(bits, (more) | PROT_W), LEAF(bits, (more) | PROT_RW), \
		LEAF(bits, (more) | PROT_X), LEAF(bits, (more) | PROT_RX),                      \
		LEAF(bits, (more) | PROT_W | PROT_X), LEAF(bits, (more) | PROT_RWX)

static unsigned int decode_prot(u64 pte)
{
	unsigned int prot = PROT_R;

	if (pte & PTE_W)
		prot |= PROT_W;
	if (!(pte & PTE_NX))
		prot |= PROT_X;
	if ((pte & PTE_DEVICE) == PTE_DEVICE)
		prot |= PROT_DEVICE;
	return prot;
}

/* What a pointer to a table allows is cut by its leaves. */
/* clang-format off */
#define FORMAT(n, bits, leaves)                                        \
	{ .name = n,                                                   \
	  .levels = 4,                                                 \
	  .va_bits = 48,                                               \
	  .leaf_levels = leaves,                                       \
	  .present_mask = PTE_P,                                       \
	  .table_mask = PTE_P | PTE_PS,                                \
	  .table_value = PTE_P,                                        \
	  .table_bits = (bits) | PTE_P | PTE_W | PTE_A,                \
	  .large_bits = PTE_PS,                                        \
	  .pa_mask = PTE_ADDR,                                         \
	  .leaf_bits = { LEAVES(bits, 0), LEAVES(bits, PROT_DEVICE) }, \
	  .prot = decode_prot,                                         \
	  .signed_va = !(PTE_U & (bits)) }
/* clang-format on */

#define LEAVES_2M 0x3u /* 4 KiB and 2 MiB */
#define LEAVES_1G 0x7u

const struct pgtable_format long_mode_1g = FORMAT("4-level", 0, LEAVES_1G);
const struct pgtable_format long_mode_2m = FORMAT("4-level", 0, LEAVES_2M);
const struct pgtable_format npt_1g = FORMAT("nested 4-level", PTE_U, LEAVES_1G);
const struct pgtable_format npt_2m = FORMAT("nested 4-level", PTE_U, LEAVES_2M);
