// SPDX-License-Identifier: Apache-2.0
/* A vCPU's state for a person. */
#include <lodge/arch_virt.h>
#include <lodge/printk.h>
#include <asm/virt.h>

const char *arm64_class_name(unsigned int ec)
{
	static const char *const name[64] = {
		[EC_UNKNOWN] = "undefined instruction",
		[EC_WFX] = "WFI or WFE",
		[EC_CP15_MCR] = "AArch32 coprocessor 15",
		[EC_CP15_MCRR] = "AArch32 coprocessor 15",
		[EC_CP14_MCR] = "AArch32 coprocessor 14",
		[EC_CP14_LDC] = "AArch32 coprocessor 14",
		[EC_FP] = "SIMD&FP switched off",
		[EC_CP10_ID] = "AArch32 VMRS",
		[EC_PAUTH] = "pointer authentication",
		[EC_LS64] = "64-byte access",
		[EC_CP14_MRRC] = "AArch32 coprocessor 14",
		[EC_BTI] = "branch target",
		[EC_ILLEGAL] = "illegal execution state",
		[EC_SVC32] = "AArch32 SVC",
		[EC_HVC32] = "AArch32 HVC",
		[EC_SMC32] = "AArch32 SMC",
		[EC_SVC64] = "SVC",
		[EC_HVC64] = "HVC",
		[EC_SMC64] = "SMC",
		[EC_SYSREG] = "system register",
		[EC_SVE] = "SVE",
		[EC_ERET] = "ERET",
		[EC_TSTART] = "TSTART",
		[EC_FPAC] = "pointer authentication failure",
		[EC_SME] = "SME",
		[EC_IABT_LOWER] = "instruction abort from a lower level",
		[EC_IABT_SAME] = "instruction abort",
		[EC_PC_ALIGN] = "misaligned pc",
		[EC_DABT_LOWER] = "data abort from a lower level",
		[EC_DABT_SAME] = "data abort",
		[EC_SP_ALIGN] = "misaligned sp",
		[EC_MOPS] = "memory copy",
		[EC_FP_EXC32] = "AArch32 floating-point exception",
		[EC_FP_EXC64] = "floating-point exception",
		[EC_SERROR] = "SError",
		[EC_BREAKPT_LOWER] = "breakpoint",
		[EC_BREAKPT_LOWER + 1] = "breakpoint",
		[EC_SOFTSTEP_LOWER] = "single step",
		[EC_SOFTSTEP_LOWER + 1] = "single step",
		[EC_WATCHPT_LOWER] = "watchpoint",
		[EC_WATCHPT_LOWER + 1] = "watchpoint",
		[EC_BKPT32] = "BKPT",
		[EC_VECTOR32] = "vector catch",
		[EC_BRK64] = "BRK",
	};

	return ec < ARRAY_SIZE(name) && name[ec] ? name[ec] : "reserved";
}

/* Which of the two translations the last exit was for. */
static const char *fault_stage(u64 esr)
{
	unsigned int ec = esr_ec(esr);

	if (ec != EC_IABT_LOWER && ec != EC_DABT_LOWER)
		return "no translation fault";
	return esr & ISS_S1PTW ? "stage 2, on a walk of the guest's own tables" : "stage 2";
}

static void dump_sysregs(const struct arch_vcpu *a)
{
	const u64 *sys = a->guest.sys;

	printk("    SCTLR_EL1 %016lx  TCR_EL1   %016lx  VBAR_EL1 %016lx\n", a->guest.sctlr,
	       a->guest.tcr, sys[GUEST_VBAR_EL1]);
	printk("    TTBR0_EL1 %016lx  TTBR1_EL1 %016lx  MAIR_EL1 %016lx\n", a->guest.ttbr0,
	       a->guest.ttbr1, sys[GUEST_MAIR_EL1]);
	printk("    ELR_EL1   %016lx  SPSR_EL1  %016lx  FAR_EL1  %016lx\n", sys[GUEST_ELR_EL1],
	       sys[GUEST_SPSR_EL1], sys[GUEST_FAR_EL1]);
	printk("    SP_EL0    %016lx  SP_EL1    %016lx  ESR_EL1  %08lx (guest's last: %s)\n",
	       sys[GUEST_SP_EL0], sys[GUEST_SP_EL1], sys[GUEST_ESR_EL1],
	       sys[GUEST_ELR_EL1] || sys[GUEST_ESR_EL1]
		       ? arm64_class_name(esr_ec(sys[GUEST_ESR_EL1]))
		       : "none yet");
}

static void dump_exits(const struct vcpu *vcpu)
{
	u64 newest = vcpu->record_next - vcpu->record + EXIT_RECORDS - 1;
	unsigned int i;

	printk("    last exits, newest first:\n");
	for (i = 0; i < EXIT_RECORDS; i++) {
		const struct exit_record *r = &vcpu->record[(newest - i) % EXIT_RECORDS];
		const char *name = r->cause < NR_EXIT_CAUSES ? arch_exit_name(r->cause) : NULL;

		if (!r->cause && !r->pc)
			break;
		printk("      %-14s pc %016lx  %s %lx\n", name ? name : "reserved", r->pc,
		       r->cause == EC_HVC64	   ? "call"
		       : r->cause == EC_DABT_LOWER ? "gpa"
						   : "syndrome",
		       r->info);
	}
}

void arch_vcpu_note_exit(struct vcpu *vcpu)
{
	/* What the last exit left; interrupts have been off since, or this is between exits. */
	vcpu->arch.note = (struct arm64_exit_note){
		.esr = read_sysreg(esr_el2),
		.far = read_sysreg(far_el2),
		.hpfar = read_sysreg(hpfar_el2),
	};
}

void arch_vcpu_dump(struct vcpu *vcpu)
{
	const struct arch_vcpu *a = &vcpu->arch;
	const struct arm64_exit_note *n = &a->note;
	unsigned int i;

	printk("    ESR_EL2 %08lx (%s), fault in: %s\n", n->esr, arm64_class_name(esr_ec(n->esr)),
	       fault_stage(n->esr));
	printk("    pc  %016lx  pstate %08lx  FAR_EL2 %016lx  gpa %016lx\n", a->guest.pc,
	       a->guest.spsr, n->far,
	       (n->hpfar & HPFAR_FIPA_MASK) << HPFAR_FIPA_SHIFT | (n->far & (PAGE_SIZE - 1)));
	for (i = 0; i < 31; i++)
		printk("%sx%-2u %016lx%s", i % 4 == 0 ? "    " : "  ", i, a->guest.gpr[i],
		       i % 4 == 3 || i == 30 ? "\n" : "");
	dump_sysregs(a);
	dump_exits(vcpu);
}
