// SPDX-License-Identifier: Apache-2.0
/* Exceptions that the guest must take itself, and the instructions that came here for it. */
#include <lodge/errno.h>
#include <asm/csr.h>
#include <asm/virt.h>

#define INSN_WFI      0x10500073
#define INSN_WRS_NTO  0x00d00073
#define OPCODE_SYSTEM 0x73

/* As the hart would take a trap into VS-mode (privileged architecture, 4.1.1). */
void riscv_inject(struct vcpu *vcpu, u64 cause, u64 tval)
{
	u64 vsstatus = csr_read(CSR_VSSTATUS);
	u64 sstatus = csr_read(CSR_SSTATUS);

	vsstatus &= ~(SSTATUS_SPP | SSTATUS_SPIE);
	vsstatus |= sstatus & SSTATUS_SPP;
	if (vsstatus & SSTATUS_SIE)
		vsstatus |= SSTATUS_SPIE;
	vsstatus &= ~SSTATUS_SIE;
	csr_write(CSR_VSSTATUS, vsstatus);
	csr_write(CSR_VSEPC, vcpu->arch.guest.pc);
	csr_write(CSR_VSCAUSE, cause);
	csr_write(CSR_VSTVAL, tval);
	csr_set(CSR_SSTATUS, SSTATUS_SPP);
	csr_set(CSR_HSTATUS, HSTATUS_SPVP);
	vcpu->arch.guest.pc = csr_read(CSR_VSTVEC) & ~3ul;
}

/*
 * What only a hypervisor may do: our guests have no H extension, so it is an illegal
 * instruction to them. WFI and WRS.NTO come here too, if the CPU is shared (hstatus.VTW).
 */
int riscv_exit_virtual_insn(struct vcpu *vcpu)
{
	u32 insn = csr_read(CSR_STVAL);
	int err;

	if (insn == 0) {
		err = riscv_fetch_insn(vcpu, vcpu->arch.guest.pc, &insn);
		if (err)
			return riscv_fetch_failed(vcpu, err);
	}
	/* From U-mode WFI is illegal as well: it may wait without bound. */
	if (insn == INSN_WFI && (csr_read(CSR_SSTATUS) & SSTATUS_SPP)) {
		vcpu->arch.guest.pc += 4;
		return EXIT_BLOCK;
	}
	/* It waits for another hart's store, and may end at any time (Zawrs 1.0). */
	if (insn == INSN_WRS_NTO) {
		vcpu->arch.guest.pc += 4;
		return EXIT_YIELD;
	}
	riscv_inject(vcpu, CAUSE_ILLEGAL, insn);
	return EXIT_RESUME;
}

/* Only something passed through can refuse an access at its host address. */
int riscv_exit_access_fault(struct vcpu *vcpu)
{
	riscv_inject(vcpu, csr_read(CSR_SCAUSE), csr_read(CSR_STVAL));
	return EXIT_RESUME;
}
