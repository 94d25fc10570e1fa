// SPDX-License-Identifier: Apache-2.0
/* Hart state management (SBI 2.0, chapter 9). */
#include <lodge/errno.h>
#include <asm/csr.h>
#include <asm/sbi_guest.h>
#include <asm/virt.h>

static int hart_start(struct vcpu *vcpu, u64 hart, u64 pc, u64 opaque)
{
	struct vm *vm = vcpu->vm;
	struct vcpu *v = vm_vcpu(vm, hart);

	if (!v)
		return -EINVAL;
	if ((pc & 1) || vm_memory_check(vm, gpa(pc), 2, ACCESS_X))
		return -EFAULT;
	return vcpu_power_on(v, pc, opaque) ? -EEXIST : 0;
}

static int hart_status(struct vm *vm, u64 hart)
{
	static const int status[] = {
		[VCPU_OFF] = SBI_HSM_STOPPED,
		[VCPU_START_PENDING] = SBI_HSM_START_PENDING,
		[VCPU_RUNNING] = SBI_HSM_STARTED,
		[VCPU_SUSPENDED] = SBI_HSM_SUSPENDED,
	};
	struct vcpu *v = vm_vcpu(vm, hart);
	enum vcpu_state state;
	unsigned long flags;
	bool in_loop;

	if (!v)
		return -EINVAL;
	/* Together: one that counts as stopped can be started. */
	flags = spin_lock_irqsave(&vm->lock);
	state = v->state;
	in_loop = v->in_loop;
	spin_unlock_irqrestore(&vm->lock, flags);
	return state == VCPU_OFF && in_loop ? SBI_HSM_STOP_PENDING : status[state];
}

/* Suspended until the run loop has waited for an interrupt. */
static int suspend(struct vcpu *vcpu)
{
	vcpu_suspend(vcpu);
	return EXIT_BLOCK;
}

/* The registers that the calling hart loses; what remains is as after hart_start. */
static int suspend_non_retentive(struct vcpu *vcpu, u64 pc, u64 opaque)
{
	if ((pc & 1) || vm_memory_check(vcpu->vm, gpa(pc), 2, ACCESS_X))
		return sbi_return(vcpu, SBI_ERR_INVALID_ADDRESS, 0);
	csr_write(CSR_VSATP, 0);
	csr_clear(CSR_VSSTATUS, SSTATUS_SIE);
	csr_set(CSR_VSSTATUS, riscv_entry_status());
	csr_set(CSR_SSTATUS, SSTATUS_SPP);
	vcpu->arch.guest.pc = pc;
	vcpu->arch.guest.gpr[10] = vcpu->id;
	vcpu->arch.guest.gpr[11] = opaque;
	return suspend(vcpu);
}

static int hart_suspend(struct vcpu *vcpu, u32 type, u64 pc, u64 opaque)
{
	switch (type) {
	case SBI_HSM_SUSPEND_RETENTIVE:
		sbi_return(vcpu, SBI_SUCCESS, 0);
		return suspend(vcpu);
	case SBI_HSM_SUSPEND_NON_RETENTIVE:
		return suspend_non_retentive(vcpu, pc, opaque);
	}
	/* Platform-specific types are valid, but there are none here; the rest is reserved. */
	if ((type & 0x7fffffff) >= 0x10000000)
		return sbi_return(vcpu, SBI_ERR_NOT_SUPPORTED, 0);
	return sbi_return(vcpu, SBI_ERR_INVALID_PARAM, 0);
}

int sbi_hsm(struct vcpu *vcpu, u64 fid)
{
	u64 a0 = sbi_arg(vcpu, 0), a1 = sbi_arg(vcpu, 1), a2 = sbi_arg(vcpu, 2);
	int status;

	switch (fid) {
	case SBI_HSM_HART_START:
		return sbi_return(vcpu, sbi_from_errno(hart_start(vcpu, a0, a1, a2)), 0);
	case SBI_HSM_HART_STOP:
		vcpu_request(vcpu, REQ_OFF);
		return EXIT_STOP;
	case SBI_HSM_HART_GET_STATUS:
		status = hart_status(vcpu->vm, a0);
		if (status < 0)
			return sbi_return(vcpu, sbi_from_errno(status), 0);
		sbi_return(vcpu, SBI_SUCCESS, status);
		/* Who asks about another hart waits for it to get on. */
		return a0 == vcpu->id ? EXIT_RESUME : EXIT_YIELD;
	case SBI_HSM_HART_SUSPEND:
		return hart_suspend(vcpu, a0, a1, a2);
	}
	return sbi_return(vcpu, SBI_ERR_NOT_SUPPORTED, 0);
}
