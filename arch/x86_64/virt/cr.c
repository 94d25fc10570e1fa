// SPDX-License-Identifier: Apache-2.0
/*
 * Control registers that guests don't have to themselves: CR4, whose bits must go with their
 * CPUID, CR8, which is the local APIC's, and XCR0. CR0, CR2 and CR3 are theirs: with nested
 * paging the processor checks them as it would for the host. A read of CR8 does not exit either:
 * with V_INTR_MASKING it gives V_TPR (AMD APM vol. 2, 15.21.1), which follows the APIC's TPR.
 */
#include <lodge/arch_virt.h>
#include <asm/cpuid_policy.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include <asm/virt.h>

/* Which changes of CR4 make old translations wrong (AMD APM vol. 2, 5.5.2). */
#define CR4_FLUSHES (CR4_PSE | CR4_PAE | CR4_PGE | CR4_SMEP | CR4_SMAP | CR4_PCIDE | CR4_LA57)

/* CR4 as MOV would refuse it, besides bits that are not offered (3.1.3, 5.5.1). */
static bool cr4_consistent(const struct vcpu *vcpu, u64 val)
{
	bool long_mode = x86_reg(vcpu, X86_EFER) & EFER_LMA;
	u64 cr4 = x86_reg(vcpu, X86_CR4);

	if (long_mode && (!(val & CR4_PAE) || (val ^ cr4) & CR4_LA57))
		return false;
	if (val & ~cr4 & CR4_PCIDE)
		return long_mode && !(x86_reg(vcpu, X86_CR3) & 0xfff);
	return true;
}

static int set_cr4(struct vcpu *vcpu, u64 val)
{
	if (val & ~x86_cr4_offered(cpuid) || !cr4_consistent(vcpu, val)) {
		x86_inject(vcpu, X86_GP);
		return -1;
	}
	if ((val ^ x86_reg(vcpu, X86_CR4)) & CR4_FLUSHES)
		arch_vcpu_sync(vcpu, REQ_TLB_FLUSH);
	x86_set_cr4(vcpu, val);
	return 0;
}

static int set_cr8(struct vcpu *vcpu, u64 val)
{
	if (val & ~0xful) {
		x86_inject(vcpu, X86_GP);
		return -1;
	}
	if (vcpu->arch.lapic)
		vlapic_set_cr8(vcpu->arch.lapic, val);
	return 0;
}

int x86_exit_cr_write(struct vcpu *vcpu)
{
	struct insn i;
	int rc = x86_decode(vcpu, &i);
	u64 val;

	if (rc || i.op != INSN_MOV_TO_CR)
		return rc < 0 ? EXIT_STOP : EXIT_RESUME;
	val = i.rm == GPR_RSP ? x86_reg(vcpu, X86_RSP) : vcpu->arch.guest.gpr[i.rm];
	val &= width_mask(i.width);
	rc = i.reg == 8 ? set_cr8(vcpu, val) : set_cr4(vcpu, val);
	if (!rc)
		x86_skip(vcpu, i.length);
	return EXIT_RESUME;
}

/* Of CR4: see x86_set_cr4(). */
int x86_exit_cr_read(struct vcpu *vcpu)
{
	struct insn i;
	int rc = x86_decode(vcpu, &i);

	if (rc || i.op != INSN_MOV_FROM_CR)
		return rc < 0 ? EXIT_STOP : EXIT_RESUME;
	if (i.rm == GPR_RSP)
		x86_set_reg(vcpu, X86_RSP, x86_cr4(vcpu));
	else
		vcpu->arch.guest.gpr[i.rm] = x86_cr4(vcpu);
	x86_skip(vcpu, i.length);
	return EXIT_RESUME;
}

int x86_exit_xsetbv(struct vcpu *vcpu)
{
	struct arch_vcpu *a = &vcpu->arch;
	int length = x86_insn_length(vcpu, INSN_XSETBV);
	u64 val = (u32)a->guest.gpr[GPR_RAX] | a->guest.gpr[GPR_RDX] << 32;

	if (length <= 0)
		return length ? EXIT_STOP : EXIT_RESUME;
	/* The exit comes before the processor's own checks. */
	if (!(x86_reg(vcpu, X86_CR4) & CR4_OSXSAVE)) {
		x86_inject(vcpu, X86_UD);
		return EXIT_RESUME;
	}
	if (x86_cpl(vcpu) || (u32)a->guest.gpr[GPR_RCX] || !x86_xcr0_valid(val, x86_guest_xcr0)) {
		x86_inject(vcpu, X86_GP);
		return EXIT_RESUME;
	}
	a->guest.xcr0 = val;
	x86_xsetbv(val);
	x86_skip(vcpu, (unsigned int)length);
	return EXIT_RESUME;
}
