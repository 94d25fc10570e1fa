// SPDX-License-Identifier: Apache-2.0
/* The remedies against speculation that a guest directs, on each CPU. */
#include <lodge/arch.h>
#include <lodge/printk.h>
#include <lodge/smp.h>
#include <asm/smccc.h>
#include <asm/speculation.h>
#include <asm/sysreg.h>
#include <asm/sysreg_id.h>
#include <asm/trap.h>

/*
 * For vectors.S. Where the CPUs differ these are the sum of what they need: more than a CPU
 * needs does no harm there.
 */
u32 arm64_spec_loops, arm64_spec_call;

static struct arm64_speculation boot_cpu_needs;

static void identify(struct arm64_spec_ids *ids)
{
	u64 pfr0 = read_sysreg(id_aa64pfr0_el1), pfr1 = read_sysreg(id_aa64pfr1_el1);
	u64 mmfr1 = read_sysreg(id_aa64mmfr1_el1), isar2 = read_sysreg(ID_AA64ISAR2_EL1);

	*ids = (struct arm64_spec_ids){
		.midr = (u32)read_sysreg(midr_el1),
		.csv2 = sysreg_field(pfr0, ID_AA64PFR0_CSV2),
		.ssbs = sysreg_field(pfr1, ID_AA64PFR1_SSBS),
		.ecbhb = sysreg_field(mmfr1, ID_AA64MMFR1_ECBHB),
		.clrbhb = sysreg_field(isar2, ID_AA64ISAR2_CLRBHB),
		.fw = { smccc_host_features(SMCCC_ARCH_WORKAROUND_1),
			smccc_host_features(SMCCC_ARCH_WORKAROUND_2),
			smccc_host_features(SMCCC_ARCH_WORKAROUND_3) },
	};
}

void arm64_speculation_cpu_init(void)
{
	struct arm64_speculation s;
	struct arm64_spec_ids ids;

	identify(&ids);
	arm64_speculation_decide(&ids, &s);
	if (cpu_id() == 0)
		boot_cpu_needs = s;
	arm64_spec_loops = max(arm64_spec_loops, s.bhb_loops);
	if (s.exit_call)
		arm64_spec_call = s.exit_call;
	if (s.no_bypass)
		smccc_host_call(SMCCC_ARCH_WORKAROUND_2, 1);
	if (s.exit_call || s.bhb_loops || s.clear_bhb)
		write_sysreg(vbar_el2, (u64)arm64_vectors_guarded);
	isb();
}

int arm64_smccc_workaround(u32 fid)
{
	const s64 *told = boot_cpu_needs.guest;

	return (int)(fid == SMCCC_ARCH_WORKAROUND_1   ? told[0]
		     : fid == SMCCC_ARCH_WORKAROUND_2 ? told[1]
						      : told[2]);
}

void arm64_smccc_call_workaround(u32 fid)
{
	smccc_host_call(fid, 0);
}

void arm64_speculation_print(void)
{
	const struct arm64_speculation *s = &boot_cpu_needs;

	pr_info("speculation: %s%s%s%s", s->exit_call ? "the firmware is called at each exit" : "",
		s->exit_call && (s->bhb_loops || s->clear_bhb) ? ", " : "",
		s->bhb_loops || s->clear_bhb ? "branch history cleared at each exit"
		: s->exit_call		     ? ""
					     : "nothing to be done at exits",
		s->no_bypass ? ", no store bypass" : "");
}
