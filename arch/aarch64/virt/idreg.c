// SPDX-License-Identifier: Apache-2.0
/*
 * What guests are told about their CPU: an allow-list of fields of the ID registers (Arm ARM
 * D19.2). A feature is passed on when it needs nothing of a hypervisor, or when what it has of
 * state is switched between vCPUs. What is not listed reads as "not implemented".
 *
 * So there is no SVE and SME, no memory tagging, no performance monitors, trace and profiling,
 * no RAS, no activity monitors, no nested virtualization, no other endianness than little.
 */
#include <asm/vsysreg.h>

#define F(shift)	(0xful << (shift))
#define FIELD_MAX	6
#define IDREG(crm, op2) (-8 * IDREG_CRM_FIRST + 8 * (crm) + (op2))

/* A field that is not passed on as it is: unsigned, and at most @max. */
struct id_cap {
	u8 shift, max;
};

struct id_policy {
	u64 keep; /* fields that are passed on, capped ones among them */
	u64 set;  /* bits that are always set: fields whose "none" is 15 */
	struct id_cap cap[FIELD_MAX];
};

/* In the order of their shifts; names of fields are beside them. */
static const struct id_policy policies[(IDREG_CRM_LAST - IDREG_CRM_FIRST + 1) * 8] = {
	/* ---- AArch32, for programs of EL0 ---- */
	/* ID_PFR0_EL1: State0 to 3, CSV2, DIT */
	[IDREG(1, 0)] = { F(0) | F(4) | F(8) | F(12) | F(16) | F(24), 0, { { 16, 1 } } },
	/* ID_PFR1_EL1: GenTimer */
	[IDREG(1, 1)] = { F(16), 0, { { 16, 1 } } },
	/* ID_DFR0_EL1: CopDbg; PerfMon none */
	[IDREG(1, 2)] = { F(0), F(24), { { 0, 6 } } },
	/* ID_MMFR0_EL1 to ID_MMFR3_EL1 */
	[IDREG(1, 4)] = { ~0ul, 0, { { 0 } } },
	[IDREG(1, 5)] = { ~0ul, 0, { { 0 } } },
	[IDREG(1, 6)] = { ~0ul, 0, { { 0 } } },
	[IDREG(1, 7)] = { ~0ul, 0, { { 0 } } },
	/* ID_ISAR0_EL1 to ID_ISAR5_EL1, ID_MMFR4_EL1, ID_ISAR6_EL1 */
	[IDREG(2, 0)] = { ~0ul, 0, { { 0 } } },
	[IDREG(2, 1)] = { ~0ul, 0, { { 0 } } },
	[IDREG(2, 2)] = { ~0ul, 0, { { 0 } } },
	[IDREG(2, 3)] = { ~0ul, 0, { { 0 } } },
	[IDREG(2, 4)] = { ~0ul, 0, { { 0 } } },
	[IDREG(2, 5)] = { ~0ul, 0, { { 0 } } },
	[IDREG(2, 6)] = { ~0ul, 0, { { 0 } } },
	[IDREG(2, 7)] = { ~0ul, 0, { { 0 } } },
	/* MVFR0_EL1 to MVFR2_EL1 */
	[IDREG(3, 0)] = { ~0ul, 0, { { 0 } } },
	[IDREG(3, 1)] = { ~0ul, 0, { { 0 } } },
	[IDREG(3, 2)] = { ~0ul, 0, { { 0 } } },
	/* ID_PFR2_EL1: CSV3, SSBS */
	[IDREG(3, 4)] = { F(0) | F(4), 0, { { 0 } } },

	/* ---- AArch64 ---- */
	/* ID_AA64PFR0_EL1: EL0, EL1, FP, AdvSIMD, DIT, CSV2, CSV3 */
	[IDREG(4, 0)] = { F(0) | F(4) | F(16) | F(20) | F(48) | F(56) | F(60),
			  0,
			  { { 4, 1 }, { 56, 1 } } },
	/* ID_AA64PFR1_EL1: BT, SSBS */
	[IDREG(4, 1)] = { F(0) | F(4), 0, { { 0 } } },
	/*
	 * ID_AA64DFR0_EL1: DebugVer, BRPs, WRPs, CTX_CMPs; DoubleLock none
	 */
	[IDREG(5, 0)] = { F(0) | F(12) | F(20) | F(28), F(36), { { 0, 6 } } },
	/* ID_AA64ISAR0_EL1: all but TME at 24 */
	[IDREG(6, 0)] = { ~(F(0) | F(24)), 0, { { 0 } } },
	/* ID_AA64ISAR1_EL1: all but XS at 56 and LS64 at 60 */
	[IDREG(6, 1)] = { ~(F(56) | F(60)), 0, { { 0 } } },
	/* ID_AA64ISAR2_EL1: RPRES, GPA3, APA3, BC, PAC_frac, CLRBHB */
	[IDREG(6, 2)] = { F(4) | F(8) | F(12) | F(20) | F(24) | F(28), 0, { { 0 } } },
	/*
	 * ID_AA64MMFR0_EL1: PARange, ASIDBits, TGran16, TGran64, TGran4; those of 16 and 4 KiB
	 * without addresses of 52 bits, which stage 2 does not have
	 */
	[IDREG(7, 0)] = { F(0) | F(4) | F(20) | F(24) | F(28), 0, { { 20, 1 } } },
	/* ID_AA64MMFR1_EL1: HAFDBS, HPDS, PAN, ETS, AFP, nTLBPA, ECBHB */
	[IDREG(7, 1)] = { F(0) | F(12) | F(20) | F(36) | F(44) | F(48) | F(60), 0, { { 0, 2 } } },
	/* ID_AA64MMFR2_EL1: CnP, UAO, LSM, VARange, CCIDX, ST, AT, IDS, TTL, BBM, E0PD */
	[IDREG(7, 2)] = { F(0) | F(4) | F(8) | F(16) | F(20) | F(28) | F(32) | F(36) | F(48) |
				  F(52) | F(60),
			  0,
			  { { 0 } } },
};

