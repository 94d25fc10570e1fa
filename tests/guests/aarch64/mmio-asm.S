/* SPDX-License-Identifier: Apache-2.0 */
/* Each register as the destination of a load and the source of a store, and as the base. */
	.arch	armv8-a+fp+simd

	.macro save_all
	stp	x29, x30, [sp, #-96]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	.endm
	.macro restore_all
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #96
	ret
	.endm

	.text
	.globl mmio_load_all_regs
mmio_load_all_regs:			/* x0: address, x1: expected */
	save_all
	mov	x2, #0			/* registers that differ */
	.irp n, 3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
	mov	x\n, #-1
	ldr	w\n, [x0]
	cmp	x\n, x1
	cinc	x2, x2, ne
	.endr
	.irp n, 3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
	mov	x\n, x0			/* the base is its own destination */
	ldr	w\n, [x\n]
	cmp	x\n, x1
	cinc	x2, x2, ne
	.endr
	ldr	wzr, [x0]
	mov	x3, x1
	ldr	w1, [x0]
	cmp	x1, x3
	cinc	x2, x2, ne
	mov	x4, x2
	ldr	w2, [x0]
	cmp	x2, x3
	cinc	x4, x4, ne
	ldr	w0, [x0]
	cmp	x0, x3
	cinc	x0, x4, ne
	restore_all

	.globl mmio_store_all_regs
mmio_store_all_regs:			/* x0: address; a byte that keeps bits 3 to 7 */
	save_all
	mov	x2, #0
	.irp n, 3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
	mov	x\n, #8 * \n
	str	w\n, [x0]
	ldr	w1, [x0]
	cmp	x\n, x1
	cinc	x2, x2, ne
	.endr
	str	wzr, [x0]
	ldr	w1, [x0]
	cmp	x1, #0
	cinc	x2, x2, ne
	mov	x0, x2
	restore_all

	/* No interrupt can come here: they are off, and sp is not the stack. */
	.globl mmio_load_sp
mmio_load_sp:				/* x0: address; returns what is there */
	mov	x9, sp
	mov	sp, x0
	ldr	w0, [sp]
	mov	sp, x9
	ret
	.globl mmio_load_sp_post
mmio_load_sp_post:			/* and how far the base moved in the upper half */
	mov	x9, sp
	mov	x10, x0
	mov	sp, x0
	ldr	w0, [sp], #16
	mov	x11, sp
	mov	sp, x9
	sub	x11, x11, x10
	orr	x0, x0, x11, lsl #32
	ret

	.globl mmio_load_sp_el0_post
mmio_load_sp_el0_post:			/* the same by the other stack pointer */
	msr	spsel, #0
	mov	x9, sp
	mov	x10, x0
	mov	sp, x0
	ldr	w0, [sp], #16
	mov	x11, sp
	mov	sp, x9
	msr	spsel, #1
	sub	x11, x11, x10
	orr	x0, x0, x11, lsl #32
	ret

	/* SIMD registers: x0 address, x1 16 bytes of them. */
	.macro simd name, reg
	.globl mmio_load_\name
mmio_load_\name:
	movi	v0.16b, #0xff
	ldr	\reg\()0, [x0]
	str	q0, [x1]
	ret
	.globl mmio_store_\name
mmio_store_\name:
	ldr	q0, [x1]
	str	\reg\()0, [x0]
	ret
	.endm
	simd	b, b
	simd	h, h
	simd	s, s
	simd	d, d
	simd	q, q
	.globl mmio_load_offset
mmio_load_offset:			/* with x2 as an offset, and w2 as a signed number of words */
	movi	v0.16b, #0xff
	movi	v1.16b, #0xff
	ldr	s0, [x0, x2]
	ldr	s1, [x0, w2, sxtw #2]
	str	q0, [x1]
	str	q1, [x1, #16]
	ret
	.globl mmio_load_pair_s
mmio_load_pair_s:
	movi	v0.16b, #0xff
	movi	v1.16b, #0xff
	ldp	s0, s1, [x0]
	str	q0, [x1]
	str	q1, [x1, #16]
	ret
	.globl mmio_load_pair_d
mmio_load_pair_d:
	movi	v0.16b, #0xff
	movi	v1.16b, #0xff
	ldp	d0, d1, [x0]
	str	q0, [x1]
	str	q1, [x1, #16]
	ret
	.globl mmio_store_pair_d
mmio_store_pair_d:
	ldr	q0, [x1]
	ldr	q31, [x1, #16]
	stp	d0, d31, [x0]
	ret
	.globl mmio_load_high_post
mmio_load_high_post:			/* a register of the upper half, with writeback */
	mov	x2, x0
	ldr	d31, [x0], #8
	str	q31, [x1]
	sub	x0, x0, x2
	ret
