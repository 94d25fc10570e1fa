// SPDX-License-Identifier: Apache-2.0
/*
 * CSRs that a guest can reach although it is told of nothing that has them: without Smstateen
 * nothing keeps it out. The host uses none of them, so they are switched with the vCPU, wherever
 * they are: with Smstateen too, as harts differ in which of its bits they have.
 */
#include <asm/cpu.h>
#include <asm/csr.h>
#include <asm/virt.h>

#define SAVE(name, csr)                    \
	if (riscv_shared_csrs & BIT(name)) \
		vcpu->arch.guest.shared[name] = csr_read(csr);
#define LOAD(name, csr)                    \
	if (riscv_shared_csrs & BIT(name)) \
		csr_write(csr, vcpu->arch.guest.shared[name]);

void riscv_shared_csrs_put(struct vcpu *vcpu)
{
	RISCV_SHARED_CSRS(SAVE)
}

void riscv_shared_csrs_load(struct vcpu *vcpu)
{
	RISCV_SHARED_CSRS(LOAD)
	/* The records of another's branches are not switched but lost (Ssctr 1.0, sctrclr). */
	if (riscv_shared_csrs & BIT(SHARED_VSCTRCTL))
		__asm__ volatile(".4byte 0x10400073" ::: "memory");
}
