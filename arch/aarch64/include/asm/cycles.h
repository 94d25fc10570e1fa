/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_CYCLES_H
#define ASM_CYCLES_H

#include <asm/barrier.h>
#include <asm/sysreg.h>

#define PMCR_E	      SYSREG_BIT(0)
#define PMCR_LC	      SYSREG_BIT(6)
#define PMCCFILTR_NSH SYSREG_BIT(27) /* EL2, too */
#define PMCNTEN_C     SYSREG_BIT(31)

/*
 * The generic timer is too coarse. Guests have no PMU, and MDCR_EL2.HPMD does not stop the cycle
 * counter while PMCR_EL0.DP is 0 (Arm ARM D13.5).
 */
static inline void cycles_init(void)
{
	write_sysreg(pmccfiltr_el0, PMCCFILTR_NSH);
	write_sysreg(pmcntenset_el0, PMCNTEN_C);
	write_sysreg(pmcr_el0, PMCR_E | PMCR_LC);
	isb();
}

static inline u64 arch_cycles(void)
{
	return read_sysreg(pmccntr_el0);
}

#endif
