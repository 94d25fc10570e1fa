// SPDX-License-Identifier: Apache-2.0
/* The guest's own tables, as its TCR_EL1 describes them (Arm ARM D8.2): how far a walk came. */
#include <lodge/vm.h>
#include <asm/virt.h>

#define TCR_SZ_MASK   0x3f
#define TCR_T1_SHIFT  16 /* of the fields of TTBR1_EL1's half */
#define TCR_TG_SHIFT  14
#define VA_HALF	      BIT(55)
#define DESC_VALID    BIT(0)
#define DESC_TABLE    BIT(1)
#define LEVELS	      4u
#define MIN_TABLE_LOG 6u /* a table of 64 bytes */

/* log2 of a page: TG0 and TG1 count differently. */
static unsigned int granule(u64 tcr, bool upper)
{
	static const u8 tg0[] = { 12, 16, 14, 12 }, tg1[] = { 12, 14, 12, 16 };

	return upper ? tg1[tcr >> (TCR_T1_SHIFT + TCR_TG_SHIFT) & 3] : tg0[tcr >> TCR_TG_SHIFT & 3];
}

unsigned int arm64_walk_level(struct vcpu *vcpu, u64 va)
{
	bool upper = va & VA_HALF;
	u64 tcr = read_sysreg(tcr_el1),
	    ttbr = upper ? read_sysreg(ttbr1_el1) : read_sysreg(ttbr0_el1);
	unsigned int page = granule(tcr, upper), stride = page - 3;
	unsigned int sz = tcr >> (upper ? TCR_T1_SHIFT : 0) & TCR_SZ_MASK;
	/* What is out of range behaves as the limit, or has no walk (D8.2.7). */
	unsigned int bits = min(max(64 - sz, page + 1), page == 16 ? 52u : 48u);
	unsigned int levels = (bits - page + stride - 1) / stride, level = LEVELS - levels;
	unsigned int top = bits - page - stride * (levels - 1);
	u64 table = ttbr & GENMASK(47, max(top + 3, MIN_TABLE_LOG)), desc;

	for (;; level++) {
		unsigned int shift = page + stride * (LEVELS - 1 - level);
		u64 index = va >> shift & (BIT(levels == LEVELS - level ? top : stride) - 1);

		if (guest_read_obj(vcpu->vm, &desc, gpa(table + 8 * index)) ||
		    level == LEVELS - 1 ||
		    (desc & (DESC_VALID | DESC_TABLE)) != (DESC_VALID | DESC_TABLE))
			return level;
		table = desc & GENMASK(47, page);
	}
}
