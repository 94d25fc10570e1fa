/* SPDX-License-Identifier: Apache-2.0 */
	.text
	.globl psci_power_down
psci_power_down:			/* x0: struct psci_resumed, x1: context */
	stp	x29, x30, [sp, #-96]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	adrp	x4, saved
	add	x4, x4, :lo12:saved
	mov	x5, sp
	stp	x5, x0, [x4]
	mov	x3, x1
	mov	w0, #0x1		/* CPU_SUSPEND of 64 bits */
	movk	w0, #0xc400, lsl #16
	mov	w1, #0x10000		/* power down */
	adr	x2, resumed
	hvc	#0
	b	out

	/* Everything but x0 is lost here. */
	.balign	4
resumed:
	adrp	x4, saved
	add	x4, x4, :lo12:saved
	ldp	x5, x6, [x4]
	mrs	x1, sctlr_el1
	mrs	x2, daif
	stp	x0, x1, [x6]
	str	x2, [x6, #16]
	mov	x20, x5
	bl	cpu_setup
	mov	sp, x20
	mov	x0, #1
out:
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #96
	ret

	.bss
	.balign	8
saved:	.skip	16
