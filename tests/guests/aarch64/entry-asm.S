/* SPDX-License-Identifier: Apache-2.0 */
/* Saves what a CPU began with at @at; keeps all but x9. */
	.macro	note at
	str	x0, [\at]
	.set	.Loff, 8
	.irp	reg, sctlr_el1, daif, currentel, spsel, cpacr_el1, cntkctl_el1, tcr_el1, ttbr0_el1, ttbr1_el1, vbar_el1, mdscr_el1, oslsr_el1, contextidr_el1, cntv_ctl_el0, cntp_ctl_el0
	mrs	x9, \reg
	str	x9, [\at, #.Loff]
	.set	.Loff, .Loff + 8
	.endr
	.endm

	.text
	.globl	first_insn
first_insn:
	adrp	x10, entry_boot
	add	x10, x10, :lo12:entry_boot
	note	x10
	b	guest_entry

	.globl	entry_other
	.balign	4
entry_other:				/* x0: where to */
	mov	x10, x0
	note	x10
	dmb	ish
	mov	x9, #1
	str	x9, [x10, #.Loff]
	mov	w0, #0x2		/* CPU_OFF */
	movk	w0, #0x8400, lsl #16
	hvc	#0
1:	b	1b

	.data
	.balign	8
	.globl	entry_boot
entry_boot:
	.skip	160
