// SPDX-License-Identifier: Apache-2.0
/*
 * Page-table formats: VMSAv8-64 with the 4 KiB granule (Arm ARM D8.3), stage 1 of EL2 and
 * stage 2.
 *
 * The access flag is set beforehand, since hardware need not set it. EL2's stage 1 has one
 * privilege level, where AP[1] is RES1 and all can be read. SCTLR_EL2.WXN makes what can be
 * written not executable, so the host's format does not have both. In stage 2 each permission
 * is on its own.
 */
#include <asm/pgtable.h>
#include <asm/sysreg.h>

#define PTE_VALID    BIT(0)
#define PTE_TABLE    BIT(1) /* above level 0: to a table; at level 0 every leaf has it */
#define PTE_SH_INNER (3UL << 8)
#define PTE_AF	     BIT(10)
#define PTE_OA	     GENMASK(47, 12)

/* Stage 1 */
#define S1_ATTR(idx) ((u64)(idx) << 2) /* index into MAIR_EL2 */
#define S1_ATTR_MASK S1_ATTR(7)
#define S1_AP1	     BIT(6)
#define S1_RO	     BIT(7) /* AP[2] */
#define S1_XN	     BIT(54)

#define S1_LEAF(prot)                                                                         \
	[prot] = PTE_VALID | PTE_SH_INNER | PTE_AF | S1_AP1 | (PROT_W & (prot) ? 0 : S1_RO) | \
		 (PROT_X & (prot) ? 0 : S1_XN) |                                              \
		 S1_ATTR(PROT_DEVICE & (prot) ? MAIR_IDX_DEVICE : MAIR_IDX_NORMAL)
#define S1_LEAVES(more)                                                                \
	S1_LEAF((more) | PROT_R), S1_LEAF((more) | PROT_W), S1_LEAF((more) | PROT_RW), \
		S1_LEAF((more) | PROT_X), S1_LEAF((more) | PROT_RX)

/* Stage 2; of memory types those of two attributes that no stage 1 can make stronger. */
#define S2_NORMAL_WB	(15UL << 2)
#define S2_DEVICE_nGnRE (1UL << 2)
#define S2_ATTR_MASK	(15UL << 2)
#define S2_READ		BIT(6) /* S2AP */
#define S2_WRITE	BIT(7)
#define S2_XN		BIT(54) /* XN[1], XN[0] is 0: for EL1 and EL0 alike */

#define S2_LEAF(prot)                                                                  \
	[prot] = PTE_VALID | PTE_SH_INNER | PTE_AF | (PROT_R & (prot) ? S2_READ : 0) | \
		 (PROT_W & (prot) ? S2_WRITE : 0) | (PROT_X & (prot) ? 0 : S2_XN) |    \
		 (PROT_DEVICE & (prot) ? S2_DEVICE_nGnRE : S2_NORMAL_WB)
#define S2_LEAVES(more)                                                                \
	S2_LEAF((more) | PROT_R), S2_LEAF((more) | PROT_W), S2_LEAF((more) | PROT_RW), \
		S2_LEAF((more) | PROT_X), S2_LEAF((more) | PROT_RX),                   \
		S2_LEAF((more) | PROT_W | PROT_X), S2_LEAF((more) | PROT_RWX)

/* Leaves of 4 KiB, 2 MiB and 1 GiB; no architected bit but the two lowest in a table's entry. */
#define FORMAT_COMMON                                                              \
	.leaf_levels = 0x7, .break_before_make = true, .present_mask = PTE_VALID,  \
	.table_mask = PTE_VALID | PTE_TABLE, .table_value = PTE_VALID | PTE_TABLE, \
	.table_bits = PTE_VALID | PTE_TABLE, .page_bits = PTE_TABLE, .pa_mask = PTE_OA

static unsigned int stage1_prot(u64 pte)
{
	unsigned int prot = PROT_R;

	if (!(pte & S1_RO))
		prot |= PROT_W;
	if (!(pte & S1_XN))
		prot |= PROT_X;
	if ((pte & S1_ATTR_MASK) == S1_ATTR(MAIR_IDX_DEVICE))
		prot |= PROT_DEVICE;
	return prot;
}

static unsigned int stage2_prot(u64 pte)
{
	unsigned int prot = 0;

	if (pte & S2_READ)
		prot |= PROT_R;
	if (pte & S2_WRITE)
		prot |= PROT_W;
	if (!(pte & S2_XN))
		prot |= PROT_X;
	if ((pte & S2_ATTR_MASK) == S2_DEVICE_nGnRE)
		prot |= PROT_DEVICE;
	return prot;
}

const struct pgtable_format el2_stage1 = {
	.name = "EL2 stage 1, 48 bits",
	.levels = 4,
	.va_bits = 48,
	.leaf_bits = { S1_LEAVES(0), S1_LEAVES(PROT_DEVICE) },
	.prot = stage1_prot,
	FORMAT_COMMON,
};

static const struct pgtable_format stage2_common = {
	.leaf_bits = { S2_LEAVES(0), S2_LEAVES(PROT_DEVICE) },
	.prot = stage2_prot,
	FORMAT_COMMON,
};

/*
 * By ID_AA64MMFR0_EL1.PARange: as many bits as the CPU has of physical addresses. Up to 16 tables
 * are concatenated at the root where that saves a level (D8.2.2); 2^order is their number. 52 bits
 * and more would need descriptors of another form (LPA2), and are not used.
 */
static const struct {
	const char *name;
	u8 bits, levels, order;
} sizes[] = {
	{ "stage 2, 32 bits", 32, 3, 0 }, { "stage 2, 36 bits", 36, 3, 0 },
	{ "stage 2, 40 bits", 40, 3, 1 }, { "stage 2, 42 bits", 42, 3, 3 },
	{ "stage 2, 44 bits", 44, 4, 0 }, { "stage 2, 48 bits", 48, 4, 0 },
};

void stage2_format(struct pgtable_format *fmt, unsigned int parange)
{
	unsigned int i = min(parange, (unsigned int)ARRAY_SIZE(sizes) - 1);

	*fmt = stage2_common;
	fmt->name = sizes[i].name;
	fmt->va_bits = sizes[i].bits;
	fmt->levels = sizes[i].levels;
	fmt->root_order = sizes[i].order;
}

unsigned int stage2_sl0(const struct pgtable_format *fmt)
{
	return fmt->levels - 2;
}
