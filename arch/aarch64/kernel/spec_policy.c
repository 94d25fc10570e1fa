// SPDX-License-Identifier: Apache-2.0
/*
 * Which CPU needs what against branch target injection (Spectre v2), injection by branch history
 * (Spectre-BHB) and speculative store bypass (v4): the ID registers first (Arm ARM D19.2: CSV2,
 * ECBHB, CLRBHB, SSBS), then Arm's list of cores ("Spectre-BHB: speculative target reuse
 * attacks"), then the firmware (DEN0028, 7.3 to 7.5).
 */
#include <asm/smccc.h>
#include <asm/speculation.h>

#define MIDR_IMPL_SHIFT 24
#define MIDR_PART_SHIFT 4
#define MIDR_PART_MASK	0xfffu

#define ARM    0x41u
#define AMPERE 0xc0u

#define WORKAROUND(n) ((n) - 1)

/* Cores whose history is replaced by so many taken branches. */
static const struct {
	u32 implementer, part, loops;
} bhb_cores[] = {
	{ ARM, 0xd07, 8 },   /* Cortex-A57 */
	{ ARM, 0xd08, 8 },   /* Cortex-A72 */
	{ ARM, 0xd0b, 24 },  /* Cortex-A76 */
	{ ARM, 0xd0e, 24 },  /* Cortex-A76AE */
	{ ARM, 0xd0c, 24 },  /* Neoverse N1 */
	{ ARM, 0xd0d, 24 },  /* Cortex-A77 */
	{ ARM, 0xd41, 32 },  /* Cortex-A78 */
	{ ARM, 0xd42, 32 },  /* Cortex-A78AE */
	{ ARM, 0xd4b, 32 },  /* Cortex-A78C */
	{ ARM, 0xd44, 32 },  /* Cortex-X1 */
	{ ARM, 0xd4c, 32 },  /* Cortex-X1C */
	{ ARM, 0xd40, 32 },  /* Neoverse V1 */
	{ ARM, 0xd47, 32 },  /* Cortex-A710 */
	{ ARM, 0xd48, 32 },  /* Cortex-X2 */
	{ ARM, 0xd49, 32 },  /* Neoverse N2 */
	{ ARM, 0xd4d, 38 },  /* Cortex-A715 */
	{ ARM, 0xd81, 38 },  /* Cortex-A720 */
	{ ARM, 0xd4e, 132 }, /* Cortex-X3 */
	{ ARM, 0xd4f, 132 }, /* Neoverse V2 */
	{ AMPERE, 0xac3, 11 },
};

static u32 bhb_loops(u32 midr)
{
	u32 implementer = midr >> MIDR_IMPL_SHIFT, part = midr >> MIDR_PART_SHIFT & MIDR_PART_MASK;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bhb_cores); i++)
		if (bhb_cores[i].implementer == implementer && bhb_cores[i].part == part)
			return bhb_cores[i].loops;
	return 0;
}

/* Targets are not shared between contexts from CSV2 1 on, nor is history from CSV2 3 on. */
static void injection(const struct arm64_spec_ids *ids, struct arm64_speculation *s)
{
	bool v2_call = !ids->csv2 && ids->fw[WORKAROUND(1)] == SMCCC_SUCCESS;
	bool v3_call = ids->fw[WORKAROUND(3)] == SMCCC_SUCCESS;

	if (ids->csv2 >= 3 || ids->ecbhb)
		v3_call = false;
	else if (ids->clrbhb)
		s->clear_bhb = true;
	else if (!v2_call || !v3_call)
		s->bhb_loops = bhb_loops(ids->midr);
	if (v3_call && (v2_call || !(s->clear_bhb || s->bhb_loops)))
		s->exit_call = SMCCC_ARCH_WORKAROUND_3; /* does what the first does as well */
	else if (v2_call)
		s->exit_call = SMCCC_ARCH_WORKAROUND_1;
}

static s64 told(bool safe, s64 fw)
{
	if (safe)
		return SMCCC_NOT_REQUIRED;
	return fw == SMCCC_SUCCESS || fw == SMCCC_NOT_REQUIRED ? fw : SMCCC_NOT_SUPPORTED;
}

void arm64_speculation_decide(const struct arm64_spec_ids *ids, struct arm64_speculation *s)
{
	*s = (struct arm64_speculation){ 0 };
	injection(ids, s);
	s->no_bypass = !ids->ssbs && ids->fw[WORKAROUND(2)] == SMCCC_SUCCESS;
	s->guest[WORKAROUND(1)] = told(ids->csv2 >= 1, ids->fw[WORKAROUND(1)]);
	/* Once it is told nobody takes it back: to a guest the CPU is not affected then. */
	s->guest[WORKAROUND(2)] = told(ids->ssbs >= 1 || s->no_bypass, ids->fw[WORKAROUND(2)]);
	s->guest[WORKAROUND(3)] = told(ids->csv2 >= 3 || ids->ecbhb, ids->fw[WORKAROUND(3)]);
}
