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
#include <lodge/printk.h>

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
#define PA_BITS	      (44 + PAGE_SHIFT)

/* Leaves of 4 KiB, 2 MiB and 1 GiB. */
#define LEAF_LEVELS 0x7u

/* W without R is a reserved encoding, and no permission at all a pointer to a table. */
static u64 encode_leaf(u64 pa, unsigned int prot, unsigned int level)
{
	u64 pte = PTE_V | PTE_A | PTE_D;

	BUG_ON(pa >> PA_BITS || !IS_ALIGNED(pa, pgtable_level_size(level)));
	BUG_ON(!(prot & PROT_RWX));
	if (prot & PROT_RW)
		pte |= PTE_R;
	if (prot & PROT_W)
		pte |= PTE_W;
	if (prot & PROT_X)
		pte |= PTE_X;
	if (prot & PROT_DEVICE)
		pte |= PTE_DEVICE;
	return pte | pa >> PAGE_SHIFT << PTE_PPN_SHIFT;
}

static u64 host_leaf(u64 pa, unsigned int prot, unsigned int level)
{
	return encode_leaf(pa, prot, level) | PTE_G;
}

static u64 guest_leaf(u64 pa, unsigned int prot, unsigned int level)
{
	return encode_leaf(pa, prot, level) | PTE_U;
}

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

#define HOST_FORMAT(n, nr_levels, bits)          \
	const struct pgtable_format sv##bits = { \
		.name = n,                       \
		.levels = nr_levels,             \
		.va_bits = bits,                 \
		.signed_va = true,               \
		.leaf = host_leaf,               \
		FORMAT_COMMON,                   \
	}

/* 16 KiB of root: four tables' worth of entries. */
#define GUEST_FORMAT(n, nr_levels, bits)             \
	const struct pgtable_format sv##bits##x4 = { \
		.name = n,                           \
		.levels = nr_levels,                 \
		.va_bits = bits + 2,                 \
		.root_order = 2,                     \
		.leaf = guest_leaf,                  \
		FORMAT_COMMON,                       \
	}

HOST_FORMAT("Sv39", 3, 39);
HOST_FORMAT("Sv48", 4, 48);
HOST_FORMAT("Sv57", 5, 57);
GUEST_FORMAT("Sv39x4", 3, 39);
GUEST_FORMAT("Sv48x4", 4, 48);
GUEST_FORMAT("Sv57x4", 5, 57);
