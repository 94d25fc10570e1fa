// SPDX-License-Identifier: Apache-2.0
/*
 * Page-table formats: privileged architecture 1.12, 4.4 to 4.6 (Sv39, Sv48, Sv57) and 8.5
 * (hypervisor extension: Sv39x4, Sv48x4, Sv57x4, with two more bits of address and a
 * root of 16 KiB).
 *
 * A and D are set beforehand, since hardware may raise a fault instead of setting them.
 * G-stage translations are checked as if from user mode, so their leaves have U; the
 * host's must not have it. G is for the host alone, whose address space is the only one of
 * its kind; it is reserved in the G stage.
 */
#include <asm/pgtable.h>

#define PTE_V BIT(0)
#define PTE_R BIT(1)
#define PTE_W BIT(2)
#define PTE_X BIT(3)
#define PTE_U BIT(4)
#define PTE_G BIT(5)
#define PTE_A BIT(6)
#define PTE_D BIT(7)
/* For software: what PMAs make of it anyway, kept so that it can be read back. */
#define PTE_DEVICE BIT(8)

#define PTE_PPN	      GENMASK(53, 10)
#define PTE_PPN_SHIFT 10

/* Leaves of 4 KiB, 2 MiB and 1 GiB. */
#define LEAF_LEVELS 0x7u

/* W without R is a reserved encoding, and no permission at all would be a pointer to a table. */
#define LEAF(bits, prot)                                                           \
	[prot] = (bits) | PTE_V | PTE_A | PTE_D | (PROT_RW & (prot) ? PTE_R : 0) | \
		 (PROT_W & (prot) ? PTE_W : 0) | (PROT_X & (prot) ? PTE_X : 0) |   \
		 (PROT_DEVICE & (prot) ? PTE_DEVICE : 0)
#define LEAVES(bits, more)                                                                      \
	LEAF(bits, (more) | PROT_R), LEAF(bits, (more) | PROT_W), LEAF(bits, (more) | PROT_RW), \
		LEAF(bits, (more) | PROT_X), LEAF(bits, (more) | PROT_RX),                      \
		LEAF(bits, (more) | PROT_W | PROT_X), LEAF(bits, (more) | PROT_RWX)

static unsigned int decode_prot(u64 pte)
{
	unsigned int prot = 0;

	if (pte & PTE_R)
		prot |= PROT_R;
	if (pte & PTE_W)
		prot |= PROT_W;
	if (pte & PTE_X)
		prot |= PROT_X;
	if (pte & PTE_DEVICE)
		prot |= PROT_DEVICE;
	return prot;
}

/* A pointer to a table is valid and has none of R, W and X; A, D, U and G are reserved in it. */
#define FORMAT_COMMON                                                                           \
	.leaf_levels = LEAF_LEVELS, .present_mask = PTE_V,                                      \
	.table_mask = PTE_V | PTE_R | PTE_W | PTE_X, .table_value = PTE_V, .table_bits = PTE_V, \
	.pa_mask = PTE_PPN, .pa_shift = PAGE_SHIFT - PTE_PPN_SHIFT, .prot = decode_prot

#define HOST_FORMAT(n, nr_levels, bits)                                        \
	const struct pgtable_format sv##bits = {                               \
		.name = n,                                                     \
		.levels = nr_levels,                                           \
		.va_bits = bits,                                               \
		.signed_va = true,                                             \
		.leaf_bits = { LEAVES(PTE_G, 0), LEAVES(PTE_G, PROT_DEVICE) }, \
		FORMAT_COMMON,                                                 \
	}

/* 16 KiB of root: four tables' worth of entries. */
#define GUEST_FORMAT(n, nr_levels, bits)                                       \
	const struct pgtable_format sv##bits##x4 = {                           \
		.name = n,                                                     \
		.levels = nr_levels,                                           \
		.va_bits = bits + 2,                                           \
		.root_order = 2,                                               \
		.leaf_bits = { LEAVES(PTE_U, 0), LEAVES(PTE_U, PROT_DEVICE) }, \
		FORMAT_COMMON,                                                 \
	}

HOST_FORMAT("Sv39", 3, 39);
HOST_FORMAT("Sv48", 4, 48);
HOST_FORMAT("Sv57", 5, 57);
GUEST_FORMAT("Sv39x4", 3, 39);
GUEST_FORMAT("Sv48x4", 4, 48);
GUEST_FORMAT("Sv57x4", 5, 57);
