// SPDX-License-Identifier: Apache-2.0
/* What CPUs remember of a VM's translations. Only VMRUN makes them forget it. */
#include <lodge/arch_virt.h>
#include <lodge/call.h>
#include <lodge/smp.h>
#include "svm_vcpu.h"

void svm_flush_tlb(struct vcpu *vcpu, unsigned int flush)
{
	struct vmcb_control *c = &vcpu->arch.vmcb->control;

	if (flush & VMID_FLUSH_ALL || (flush && !(cpu_features.svm & CPUID_SVM_EDX_FLUSH_BY_ASID)))
		c->tlb_control = TLB_CONTROL_FLUSH_ALL;
	else if (flush && !c->tlb_control)
		c->tlb_control = TLB_CONTROL_FLUSH_GUEST;
}

void svm_flushed(struct vcpu *vcpu)
{
	struct vmcb_control *c = &vcpu->arch.vmcb->control;

	if (c->tlb_control == TLB_CONTROL_FLUSH_ALL)
		this_cpu()->arch.asids_reused = false;
	c->tlb_control = TLB_CONTROL_NOTHING;
}

void svm_asid_load(struct vcpu *vcpu)
{
	struct vmid *asid = &vcpu->vm->arch.asid;
	struct cpu *c = this_cpu();
	unsigned int flush = vmid_use(asid, vcpu);

	/* Who was to do it before may not have come to its VMRUN. */
	c->arch.asids_reused |= flush & VMID_FLUSH_ALL;
	svm_flush_tlb(vcpu, flush | (c->arch.asids_reused ? VMID_FLUSH_ALL : 0));
	vcpu->arch.vmcb->control.guest_asid = (u32)vmid_here(asid);
}

void svm_memory_changed(struct vcpu *vcpu)
{
	vcpu->arch.memory_generation = READ_ONCE(vcpu->vm->arch.memory_generation);
	svm_flush_tlb(vcpu, VMID_FLUSH_GUEST);
}

static void nothing(void *arg)
{
	(void)arg;
}

void arch_stage2_flush(struct vm *vm, u64 addr, u64 size)
{
	/* The host can't flush a guest's translations but by VMRUN: each vCPU does before it enters
	 * again, and until then none can use them. Those that run leave the guest for this. */
	(void)addr;
	(void)size;
	__atomic_fetch_add(&vm->arch.memory_generation, 1, __ATOMIC_RELEASE);
	cpus_call(vmid_cpus(&vm->arch.asid), nothing, NULL);
}

/* What was not present is remembered by no TLB (APM vol. 2, 5.5). */
void arch_stage2_added(struct vm *vm, u64 addr)
{
	(void)vm;
	(void)addr;
}
