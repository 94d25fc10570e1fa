/* SPDX-License-Identifier: Apache-2.0 */
#include <asm-offsets.h>
#include <asm/csr.h>
#include <asm/macros.h>
#include <asm/stack.h>

/*
 * The one trap vector. sscratch is 0 while the host runs and the struct vcpu while a
 * guest does, so one swap and one branch tell who was interrupted.
 */
	.text
	.balign	4
	.globl	trap_entry
trap_entry:
	csrrw	x10, CSR_SSCRATCH, x10
	beqz	x10, 1f
	j	riscv_guest_exit		/* beyond a branch's 4 KiB */
1:	csrrw	x10, CSR_SSCRATCH, x10

	/* Host. Room for the frame, unless the stack is used up. */
	addi	sp, sp, -FRAME_SIZE
	sd	t0, CPU_SCRATCH(tp)
	srli	t0, sp, STACK_BIT
	andi	t0, t0, 1
	beqz	t0, stack_overflow
	ld	t0, CPU_SCRATCH(tp)

	for_each_gpr sd, x2, FRAME_GPR
	addi	t0, sp, FRAME_SIZE
	sd	t0, FRAME_GPR + 8 * 2(sp)
	csrr	s1, CSR_SEPC
	csrr	s2, CSR_SSTATUS
	csrr	s3, CSR_SCAUSE
	csrr	s4, CSR_STVAL
	sd	s1, FRAME_PC(sp)
	sd	s2, FRAME_SSTATUS(sp)
	sd	s3, FRAME_SCAUSE(sp)
	sd	s4, FRAME_STVAL(sp)
	mv	a0, sp
	/* A frame record of the interrupted place, so that a backtrace goes through it. */
	addi	sp, sp, -16
	sd	s0, 0(sp)
	sd	s1, 8(sp)
	addi	s0, sp, 16
	call	riscv_trap
	addi	sp, sp, 16
	ld	s1, FRAME_PC(sp)
	ld	s2, FRAME_SSTATUS(sp)
	csrw	CSR_SEPC, s1
	csrw	CSR_SSTATUS, s2
	for_each_gpr ld, x2, FRAME_GPR
	addi	sp, sp, FRAME_SIZE
	sret

stack_overflow:
	addi	a0, sp, FRAME_SIZE
	ld	sp, CPU_OVERFLOW_STACK(tp)
	call	riscv_stack_overflow

/* Where a new thread begins: nobody has called it, and backtraces end here. */
	.globl	riscv_thread_start
riscv_thread_start:
	mv	ra, zero
	mv	s0, zero
	jr	s1

/* void arch_context_switch(struct arch_context *prev, struct arch_context *next) */
	.globl	arch_context_switch
arch_context_switch:
	sd	ra, 0(a0)
	sd	sp, 8(a0)
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	sd	s\n, 16 + 8 * \n(a0)
	.endr
	ld	ra, 0(a1)
	ld	sp, 8(a1)
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	ld	s\n, 16 + 8 * \n(a1)
	.endr
	ret
