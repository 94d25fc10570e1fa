// SPDX-License-Identifier: Apache-2.0
/* What holds for every guest on a CPU: which of its instructions and registers come to EL2. */
#include <lodge/smp.h>
#include <asm/speculation.h>
#include <asm/sysreg_id.h>
#include <asm/virt.h>

#define MDCR_EL2_DEBUG (MDCR_EL2_TDA | MDCR_EL2_TDOSA | MDCR_EL2_TDRA)
#define MDCR_EL2_OTHERS                                                                  \
	(MDCR_EL2_TPM | MDCR_EL2_TPMCR | MDCR_EL2_TPMS | MDCR_EL2_TTRF | MDCR_EL2_TDCC | \
	 MDCR_EL2_HPMD)

bool arm64_has_pauth, arm64_has_pan, arm64_has_ras, arm64_has_tpidr2;

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
	/* Fields that are named for the absence of a trap (nPIR_EL1 and others) trap when 0. */
	if (id_field(mmfr0, ID_AA64MMFR0_FGT) >= 2) {
		write_sysreg(HFGRTR2_EL2, 0);
		write_sysreg(HFGWTR2_EL2, 0);
		write_sysreg(HFGITR2_EL2, 0);
		write_sysreg(HDFGRTR2_EL2, 0);
		write_sysreg(HDFGWTR2_EL2, 0);
	}
	if (id_field(mmfr1, ID_AA64MMFR1_HCX))
		write_sysreg(HCRX_EL2, 0);
}

/* Guests' partitions are the host's: their registers trap (MPAM, DDI 0598, 7.3). */
static void init_mpam(void)
{
	u64 pfr0 = read_sysreg(id_aa64pfr0_el1), pfr1 = read_sysreg(id_aa64pfr1_el1);

	if (!id_field(pfr0, ID_AA64PFR0_MPAM) && !id_field(pfr1, ID_AA64PFR1_MPAM_FRAC))
		return;
	write_sysreg(MPAM2_EL2, MPAM2_TRAP_MPAM0 | MPAM2_TRAP_MPAM1);
	if (read_sysreg(MPAMIDR_EL1) & MPAMIDR_HAS_HCR)
		write_sysreg(MPAMHCR_EL2, MPAMHCR_TRAP_MPAMIDR);
}

/* Of RAS, guests find nothing but DISR_EL1, which HCR_EL2.AMO makes VDISR_EL2 (D19.7). */
static void init_ras(void)
{
	arm64_has_ras = id_field(read_sysreg(id_aa64pfr0_el1), ID_AA64PFR0_RAS) != 0;
	if (!arm64_has_ras)
		return;
	write_sysreg(VDISR_EL2, 0);
	write_sysreg(VSESR_EL2, 0);
}

static bool has_pauth(void)
{
	u64 isar1 = read_sysreg(id_aa64isar1_el1), isar2 = read_sysreg(ID_AA64ISAR2_EL1);

	return id_field(isar1, ID_AA64ISAR1_APA) || id_field(isar1, ID_AA64ISAR1_API) ||
	       id_field(isar1, ID_AA64ISAR1_GPA) || id_field(isar1, ID_AA64ISAR1_GPI) ||
	       id_field(isar2, ID_AA64ISAR2_APA3) || id_field(isar2, ID_AA64ISAR2_GPA3);
}

static void guest_cpu_init(void)
{
	arm64_has_pauth = has_pauth();
	arm64_has_tpidr2 = id_field(read_sysreg(id_aa64pfr1_el1), ID_AA64PFR1_SME) != 0;
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
	init_mpam();
	init_ras();
	arm64_speculation_cpu_init();
	isb();
}
CPU_INIT(guest_cpu_init);
