// SPDX-License-Identifier: Apache-2.0
/* RDMSR and WRMSR (AMD APM vol. 2, 15.11): what is in hardware, the local APIC's, the rest. */
#include <asm/cpuid_policy.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include <asm/speculation.h>
#include <asm/trap.h>
#include <asm/virt.h>
#include <asm/vm_time.h>
#include "kvmclock.h"
#include "kvmeoi.h"
#include "kvmsteal.h"

#define MSR_TSC_ADJUST 0x3b

static u64 guest_tsc(const struct vcpu *vcpu)
{
	return x86_vm_ticks(vcpu->vm) + vcpu->arch.guest.msr.tsc_adjust;
}

/* TSC and TSC_ADJUST move together (APM vol. 2, 13.2.4). */
static bool adjust_tsc(struct vcpu *vcpu, u64 delta)
{
	/* compare() of others reads it, and after this vCPU's own has had vm->lock sees this. */
	WRITE_ONCE(vcpu->arch.guest.msr.tsc_adjust, vcpu->arch.guest.msr.tsc_adjust + delta);
	x86_set_tsc_offset(vcpu);
	kvmclock_tsc_set(vcpu);
	if (vcpu->arch.lapic)
		vlapic_timer_adjusted(vcpu->arch.lapic);
	return true;
}

static bool is_lapic_msr(u32 msr)
{
	return msr - MSR_X2APIC <= 0xffu || msr == MSR_TSC_DEADLINE || msr == MSR_APIC_BASE;
}

static bool read(struct vcpu *vcpu, u32 msr, u64 *val)
{
	struct arch_vcpu *a = &vcpu->arch;

	if (is_lapic_msr(msr))
		return a->lapic && vlapic_msr_read(a->lapic, msr, val);
	switch (msr) {
	case MSR_TSC:
		*val = guest_tsc(vcpu);
		return true;
	case MSR_TSC_ADJUST:
		*val = a->guest.msr.tsc_adjust;
		return true;
	case MSR_EFER:
		*val = x86_efer(vcpu);
		return true;
	case MSR_PAT:
		*val = x86_reg(vcpu, X86_PAT);
		return true;
	case MSR_KVM_STEAL_TIME:
		*val = a->guest.kvm_steal;
		return true;
	case MSR_KVM_EOI:
		*val = a->guest.kvm_eoi;
		return true;
	}
	return x86_msr_policy_read(&a->guest.msr, msr, val) || kvmclock_msr_read(vcpu, msr, val);
}

static bool write_efer(struct vcpu *vcpu, u64 val)
{
	bool paging = x86_reg(vcpu, X86_CR0) & CR0_PG;
	u64 efer;

	if (!x86_efer_write(x86_efer(vcpu), val, x86_efer_offered(cpuid), paging, &efer))
		return false;
	x86_set_efer(vcpu, efer);
	return true;
}

static bool write_pat(struct vcpu *vcpu, u64 val)
{
	if (!x86_pat_valid(val))
		return false;
	x86_set_reg(vcpu, X86_PAT, val);
	return true;
}

/* As many bits as the processor has, whatever CR4.LA57 says. */
static bool canonical(u64 addr)
{
	return x86_canonical(addr, cpuid(0x80000008, 0).eax >> 8 & 0xff);
}

static bool write(struct vcpu *vcpu, u32 msr, u64 val)
{
	struct arch_vcpu *a = &vcpu->arch;

	if (likely(is_lapic_msr(msr)))
		return a->lapic && vlapic_msr_write(a->lapic, msr, val);
	switch (msr) {
	case MSR_TSC:
		return adjust_tsc(vcpu, val - guest_tsc(vcpu));
	case MSR_TSC_ADJUST:
		return adjust_tsc(vcpu, val - a->guest.msr.tsc_adjust);
	case MSR_EFER:
		return write_efer(vcpu, val);
	case MSR_PAT:
		return write_pat(vcpu, val);
	case MSR_KVM_STEAL_TIME:
		return kvmsteal_write(vcpu, val);
	case MSR_KVM_EOI:
		return kvmeoi_write(vcpu, val);
	case MSR_LSTAR:
	case MSR_CSTAR:
	case MSR_FS_BASE:
	case MSR_GS_BASE:
	case MSR_KERNEL_GS:
		if (!canonical(val))
			return false;
		x86_set_address_msr(vcpu, msr, val);
		return true;
	}
	return x86_msr_policy_write(&a->guest.msr, msr, val) || kvmclock_msr_write(vcpu, msr, val);
}

int x86_exit_msr(struct vcpu *vcpu, bool is_write)
{
	struct arch_vcpu *a = &vcpu->arch;
	int length = x86_insn_length(vcpu, is_write ? INSN_WRMSR : INSN_RDMSR);
	u32 msr = (u32)a->guest.gpr[GPR_RCX];
	u64 val = (u32)a->guest.gpr[GPR_RAX] | a->guest.gpr[GPR_RDX] << 32;

	if (unlikely(length <= 0))
		return length ? EXIT_STOP : EXIT_RESUME;
	if (unlikely(!(is_write ? write(vcpu, msr, val) : read(vcpu, msr, &val)))) {
		x86_inject(vcpu, X86_GP);
		return EXIT_RESUME;
	}
	if (!is_write) {
		a->guest.gpr[GPR_RAX] = (u32)val;
		a->guest.gpr[GPR_RDX] = val >> 32;
	}
	x86_skip(vcpu, (unsigned int)length);
	return EXIT_RESUME;
}
