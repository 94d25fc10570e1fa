// SPDX-License-Identifier: Apache-2.0
/* RDMSR and WRMSR (AMD APM vol. 2, 15.11): what is in hardware, the local APIC's, the rest. */
#include <lodge/time.h>
#include <asm/cpuid_policy.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include <asm/speculation.h>
#include <asm/trap.h>
#include <asm/virt.h>
#include "kvmclock.h"

#define MSR_TSC_ADJUST 0x3b

/* Two bits for each MSR, read and write, in three ranges of 2 KiB (figure 15-3). */
static void permit(u8 *map, u32 msr)
{
	u32 base = msr >= 0xc0000000 ? 0x800 : 0, bit = 2 * (msr & 0x1fff);

	map[base + bit / 8] &= (u8) ~(3u << bit % 8);
}

static void permit_read(u8 *map, u32 msr)
{
	u32 base = msr >= 0xc0000000 ? 0x800 : 0, bit = 2 * (msr & 0x1fff);

	map[base + bit / 8] &= (u8) ~(1u << bit % 8);
}

static void permit_write(u8 *map, u32 msr)
{
	u32 base = msr >= 0xc0000000 ? 0x800 : 0, bit = 2 * (msr & 0x1fff) + 1;

	map[base + bit / 8] &= (u8) ~(1u << bit % 8);
}

/*
 * Whether WRMSR refuses what is no canonical address, as it has to (APM vol. 3, "WRMSR"). QEMU's TCG
 * does not: there each write exits.
 */
static bool checks_addresses(void)
{
	u64 was = rdmsr(MSR_KERNEL_GS);
	bool checked = !wrmsr_safe(MSR_KERNEL_GS, BIT(62));

	wrmsr(MSR_KERNEL_GS, was);
	return checked;
}

/* What is saved and loaded with the guest: by VMSAVE and VMLOAD, or with the vCPU. */
void svm_msrpm_init(u8 *map)
{
	static const u32 direct[] = {
		MSR_SYSENTER_CS, MSR_SYSENTER_ESP, MSR_SYSENTER_EIP, MSR_STAR, MSR_SFMASK,
	};
	static const u32 addresses[] = {
		MSR_LSTAR, MSR_CSTAR, MSR_FS_BASE, MSR_GS_BASE, MSR_KERNEL_GS,
	};
	bool checked = checks_addresses();
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(direct); i++)
		permit(map, direct[i]);
	for (i = 0; i < ARRAY_SIZE(addresses); i++)
		checked ? permit(map, addresses[i]) : permit_read(map, addresses[i]);
	if (x86_has_tsc_aux)
		permit(map, MSR_TSC_AUX);
	if (x86_spec_ctrl_offered(cpuid))
		permit(map, MSR_SPEC_CTRL);
	/* It has no state, and can't be read. */
	if (cpuid(0x80000008, 0).ebx & CPUID_CAP_EBX_IBPB)
		permit_write(map, MSR_PRED_CMD);
}

void x86_set_tsc_offset(struct vcpu *vcpu)
{
	struct vmcb *vmcb = vcpu->arch.vmcb;

	vmcb->control.tsc_offset = vcpu->vm->arch.tsc_offset + vcpu->arch.guest.msr.tsc_adjust;
	vmcb_dirty(vmcb, VMCB_CLEAN_I);
}

static u64 guest_tsc(const struct vcpu *vcpu)
{
	return time_now() + vcpu->arch.vmcb->control.tsc_offset;
}

/* TSC and TSC_ADJUST move together (APM vol. 2, 13.2.4). */
static bool adjust_tsc(struct vcpu *vcpu, u64 delta)
{
	vcpu->arch.guest.msr.tsc_adjust += delta;
	x86_set_tsc_offset(vcpu);
	kvmclock_tsc_set(vcpu);
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
		*val = a->vmcb->save.efer & ~EFER_SVME;
		return true;
	case MSR_PAT:
		*val = a->vmcb->save.g_pat;
		return true;
	}
	return x86_msr_policy_read(&a->guest.msr, msr, val) || kvmclock_msr_read(vcpu, msr, val);
}

static bool write_efer(struct vmcb *vmcb, u64 val)
{
	u64 old = vmcb->save.efer & ~EFER_SVME, efer;

	if (!x86_efer_write(old, val, x86_efer_offered(cpuid), vmcb->save.cr0 & CR0_PG, &efer))
		return false;
	vmcb->save.efer = efer | EFER_SVME;
	vmcb_dirty(vmcb, VMCB_CLEAN_CRX);
	return true;
}

static bool write_pat(struct vmcb *vmcb, u64 val)
{
	if (!x86_pat_valid(val))
		return false;
	vmcb->save.g_pat = val;
	vmcb_dirty(vmcb, VMCB_CLEAN_NP);
	return true;
}

/* As many bits as the processor has, whatever CR4.LA57 says. */
static bool canonical(u64 addr)
{
	return x86_canonical(addr, cpuid(0x80000008, 0).eax >> 8 & 0xff);
}

/* Of the state that VMLOAD loads: where it is now. */
static bool write_address(struct vcpu *vcpu, u32 msr, u64 val)
{
	struct arch_vcpu *a = &vcpu->arch;
	struct vmcb_save *s = &a->vmcb->save;

	if (!canonical(val))
		return false;
	if (a->in_registers && msr == MSR_GS_BASE)
		a->gs_base = val; /* C has its own */
	else if (a->in_registers)
		wrmsr(msr, val);
	else
		*(msr == MSR_LSTAR     ? &s->lstar
		  : msr == MSR_CSTAR   ? &s->cstar
		  : msr == MSR_FS_BASE ? &s->fs.base
		  : msr == MSR_GS_BASE ? &s->gs.base
				       : &s->kernel_gs_base) = val;
	return true;
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
		return write_efer(a->vmcb, val);
	case MSR_PAT:
		return write_pat(a->vmcb, val);
	case MSR_LSTAR:
	case MSR_CSTAR:
	case MSR_FS_BASE:
	case MSR_GS_BASE:
	case MSR_KERNEL_GS:
		return write_address(vcpu, msr, val);
	}
	return x86_msr_policy_write(&a->guest.msr, msr, val) || kvmclock_msr_write(vcpu, msr, val);
}

int x86_exit_msr(struct vcpu *vcpu)
{
	struct arch_vcpu *a = &vcpu->arch;
	bool is_write = a->vmcb->control.exitinfo1 & 1;
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
