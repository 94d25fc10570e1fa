// SPDX-License-Identifier: Apache-2.0
/* Nested page faults (AMD APM vol. 2, 15.25.6): memory that is not there yet, or a device. */
#include <lodge/errno.h>
#include <asm/virt.h>
#include <asm/walk.h>

static const char *access_name(u32 access)
{
	return access == ACCESS_X ? "fetch" : access == ACCESS_W ? "store" : "load";
}

static int crash(struct vcpu *vcpu, u64 addr, u64 info, u32 access, int err)
{
	u64 rip = vcpu->arch.vmcb->save.rip;

	if (err == -ENOMEM)
		vm_crash(vcpu, "no memory left for its page at gpa %#lx (%s)", addr,
			 access_name(access));
	else if (info & NPF_TABLE_WALK)
		vm_crash(vcpu, "a page-table walk of it reads gpa %#lx, where it has no memory",
			 addr);
	else if (access == ACCESS_X)
		vm_crash(vcpu, "it runs at gpa %#lx (rip %#lx), where it has no memory", addr, rip);
	else
		vm_crash(vcpu,
			 "its %s at gpa %#lx, while an interrupt or exception was delivered, "
			 "is to no memory",
			 access_name(access), addr);
	return EXIT_STOP;
}

static __noinline int memory_fault(struct vcpu *vcpu, u64 addr, u64 info)
{
	u32 access = info & PF_I ? ACCESS_X : info & PF_W ? ACCESS_W : ACCESS_R;
	int err = vm_memory_fault(vcpu, gpa(addr), access);

	if (likely(!err))
		return EXIT_RESUME;
	if (err == -ENOMEM || info & NPF_TABLE_WALK || access == ACCESS_X ||
	    vcpu->arch.vmcb->control.exitintinfo & EVENT_VALID)
		return crash(vcpu, addr, info, access, err);
	return svm_emulate(vcpu, addr);
}

int svm_exit_npf(struct vcpu *vcpu)
{
	const struct vmcb_control *c = &vcpu->arch.vmcb->control;
	u64 addr = c->exitinfo2, info = c->exitinfo1;
	const struct vdev *v = *vdev_cache_slot(vcpu, addr);

	/* A device that was used before, by an instruction and not on the way to one. */
	if (likely(v) && addr - v->base.v < v->size && v->space == VDEV_MEMORY &&
	    !(info & (PF_I | NPF_TABLE_WALK)) && !(c->exitintinfo & EVENT_VALID))
		return svm_emulate(vcpu, addr);
	return memory_fault(vcpu, addr, info);
}
