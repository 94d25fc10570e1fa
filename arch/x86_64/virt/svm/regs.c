// SPDX-License-Identifier: Apache-2.0
/* Registers of a guest that are more than a field of its control block. */
#include <lodge/time.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include <asm/trap.h>
#include "svm_vcpu.h"

void x86_sync_segments(struct vcpu *vcpu)
{
	struct arch_vcpu *a = &vcpu->arch;

	if (!a->in_registers)
		return;
	__asm__ volatile("vmsave %0" ::"a"(a->vmcb_pa) : "memory");
	/* C needed the host's. */
	a->vmcb->save.gs.base = a->gs_base;
}

/*
 * A machine check is the host's. While CR4.MCE is 0 it shuts the processor down (9.3.1), whatever
 * is intercepted, so the bit stays set, and a guest that has cleared it reads CR4 by an exit.
 */
void x86_set_cr4(struct vcpu *vcpu, u64 val)
{
	struct vmcb *vmcb = vcpu->arch.vmcb;
	u64 mce = cpu_features.mce ? CR4_MCE : 0;
	u16 reads = mce & ~val ? BIT(4) : 0;

	vcpu->arch.hidden_mce = mce & ~val;
	vmcb->save.cr4 = val | mce;
	if (vmcb->control.intercept_cr_read != reads)
		vmcb_dirty(vmcb, VMCB_CLEAN_I);
	vmcb->control.intercept_cr_read = reads;
	vmcb_dirty(vmcb, VMCB_CLEAN_CRX);
}

u64 x86_cr4(const struct vcpu *vcpu)
{
	return vcpu->arch.vmcb->save.cr4 & ~vcpu->arch.hidden_mce;
}

void x86_set_tpr(struct vcpu *vcpu, u32 tpr)
{
	struct vmcb *vmcb = vcpu->arch.vmcb;

	vmcb->control.vintr = (vmcb->control.vintr & ~V_TPR) | (tpr >> 4 & V_TPR);
	vmcb_dirty(vmcb, VMCB_CLEAN_TPR);
}

void x86_set_tsc_offset(struct vcpu *vcpu)
{
	struct vmcb *vmcb = vcpu->arch.vmcb;

	vmcb->control.tsc_offset =
		READ_ONCE(vcpu->vm->arch.tsc_offset) + vcpu->arch.guest.msr.tsc_adjust;
	vmcb_dirty(vmcb, VMCB_CLEAN_I);
}

void x86_set_address_msr(struct vcpu *vcpu, u32 msr, u64 val)
{
	struct arch_vcpu *a = &vcpu->arch;
	struct vmcb_save *s = &a->vmcb->save;

	/* Of the state that VMLOAD loads: where it is now. */
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
}

void x86_intercept_page_faults(struct vcpu *vcpu, bool on)
{
	struct vmcb *vmcb = vcpu->arch.vmcb;

	if (on)
		vmcb->control.intercept_exceptions |= BIT(X86_PF);
	else
		vmcb->control.intercept_exceptions &= ~BIT(X86_PF);
	vmcb_dirty(vmcb, VMCB_CLEAN_I);
}