#define IDREG_PFR1    IDREG(1, 1)
#define IDREG_PFR0_64 IDREG(4, 0)
#define IDREG_MMFR0   IDREG(7, 0)

#define PFR_GIC_SHIFT32 28
#define PFR_GIC_SHIFT	24
#define GIC_SYSREGS	1ul
#define MMFR0_TGRAN4	28
#define TGRAN4_52	1u
#define PARANGE_MASK	F(0)

static u64 capped(u64 val, struct id_cap cap)
{
	u64 have = val >> cap.shift & 15;

	if (!cap.max || have <= cap.max)
		return val;
	return (val & ~F(cap.shift)) | (u64)cap.max << cap.shift;
}

u64 idreg_guest_value(unsigned int crm, unsigned int op2, u64 host, const struct idreg_board *board)
{
	unsigned int reg = IDREG(crm, op2), i;
	const struct id_policy *p = &policies[reg];
	u64 val = (host & p->keep) | p->set;

	for (i = 0; i < FIELD_MAX; i++)
		val = capped(val, p->cap[i]);
	if (reg == IDREG_PFR0_64 && board->gicv3)
		val |= GIC_SYSREGS << PFR_GIC_SHIFT;
	if (reg == IDREG_PFR1 && board->gicv3)
		val |= GIC_SYSREGS << PFR_GIC_SHIFT32;
	if (reg == IDREG_MMFR0) {
		val = (val & ~PARANGE_MASK) | board->parange;
		/* Here 15 is "none", and 0 the least that there is. */
		if ((val >> MMFR0_TGRAN4 & 15) == TGRAN4_52)
			val &= ~F(MMFR0_TGRAN4);
	}
	return val;
}
