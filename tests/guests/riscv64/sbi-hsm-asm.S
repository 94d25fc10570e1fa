/* SPDX-License-Identifier: Apache-2.0 */
	.text
	.globl hsm_suspend
hsm_suspend:
	addi	sp, sp, -14 * 8
	sd	ra, 0(sp)
	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11
	sd	s\n, (8 + 8 * \n)(sp)
	.endr
	la	t0, saved
	sd	sp, 0(t0)
	sd	a2, 8(t0)
	mv	a2, a1
	la	a1, resumed
	li	a7, 0x48534d
	li	a6, 3
	ecall
	j	out

	/* Everything but a0 and a1 is lost here. */
	.balign	4
resumed:
	la	t0, saved
	ld	sp, 0(t0)
	ld	t1, 8(t0)
	sd	a0, 0(t1)
	sd	a1, 8(t1)
	csrr	t2, satp
	sd	t2, 16(t1)
	csrr	t2, sstatus
	sd	t2, 24(t1)
	la	t2, trap_entry
	csrw	stvec, t2
	csrw	sscratch, zero
	li	a0, 1
out:
	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11
	ld	s\n, (8 + 8 * \n)(sp)
	.endr
	ld	ra, 0(sp)
	addi	sp, sp, 14 * 8
	ret

	.bss
	.balign	8
saved:	.skip	16
