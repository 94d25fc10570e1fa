// SPDX-License-Identifier: Apache-2.0
/* Steal-time accounting (SBI 2.0, chapter 16). */
#include <lodge/errno.h>
#include <lodge/vm.h>
#include <asm/sbi_guest.h>

/* Offsets in the record (16.1). */
#define STA_SEQUENCE 0
#define STA_STEAL    8

#define STA_NOWHERE (~0ul)

static void tell(struct vcpu *vcpu, u64 ns, bool preempted)
{
	steal_record_write(vcpu, gpa(vcpu->arch.guest.sta), STA_SEQUENCE, STA_STEAL, ns, preempted);
}

/* The whole record begins as zeroes. Return: 0, -EFAULT or -EACCES where it can't be, -ENOMEM. */
static int set_up(struct vcpu *vcpu, u64 lo, u64 hi)
{
	static const u8 zeroes[STEAL_RECORD_SIZE];
	int err = hi ? -EFAULT : guest_write(vcpu->vm, gpa(lo), zeroes, sizeof(zeroes));

	if (err)
		return err;
	vcpu->arch.guest.sta = lo;
	vcpu_steal_on(vcpu, tell);
	return 0;
}

int sbi_sta(struct vcpu *vcpu, u64 fid)
{
	u64 lo = sbi_arg(vcpu, 0), hi = sbi_arg(vcpu, 1), flags = sbi_arg(vcpu, 2);
	int err;

	if (fid != SBI_STA_SET_SHMEM)
		return sbi_return(vcpu, SBI_ERR_NOT_SUPPORTED, 0);
	if (flags)
		return sbi_return(vcpu, SBI_ERR_INVALID_PARAM, 0);
	if (lo == STA_NOWHERE && hi == STA_NOWHERE) {
		vcpu->arch.guest.sta = STA_NOWHERE;
		vcpu_steal_off(vcpu);
		return sbi_return(vcpu, SBI_SUCCESS, 0);
	}
	if (!IS_ALIGNED(lo, STEAL_RECORD_SIZE))
		return sbi_return(vcpu, SBI_ERR_INVALID_PARAM, 0);
	err = set_up(vcpu, lo, hi);
	/* Memory that may not be written is no address for this. */
	return sbi_return(vcpu, sbi_from_errno(err == -EACCES ? -EFAULT : err), 0);
}
