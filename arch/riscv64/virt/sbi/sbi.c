// SPDX-License-Identifier: Apache-2.0
#include <lodge/errno.h>
#include <asm/csr.h>
#include <asm/sbi_guest.h>
#include <asm/virt.h>

long sbi_from_errno(int err)
{
	switch (err) {
	case 0:
		return SBI_SUCCESS;
	case -EINVAL:
		return SBI_ERR_INVALID_PARAM;
	case -EFAULT:
		return SBI_ERR_INVALID_ADDRESS;
	case -EEXIST:
		return SBI_ERR_ALREADY_AVAILABLE;
	}
	return SBI_ERR_FAILED;
}

static bool offered(u64 ext)
{
	switch (ext) {
	case SBI_EXT_SET_TIMER ... SBI_EXT_SHUTDOWN:
	case SBI_EXT_BASE:
	case SBI_EXT_TIME:
	case SBI_EXT_IPI:
	case SBI_EXT_RFENCE:
	case SBI_EXT_HSM:
	case SBI_EXT_SRST:
	case SBI_EXT_DBCN:
	case SBI_EXT_STA:
		return true;
	}
	return false;
}

static int sbi_base(struct vcpu *vcpu, u64 fid)
{
	switch (fid) {
	case SBI_BASE_GET_SPEC_VERSION:
		return sbi_return(vcpu, SBI_SUCCESS, LODGE_SBI_SPEC_VERSION);
	case SBI_BASE_GET_IMPL_ID:
		return sbi_return(vcpu, SBI_SUCCESS, LODGE_SBI_IMPL_ID);
	case SBI_BASE_GET_IMPL_VERSION:
		return sbi_return(vcpu, SBI_SUCCESS, LODGE_SBI_IMPL_VERSION);
	case SBI_BASE_PROBE_EXTENSION:
		return sbi_return(vcpu, SBI_SUCCESS, offered(sbi_arg(vcpu, 0)));
	case SBI_BASE_GET_MVENDORID:
	case SBI_BASE_GET_MARCHID:
	case SBI_BASE_GET_MIMPID:
		/* 0: not told. The real hart's would make guests work round its bugs twice. */
		return sbi_return(vcpu, SBI_SUCCESS, 0);
	}
	return sbi_return(vcpu, SBI_ERR_NOT_SUPPORTED, 0);
}

int riscv_exit_sbi(struct vcpu *vcpu)
{
	u64 ext = vcpu->arch.guest.gpr[17], fid = vcpu->arch.guest.gpr[16],
	    pc = vcpu->arch.guest.pc;

	vcpu->exits[CAUSE_ECALL_VS]++;
	vcpu_record_exit(vcpu, CAUSE_ECALL_VS, pc, ext);
	vcpu->arch.guest.pc = pc + 4;
	/* The most frequent first: a switch would compare in the order of the numbers. */
	if (likely(ext == SBI_EXT_TIME))
		return sbi_time(vcpu, fid);
	if (ext == SBI_EXT_IPI)
		return sbi_ipi(vcpu, fid);
	if (ext == SBI_EXT_RFENCE)
		return sbi_rfence(vcpu, fid);
	if (ext == SBI_EXT_BASE)
		return sbi_base(vcpu, fid);
	switch (ext) {
	case SBI_EXT_HSM:
		return sbi_hsm(vcpu, fid);
	case SBI_EXT_SRST:
		return sbi_srst(vcpu, fid);
	case SBI_EXT_DBCN:
		return sbi_dbcn(vcpu, fid);
	case SBI_EXT_STA:
		return sbi_sta(vcpu, fid);
	case SBI_EXT_SET_TIMER ... SBI_EXT_SHUTDOWN:
		return sbi_legacy(vcpu, ext);
	}
	return sbi_return(vcpu, SBI_ERR_NOT_SUPPORTED, 0);
}

int sbi_time(struct vcpu *vcpu, u64 fid)
{
	if (fid != 0)
		return sbi_return(vcpu, SBI_ERR_NOT_SUPPORTED, 0);
	riscv_vtimer_set(vcpu, sbi_arg(vcpu, 0));
	return sbi_return(vcpu, SBI_SUCCESS, 0);
}
