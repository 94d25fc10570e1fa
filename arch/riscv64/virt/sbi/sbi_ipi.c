// SPDX-License-Identifier: Apache-2.0
/* Calls that are about a set of harts: IPI, RFENCE, and their legacy forms. */
#include <lodge/arch_virt.h>
#include <lodge/console.h>
#include <lodge/errno.h>
#include <asm/csr.h>
#include <asm/sbi_guest.h>
#include <asm/virt.h>

/*
 * Bits of the VM's vCPUs that (@mask, @base) names (SBI 2.0, 3.1): base ~0 is all of
 * them. -EINVAL if a bit names no hart.
 */
static int hart_set(const struct vm *vm, u64 mask, u64 base, u64 *out)
{
	u64 all = (1ul << vm->nr_vcpus) - 1;

	if (base == ~0ul) {
		*out = all;
		return 0;
	}
	if (mask == 0) {
		*out = 0;
		return 0;
	}
	if (base >= vm->nr_vcpus || mask & ~(all >> base))
		return -EINVAL;
	*out = mask << base;
	return 0;
}

static void send_ipis(struct vm *vm, u64 set)
{
	unsigned int i;

	for (i = 0; i < vm->nr_vcpus; i++)
		if (set >> i & 1)
			riscv_send_ipi(vm->vcpu[i]);
}

/* Done by all, also those that run on other CPUs, when the call returns. */
static void fence(struct vcpu *vcpu, u64 set, u32 req)
{
	if (set >> vcpu->id & 1)
		arch_vcpu_sync(vcpu, req);
	if (set & ~BIT(vcpu->id))
		vm_request_sync(vcpu->vm, set & ~BIT(vcpu->id), req);
}

int sbi_ipi(struct vcpu *vcpu, u64 fid)
{
	u64 set;

	if (fid != 0)
		return sbi_return(vcpu, SBI_ERR_NOT_SUPPORTED, 0);
	if (hart_set(vcpu->vm, sbi_arg(vcpu, 0), sbi_arg(vcpu, 1), &set))
		return sbi_return(vcpu, SBI_ERR_INVALID_PARAM, 0);
	send_ipis(vcpu->vm, set);
	return sbi_return(vcpu, SBI_SUCCESS, 0);
}

int sbi_rfence(struct vcpu *vcpu, u64 fid)
{
	u64 set;

	/* FIDs 3 to 6 are for guests with an H extension of their own. */
	if (fid > SBI_RFENCE_SFENCE_VMA_ASID)
		return sbi_return(vcpu, SBI_ERR_NOT_SUPPORTED, 0);
	if (hart_set(vcpu->vm, sbi_arg(vcpu, 0), sbi_arg(vcpu, 1), &set))
		return sbi_return(vcpu, SBI_ERR_INVALID_PARAM, 0);
	fence(vcpu, set, fid == SBI_RFENCE_FENCE_I ? REQ_FENCE_I : REQ_TLB_FLUSH);
	return sbi_return(vcpu, SBI_SUCCESS, 0);
}

/* Legacy calls return one value, in a0, and leave a1 alone. */
static int legacy_return(struct vcpu *vcpu, long value)
{
	vcpu->arch.guest.gpr[10] = value;
	return EXIT_RESUME;
}

/*
 * Their hart mask is in the guest's memory, at a virtual address; 0 means all. One word
 * is enough for as many harts as there can be.
 */
static int legacy_harts(struct vcpu *vcpu, u64 *set)
{
	u64 va = sbi_arg(vcpu, 0), mask;
	int err;

	if (va == 0)
		return hart_set(vcpu->vm, 0, ~0ul, set);
	err = riscv_guest_load(vcpu, va, &mask);
	if (err)
		return err;
	*set = mask & ((1ul << vcpu->vm->nr_vcpus) - 1);
	return 0;
}

static int legacy_ipi_or_fence(struct vcpu *vcpu, u64 ext)
{
	u64 set;
	int err = legacy_harts(vcpu, &set);

	if (err)
		return legacy_return(vcpu, SBI_ERR_INVALID_ADDRESS);
	if (ext == SBI_EXT_SEND_IPI)
		send_ipis(vcpu->vm, set);
	else
		fence(vcpu, set, ext == SBI_EXT_REMOTE_FENCE_I ? REQ_FENCE_I : REQ_TLB_FLUSH);
	return legacy_return(vcpu, 0);
}

int sbi_legacy(struct vcpu *vcpu, u64 ext)
{
	switch (ext) {
	case SBI_EXT_SET_TIMER:
		riscv_vtimer_set(vcpu, sbi_arg(vcpu, 0));
		return legacy_return(vcpu, 0);
	case SBI_EXT_CONSOLE_PUTCHAR:
		vcpu_putc(vcpu, (u8)sbi_arg(vcpu, 0));
		return legacy_return(vcpu, 0);
	case SBI_EXT_CONSOLE_GETCHAR:
		return legacy_return(vcpu, vm_console_getc(vcpu->vm));
	case SBI_EXT_CLEAR_IPI:
		riscv_clear_ipi(vcpu);
		return legacy_return(vcpu, 0);
	case SBI_EXT_SHUTDOWN:
		vm_request_shutdown(vcpu->vm, SBI_SRST_REASON_NONE);
		return EXIT_STOP;
	}
	return legacy_ipi_or_fence(vcpu, ext);
}
