// SPDX-License-Identifier: Apache-2.0
/* What holds for every guest on a CPU: which of its instructions and registers come to EL2. */
#include <asm/setup.h>
#include <asm/sysreg_id.h>
#include <asm/virt.h>

#define MDCR_EL2_DEBUG (MDCR_EL2_TDA | MDCR_EL2_TDOSA | MDCR_EL2_TDRA)
#define MDCR_EL2_OTHERS                                                                  \
	(MDCR_EL2_TPM | MDCR_EL2_TPMCR | MDCR_EL2_TPMS | MDCR_EL2_TTRF | MDCR_EL2_TDCC | \
	 MDCR_EL2_HPMD)

bool arm64_has_pauth, arm64_has_pan;

static unsigned int id_field(u64 reg, unsigned int shift)
{
	return sysreg_field(reg, shift);
}

/* Counters, trace and statistical profiling are not switched: they trap, and are undefined. */
static void init_debug(void)
{
	u64 dfr0 = read_sysreg(id_aa64dfr0_el1), mdcr = MDCR_EL2_DEBUG | MDCR_EL2_OTHERS;
	unsigned int pmu = id_field(dfr0, ID_AA64DFR0_PMUVER);

	/* HPMN must not be more than there are counters; all are the host's then. */
	if (pmu != 0 && pmu != 15)
		mdcr |= read_sysreg(pmcr_el0) >> 11 & MDCR_EL2_HPMN_MASK;
	write_sysreg(mdcr_el2, mdcr);
}

/*
 * Newer controls, where they are: their 0 is what a guest without the feature finds. A firmware
 * gives them to EL2 (SCR_EL3.FGTEn, HXEn), as Linux asks of it. CNTPOFF_EL2 it need not give
 * (SCR_EL3.ECVEn), and an access would trap to it; while CNTHCTL_EL2.ECV is 0, there is no offset
 * whatever is in there (Arm ARM, CNTPOFF_EL2).
 */
static void init_newer(void)
{
	u64 mmfr0 = read_sysreg(id_aa64mmfr0_el1), mmfr1 = read_sysreg(id_aa64mmfr1_el1);

	if (id_field(mmfr0, ID_AA64MMFR0_FGT)) {
		write_sysreg(HFGRTR_EL2, 0);
		write_sysreg(HFGWTR_EL2, 0);
		write_sysreg(HFGITR_EL2, 0);
		write_sysreg(HDFGRTR_EL2, 0);
		write_sysreg(HDFGWTR_EL2, 0);
	}
	if (id_field(mmfr1, ID_AA64MMFR1_HCX))
		write_sysreg(HCRX_EL2, 0);
}

static bool has_pauth(void)
{
	u64 isar1 = read_sysreg(id_aa64isar1_el1), isar2 = read_sysreg(ID_AA64ISAR2_EL1);

	return id_field(isar1, ID_AA64ISAR1_APA) || id_field(isar1, ID_AA64ISAR1_API) ||
	       id_field(isar1, ID_AA64ISAR1_GPA) || id_field(isar1, ID_AA64ISAR1_GPI) ||
	       id_field(isar2, ID_AA64ISAR2_APA3) || id_field(isar2, ID_AA64ISAR2_GPA3);
}

void arm64_guest_cpu_init(void)
{
	arm64_has_pauth = has_pauth();
	arm64_has_pan = id_field(read_sysreg(id_aa64mmfr1_el1), ID_AA64MMFR1_PAN) != 0;
	/* FP and SIMD are the guest's; SVE, SME, trace and the activity monitors are nobody's. */
	write_sysreg(cptr_el2,
		     CPTR_EL2_RES1 | CPTR_EL2_TZ | CPTR_EL2_TSM | CPTR_EL2_TTA | CPTR_EL2_TAM);
	write_sysreg(hstr_el2, 0);
	/* The counter can be read; the physical timer is emulated. */
	write_sysreg(cnthctl_el2, CNTHCTL_EL1PCTEN);
	write_sysreg(cntv_ctl_el0, 0);
	write_sysreg(vpidr_el2, read_sysreg(midr_el1));
	init_debug();
	arm64_debug_cpu_init();
	init_newer();
	isb();
}
