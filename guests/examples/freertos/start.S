/* SPDX-License-Identifier: Apache-2.0 */
	.section .head, "ax"
	.globl	_start
_start:
	msr	spsel, #1
	mov	x0, #3 << 20		/* CPACR_EL1.FPEN: FP is used freely */
	msr	cpacr_el1, x0
	isb
	ldr	x0, =stack_top
	mov	sp, x0
	ldr	x0, =__bss_start
	ldr	x1, =__bss_end
1:	cmp	x0, x1
	b.hs	2f
	str	xzr, [x0], #8
	b	1b
2:	bl	main
3:	b	3b

	/* Tasks run with SP_EL0 or SP_EL1: both halves lead to the same handlers. */
	.text
	.balign	2048
	.globl	_freertos_vector_table
_freertos_vector_table:
	.rept	2
	.balign	128
	b	FreeRTOS_SWI_Handler
	.balign	128
	b	FreeRTOS_IRQ_Handler
	.balign	128
	b	.
	.balign	128
	b	.
	.endr

	.bss
	.balign	16
	.skip	65536
stack_top:
