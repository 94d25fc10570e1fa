/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_SBI_GUEST_H
#define ASM_SBI_GUEST_H

#include <lodge/vcpu.h>
#include <asm/sbi.h>

/*
 * The SBI that guests are given: an allow-list. What is not here answers
 * SBI_ERR_NOT_SUPPORTED, and nothing is passed to the real firmware.
 */

/* "Lodg": not one of the registered implementations. */
#define LODGE_SBI_IMPL_ID      0x4c6f6467
#define LODGE_SBI_IMPL_VERSION 0x00000100
#define LODGE_SBI_SPEC_VERSION (2u << 24)

/* Arguments a0.. of the call. */
static inline u64 sbi_arg(const struct vcpu *vcpu, unsigned int n)
{
	return vcpu->arch.guest.gpr[10 + n];
}

int riscv_exit_sbi(struct vcpu *vcpu);

/* Each sets the result and returns an exit_action; pc is advanced already. */
int sbi_time(struct vcpu *vcpu, u64 fid);
int sbi_ipi(struct vcpu *vcpu, u64 fid);
int sbi_rfence(struct vcpu *vcpu, u64 fid);
int sbi_hsm(struct vcpu *vcpu, u64 fid);
int sbi_srst(struct vcpu *vcpu, u64 fid);
int sbi_dbcn(struct vcpu *vcpu, u64 fid);
int sbi_sta(struct vcpu *vcpu, u64 fid);
int sbi_legacy(struct vcpu *vcpu, u64 ext);

static inline int sbi_return(struct vcpu *vcpu, long error, u64 value)
{
	vcpu->arch.guest.gpr[10] = error;
	vcpu->arch.guest.gpr[11] = value;
	return EXIT_RESUME;
}

/* -errno to what the guest is told, once, at its edge. */
long sbi_from_errno(int err);

#endif
