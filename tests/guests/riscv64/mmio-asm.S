/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each register as the destination of a load and the source of a store. The base is in
 * x10, or in x11 while x10 is under test; sp, gp, tp and ra wait in t-registers or memory.
 */
	.macro save_all
	addi	sp, sp, -16 * 8
	sd	ra, 0(sp)
	sd	gp, 8(sp)
	sd	tp, 16(sp)
	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11
	sd	s\n, (24 + 8 * \n)(sp)
	.endr
	la	a5, saved_sp
	sd	sp, (a5)
	.endm
	.macro restore_all
	la	a5, saved_sp
	ld	sp, (a5)
	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11
	ld	s\n, (24 + 8 * \n)(sp)
	.endr
	ld	tp, 16(sp)
	ld	gp, 8(sp)
	ld	ra, 0(sp)
	addi	sp, sp, 16 * 8
	ret
	.endm

	.text
	.globl mmio_load_all_regs
mmio_load_all_regs:			/* a0: address, a1: expected */
	save_all
	li	a2, 0			/* a2: registers that differ */
	.irp n, 1,2,3,4,5,6,7,8,9,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	li	x\n, 0
	lw	x\n, 0(x10)
	beq	x\n, x11, 1f
	addi	x12, x12, 1
1:
	.endr
	lw	x0, 0(x10)
	lw	x10, 0(x10)		/* the base is its own destination */
	beq	x10, x11, 1f
	addi	x12, x12, 1
1:	mv	a0, a2
	restore_all

	.globl mmio_store_all_regs
mmio_store_all_regs:			/* a0: address; bits 1 to 31 can be written */
	save_all
	li	a2, 0
	.irp n, 1,2,3,4,5,6,7,8,9,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	li	x\n, 2 * \n
	sw	x\n, 0(x10)
	lw	x11, 0(x10)
	beq	x\n, x11, 1f
	addi	x12, x12, 1
1:
	.endr
	sw	x0, 0(x10)
	lw	x11, 0(x10)
	beqz	x11, 1f
	addi	x12, x12, 1
1:	mv	a0, a2
	restore_all

	.option	rvc
	.macro fn name
	.globl \name
\name:
	.endm
fn mmio_c_lw
	c.lw	a0, 0(a0)
	ret
fn mmio_c_ld
	c.ld	a0, 0(a0)
	ret
fn mmio_c_sw
	c.sw	a1, 0(a0)
	ret
fn mmio_c_sd
	c.sd	a1, 0(a0)
	ret
	/* No interrupt can come here: they are off, and sp is not the stack. */
fn mmio_c_lwsp
	mv	t0, sp
	addi	sp, a0, -16
	c.lwsp	a0, 16(sp)
	mv	sp, t0
	ret
fn mmio_c_ldsp
	mv	t0, sp
	addi	sp, a0, -16
	c.ldsp	a0, 16(sp)
	mv	sp, t0
	ret
fn mmio_c_swsp
	mv	t0, sp
	addi	sp, a0, -16
	c.swsp	a1, 16(sp)
	mv	sp, t0
	ret
fn mmio_c_sdsp
	mv	t0, sp
	addi	sp, a0, -16
	c.sdsp	a1, 16(sp)
	mv	sp, t0
	ret

	.bss
	.balign	8
saved_sp:
	.skip	8
