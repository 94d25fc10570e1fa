// SPDX-License-Identifier: Apache-2.0
/* The switches against speculative leaks, on each CPU. */
#include <lodge/init.h>
#include <lodge/printk.h>
#include <asm/cpuid.h>
#include <asm/msr.h>
#include <asm/speculation.h>
#include <asm/trap.h>

#define MSR_DE_CFG	0xc0011029
#define DE_CFG_LFENCE	BIT(1)
#define DE_CFG_ZENBLEED BIT(9)
#define MSR_BP_CFG	0xc001102e
#define BP_CFG_REDUCE	BIT(4)
#define EFER_AIBRSE	FLAG(21)

struct x86_speculation x86_speculation __ro_after_init;
bool x86_spec_verw __ro_after_init, x86_spec_ibpb_exit __ro_after_init;
bool x86_spec_guarded __ro_after_init;
static bool decided __ro_after_init;

static void decide(void)
{
	struct x86_speculation *s = &x86_speculation;

	x86_speculation_decide(cpuid, s);
	x86_spec_verw = s->verw;
	x86_spec_ibpb_exit = s->ibpb_exit;
	x86_spec_guarded = s->verw || s->ibpb_exit;
	decided = true;
}

/* Those that a hypervisor below has not got stay as they are: it answers for the CPU then. */
static void set_bits(u32 msr, u64 bits)
{
	u64 val;

	if (rdmsr_safe(msr, &val) && (val & bits) != bits)
		(void)wrmsr_safe(msr, val | bits);
}

void x86_speculation_cpu_init(void)
{
	const struct x86_speculation *s = &x86_speculation;

	if (!decided)
		decide();
	if (s->auto_ibrs)
		set_bits(MSR_EFER, EFER_AIBRSE);
	if (s->stibp)
		set_bits(MSR_SPEC_CTRL, SPEC_CTRL_STIBP);
	if (s->lfence_msr)
		set_bits(MSR_DE_CFG, DE_CFG_LFENCE);
	if (s->zenbleed)
		set_bits(MSR_DE_CFG, DE_CFG_ZENBLEED);
	if (s->reduce_bp)
		set_bits(MSR_BP_CFG, BP_CFG_REDUCE);
}

void x86_speculation_print(void)
{
	const struct x86_speculation *s = &x86_speculation;

	pr_info("speculation: %s%s%s%s%s", s->auto_ibrs ? "automatic IBRS, " : "",
		s->stibp ? "STIBP, " : "",
		s->ibpb_exit	 ? "predictors cleared at each exit"
		: s->ibpb_switch ? "predictors cleared between VMs"
				 : "no predictor barrier (IBPB)",
		s->verw ? ", buffers cleared" : "", s->clear_divider ? ", divider cleared" : "");
}
