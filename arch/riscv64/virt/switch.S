/* SPDX-License-Identifier: Apache-2.0 */
#include <asm-offsets.h>
#include <asm/csr.h>
#include <asm/macros.h>
#include <asm/resume.h>

/*
 * int riscv_vcpu_enter(struct vcpu *vcpu): the world switch. Interrupts are off.
 *
 * Only what the C calling convention promises its caller is saved here, once per entry
 * from the run loop. An exit whose handler returns EXIT_RESUME goes back into the guest
 * from here without unwinding: hstatus and sstatus still hold what the trap left in them.
 */
	/* In registers there is nothing of C's, and of the guest's only what C preserves. */
	.macro	trace fn, vcpu
#ifdef CONFIG_IRQSOFF_TRACER
	mv	a0, \vcpu
	call	\fn
	mv	\vcpu, a0
#endif
	.endm

	.text
	.balign	4
	.globl	riscv_vcpu_enter
riscv_vcpu_enter:
	addi	sp, sp, -112
	sd	ra, 0(sp)
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	sd	s\n, 8 + 8 * \n(sp)
	.endr
	sd	sp, VCPU_HOST_SP(a0)
	sd	tp, VCPU_HOST_TP(a0)
	ld	t0, VCPU_SSTATUS(a0)
	ld	t1, VCPU_HSTATUS(a0)
	csrw	CSR_SSTATUS, t0
	csrw	CSR_HSTATUS, t1

resume:
	trace	irqsoff_guest_enter, a0
	/* From here to sret sscratch is not 0: nothing may trap, and nothing does. */
	csrw	CSR_SSCRATCH, a0
	ld	t0, VCPU_PC(a0)
	csrw	CSR_SEPC, t0
	for_each_saved ld, x10, VCPU_GPR
	j	resume_scratch

/*
 * A guest has trapped; trap_entry put the vCPU into a0 and the guest's a0 into sscratch.
 * What C preserves for its callers stays where the guest left it, and is loaded again
 * only when a handler says that it has changed it; for calls of the firmware it is not
 * even stored.
 */
	.globl	riscv_guest_exit
riscv_guest_exit:
	for_each_scratch sd, x10, VCPU_GPR
	csrrw	t0, CSR_SSCRATCH, zero
	csrr	t1, CSR_SEPC
	csrr	a1, CSR_SCAUSE
	sd	t0, VCPU_GPR + 8 * 10(a0)
	sd	t1, VCPU_PC(a0)
	ld	sp, VCPU_HOST_SP(a0)
	ld	tp, VCPU_HOST_TP(a0)
#ifdef CONFIG_IRQSOFF_TRACER
	call	irqsoff_guest_exit
	csrr	a1, CSR_SCAUSE
#endif
	li	t0, CAUSE_ECALL_VS
	beq	a1, t0, firmware_call

	/* Devices are the next frequent; the table is for the rest. */
	for_each_saved sd, x10, VCPU_GPR
	li	t0, CAUSE_LOAD_GUEST_PF
	bne	a1, t0, not_a_load
	call	riscv_exit_load
handled:
	ld	t1, CPU_LOADED(tp)
	lw	t0, VCPU_REQUESTS(t1)
	or	t0, t0, a0
	bnez	t0, leave_or_reload
	trace	irqsoff_guest_enter, t1
	csrw	CSR_SSCRATCH, t1
	ld	t0, VCPU_PC(t1)
	mv	a0, t1
	csrw	CSR_SEPC, t0
	j	resume_scratch

not_a_load:
	li	t0, CAUSE_STORE_GUEST_PF
	bne	a1, t0, neither
	call	riscv_exit_store
	j	handled

neither:
	call	riscv_exit
	j	handled

firmware_call:
	call	riscv_exit_sbi
	ld	t1, CPU_LOADED(tp)
	lw	t0, VCPU_REQUESTS(t1)
	or	t0, t0, a0
	bnez	t0, leave_firmware_call
	trace	irqsoff_guest_enter, t1
	csrw	CSR_SSCRATCH, t1
	ld	t0, VCPU_PC(t1)
	mv	a0, t1
	csrw	CSR_SEPC, t0
resume_scratch:
	for_each_scratch ld, x10, VCPU_GPR
	ld	x10, VCPU_GPR + 8 * 10(x10)
guest_entry:
	sret

leave_or_reload:
	/* No request, and an emulated load has changed a register that is still as it was. */
	li	t2, RISCV_RESUME_RELOAD
	bne	t0, t2, leave
	mv	a0, t1
	j	resume

leave_firmware_call:
	for_each_saved sd, t1, VCPU_GPR
leave:
	/* To the run loop. The trap left the guest's privilege in sstatus and hstatus. */
	csrr	t0, CSR_SSTATUS
	csrr	t2, CSR_HSTATUS
	sd	t0, VCPU_SSTATUS(t1)
	sd	t2, VCPU_HSTATUS(t1)
	ld	ra, 0(sp)
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	ld	s\n, 8 + 8 * \n(sp)
	.endr
	addi	sp, sp, 112
	ret
