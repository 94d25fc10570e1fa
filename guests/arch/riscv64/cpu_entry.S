/* SPDX-License-Identifier: Apache-2.0 */
/* a0: hart ID, a1: struct cpu; paging and interrupts are off (SBI 2.0, 9.1). */
	.text
	.globl cpu_entry
	.balign 4
cpu_entry:
	sd	a0, 16(a1)
	csrr	t0, satp
	sd	t0, 24(a1)
	csrr	t0, sstatus
	sd	t0, 32(a1)
	csrw	sie, zero
	mv	tp, a0
	csrw	sscratch, zero
	la	t0, trap_entry
	csrw	stvec, t0
	ld	sp, 0(a1)
	ld	t0, 8(a1)
	mv	a0, a1
	jalr	t0
	li	a7, 0x48534d
	li	a6, 1			/* HART_STOP */
	ecall
1:	j	1b
