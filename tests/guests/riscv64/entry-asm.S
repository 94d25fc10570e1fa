/* SPDX-License-Identifier: Apache-2.0 */
/* Saves what a hart began with at @at; keeps all but t0. */
	.macro	note at
	sd	a0, 0(\at)
	.set	off, 8
	.irp	csr, sstatus, sie, satp, scounteren, sscratch, stvec, sip
	csrr	t0, \csr
	sd	t0, off(\at)
	.set	off, off + 8
	.endr
	.endm

	.section .text.start, "ax"
	.globl	_start
_start:
	la	t1, entry_boot
	note	t1
	tail	guest_entry

	.text
	.globl	entry_other
	.balign	4
entry_other:				/* a1: where to */
	note	a1
	fence	rw, rw
	li	t0, 1
	sd	t0, 64(a1)
	li	a7, 0x48534d
	li	a6, 1			/* HART_STOP */
	ecall
1:	j	1b

/* entry_suspend(at): HART_SUSPEND, non-retentive, with an interrupt that is pending. */
	.globl	entry_suspend
entry_suspend:
	addi	sp, sp, -48
	sd	ra, 0(sp)
	sd	s0, 8(sp)
	sd	s1, 16(sp)
	sd	tp, 24(sp)
	sd	gp, 32(sp)
	csrr	t0, stvec
	sd	t0, 40(sp)
	sd	sp, 72(a0)
	mv	a2, a0
	li	a0, 0x80000000
	la	a1, 1f
	li	a7, 0x48534d
	li	a6, 3
	ecall
	j	2f			/* an error */
	.balign	4
1:	note	a1
	ld	sp, 72(a1)
	li	a0, 0
2:	ld	ra, 0(sp)
	ld	s0, 8(sp)
	ld	s1, 16(sp)
	ld	tp, 24(sp)
	ld	gp, 32(sp)
	ld	t0, 40(sp)
	csrw	stvec, t0
	csrw	sscratch, zero
	addi	sp, sp, 48
	ret

	.data
	.balign	8
	.globl	entry_boot
entry_boot:
	.skip	80
