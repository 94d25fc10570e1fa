// SPDX-License-Identifier: Apache-2.0
/* Exceptions that the guest must take itself, and the instructions that came here for it. */
#include <lodge/errno.h>
#include <asm/virt.h>

#define SCTLR_EL1_SPAN	(1UL << 23)
#define SCTLR_EL1_DSSBS (1UL << 44)

#define VECTOR_SP0     0x000
#define VECTOR_SPX     0x200
#define VECTOR_LOWER64 0x400
#define VECTOR_LOWER32 0x600

#define PSR_N BIT(31)
#define PSR_Z BIT(30)
#define PSR_C BIT(29)
#define PSR_V BIT(28)

/* Which of the four groups of vectors the guest's own exceptions from @spsr go to. */
static u64 vector_of(u64 spsr)
{
	if (spsr & PSR_MODE32)
		return VECTOR_LOWER32;
	switch (spsr & PSR_MODE_MASK) {
	case PSR_MODE_EL0T:
		return VECTOR_LOWER64;
	case PSR_MODE_EL1T:
		return VECTOR_SP0;
	default:
		return VECTOR_SPX;
	}
}

/* PSTATE at the vector: AArch64.TakeException() (Arm ARM J1.1.2), for what guests can have. */
static u64 pstate_taken(u64 spsr)
{
	u64 sctlr = read_sysreg(sctlr_el1);
	u64 keep = PSR_PAN | PSR_DIT;
	u64 new = PSR_MODE_EL1H | PSR_D | PSR_A | PSR_I | PSR_F;

	/* Of AArch32 the flags alone are where AArch64 has them. */
	new |= spsr &(PSR_N | PSR_Z | PSR_C | PSR_V);
	new |= spsr &keep;
	if (arm64_has_pan && !(sctlr & SCTLR_EL1_SPAN))
		new |= PSR_PAN;
	if (sctlr & SCTLR_EL1_DSSBS)
		new |= PSR_SSBS;
	return new;
}

void arm64_inject(struct vcpu *vcpu, u64 esr)
{
	u64 spsr = read_sysreg(spsr_el2), pc = read_sysreg(elr_el2);

	write_sysreg(esr_el1, esr);
	write_sysreg(elr_el1, pc);
	write_sysreg(spsr_el1, spsr);
	write_sysreg(elr_el2, read_sysreg(vbar_el1) + vector_of(spsr));
	write_sysreg(spsr_el2, pstate_taken(spsr));
}

/* An abort at FAR_EL2 with the fault status @fsc, of the kind that @esr tells of. */
static int inject_abort(struct vcpu *vcpu, u64 esr, u64 fsc)
{
	bool lower = (read_sysreg(spsr_el2) & (PSR_MODE_MASK & ~1UL)) == 0 ||
		     (read_sysreg(spsr_el2) & PSR_MODE32);
	unsigned int ec = esr_ec(esr) == EC_IABT_LOWER ? EC_IABT_SAME : EC_DABT_SAME;
	u64 iss = esr & (ISS_WNR | ISS_CM);

	write_sysreg(far_el1, read_sysreg(far_el2));
	arm64_inject(vcpu, (u64)(lower ? ec - 1 : ec) << ESR_EC_SHIFT | (esr & ESR_IL) | iss | fsc);
	return EXIT_RESUME;
}

int arm64_inject_external(struct vcpu *vcpu, u64 esr)
{
	return inject_abort(vcpu, esr, FSC_EXTERNAL);
}

int arm64_inject_walk_abort(struct vcpu *vcpu, u64 esr)
{
	return inject_abort(vcpu, esr,
			    FSC_EXTERNAL_S1 | arm64_walk_level(vcpu, read_sysreg(far_el2)));
}

/* Guests don't have what it belongs to. */
int arm64_exit_undefined(struct vcpu *vcpu, u64 esr)
{
	arm64_inject(vcpu, (u64)EC_UNKNOWN << ESR_EC_SHIFT | (esr & ESR_IL));
	return EXIT_RESUME;
}

/* ConditionHolds() (Arm ARM J1.1.3). */
static bool condition_holds(unsigned int cond, u64 spsr)
{
	bool n = spsr & PSR_N, z = spsr & PSR_Z, c = spsr & PSR_C, v = spsr & PSR_V;
	const bool holds[] = { z, c, n, v, c && !z, n == v, n == v && !z, true };

	return holds[cond >> 1] != ((cond & 1) && cond != 15);
}

/* PSTATE.IT is in bits 15:10 and 26:25. */
static unsigned int it_of(u64 spsr)
{
	return (spsr >> 8 & 0xfc) | (spsr >> 25 & 3);
}

/* It moves on with each instruction of a block. */
static u64 advance_it(u64 spsr)
{
	u64 it = it_of(spsr);

	it = it & 7 ? (it & 0xe0) | (it << 1 & 0x1f) : 0;
	spsr &= ~(0xfc00UL | 0x6000000UL);
	return spsr | (it & 0xfc) << 8 | (it & 3) << 25;
}

static unsigned int condition(u64 esr, u64 spsr)
{
	unsigned int it = it_of(spsr);

	if (esr & ISS_A32_CV)
		return esr >> ISS_A32_COND_SHIFT & 15;
	/* Thumb: of the block that it is in, if it is in one. There EQ is 0, and only the mask is not. */
	return it & 15 ? it >> 4 : 14;
}

/*
 * AArch32 is for EL0 only, which has nothing of what traps; but a CPU may trap an instruction
 * whose condition fails, and that does nothing.
 */
int arm64_exit_undefined32(struct vcpu *vcpu, u64 esr)
{
	u64 spsr = read_sysreg(spsr_el2);

	if ((spsr & PSR_MODE32) && !condition_holds(condition(esr, spsr), spsr)) {
		arm64_skip(esr);
		write_sysreg(spsr_el2, advance_it(spsr) & ~PSR_SS);
		return EXIT_RESUME;
	}
	return arm64_exit_undefined(vcpu, esr);
}

/*
 * They trap while the CPU is shared. WFI sleeps; WFE waits for another's event, which may be
 * a lock that another vCPU holds, and may end at any time. Those with a timeout as well:
 * guests are not told of them.
 */
int arm64_exit_wfx(struct vcpu *vcpu, u64 esr)
{
	arm64_skip(esr);
	return (esr & WFX_TI_MASK) == WFX_TI_WFI ? EXIT_BLOCK : EXIT_YIELD;
}
