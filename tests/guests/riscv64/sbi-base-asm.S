/* SPDX-License-Identifier: Apache-2.0 */
#define PATTERN(n) (0x1234567 * (n) + 0x55)

	.macro for_each_kept op
	.irp n, 3,4,5,6,7,8,9,12,13,14,15,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	\op	\n
	.endr
	.endm
	.macro pattern n
	li	x\n, PATTERN(\n)
	.endm
	.macro differs n
	li	a1, PATTERN(\n)
	xor	a1, a1, x\n
	or	a0, a0, a1
	.endm

	.text
	.globl sbi_base_clobbers
sbi_base_clobbers:
	addi	sp, sp, -16 * 8
	sd	ra, 0(sp)
	sd	gp, 8(sp)
	sd	tp, 16(sp)
	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11
	sd	s\n, (24 + 8 * \n)(sp)
	.endr
	for_each_kept pattern
	mv	ra, sp
	li	a7, 0x10
	li	a6, 0
	ecall
	xor	a0, ra, sp
	xori	a1, a7, 0x10
	or	a0, a0, a1
	or	a0, a0, a6
	for_each_kept differs
	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11
	ld	s\n, (24 + 8 * \n)(sp)
	.endr
	ld	tp, 16(sp)
	ld	gp, 8(sp)
	ld	ra, 0(sp)
	addi	sp, sp, 16 * 8
	ret
