/* SPDX-License-Identifier: Apache-2.0 */
#include <asm-offsets.h>
#include <asm/stack.h>
#include <asm/sysreg.h>

/*
 * The vector table of EL2 (Arm ARM D1.3.1). The host always runs with SP_EL2; what comes from a
 * lower level is a guest's exit, which the world switch takes (virt/switch.S).
 */

/*
 * Room for the frame, unless the stack is used up. No register is free: x0 goes into sp and
 * comes out of it again.
 */
	.macro host_vector, target
	.balign	128
	sub	sp, sp, #FRAME_SIZE
	add	sp, sp, x0
	sub	x0, sp, x0
	tbz	x0, #STACK_BIT, stack_overflow
	sub	x0, sp, x0
	sub	sp, sp, x0
	b	\target
	.endm

	.macro guest_vector, target
	.balign	128
	b	\target
	.endm

	/*
	 * Before any indirect branch of the host's: what arm64_speculation_decide() found. The history
	 * is replaced by taken branches, or by an instruction, which is a NOP where it is not known
	 * (CLRBHB); targets are for the firmware, which keeps all but x0 to x3 (SMCCC 1.1, 2.7).
	 */
	.macro guarded_vector, target
	.balign	128
	stp	x0, x1, [sp, #-32]!
	stp	x2, x3, [sp, #16]
	adrp	x1, arm64_spec_loops
	ldr	w0, [x1, #:lo12:arm64_spec_loops]
	cbz	w0, 2f
1:	b	. + 4
	subs	w0, w0, #1
	b.ne	1b
2:	adrp	x1, arm64_spec_call
	ldr	w0, [x1, #:lo12:arm64_spec_call]
	cbz	w0, 3f
	smc	#0
3:	hint	#22				/* CLRBHB */
	dsb	nsh
	isb
	ldp	x2, x3, [sp, #16]
	ldp	x0, x1, [sp], #32
	b	\target
	.endm

	/* @vector: which of the two is for guests */
	.macro vector_table, vector
	.balign	2048
	host_vector host_other		/* with SP_EL0 */
	host_vector host_other
	host_vector host_other
	host_vector host_other

	host_vector host_sync
	host_vector host_irq
	host_vector host_irq		/* FIQ */
	host_vector host_other		/* SError */

	.rept	2			/* AArch64, AArch32 */
	\vector arm64_guest_sync
	\vector arm64_guest_irq
	\vector arm64_guest_fiq
	\vector arm64_guest_serror
	.endr
	.endm

	.section .text.vectors, "ax"
	.balign	2048
	.globl	arm64_vectors
arm64_vectors:
	vector_table guest_vector
	.globl	arm64_vectors_guarded
	.balign	2048
arm64_vectors_guarded:
	vector_table guarded_vector

/* op a, b for pairs of registers that a function may change: x0 to x18 and the link register */
	.macro for_each_scratch op
	\op	x0, x1, [sp, #FRAME_GPR]
	\op	x2, x3, [sp, #FRAME_GPR + 8 * 2]
	\op	x4, x5, [sp, #FRAME_GPR + 8 * 4]
	\op	x6, x7, [sp, #FRAME_GPR + 8 * 6]
	\op	x8, x9, [sp, #FRAME_GPR + 8 * 8]
	\op	x10, x11, [sp, #FRAME_GPR + 8 * 10]
	\op	x12, x13, [sp, #FRAME_GPR + 8 * 12]
	\op	x14, x15, [sp, #FRAME_GPR + 8 * 14]
	\op	x16, x17, [sp, #FRAME_GPR + 8 * 16]
	\op	x18, x19, [sp, #FRAME_GPR + 8 * 18]
	\op	x29, x30, [sp, #FRAME_GPR + 8 * 29]
	.endm

	.macro for_each_saved op
	\op	x20, x21, [sp, #FRAME_GPR + 8 * 20]
	\op	x22, x23, [sp, #FRAME_GPR + 8 * 22]
	\op	x24, x25, [sp, #FRAME_GPR + 8 * 24]
	\op	x26, x27, [sp, #FRAME_GPR + 8 * 26]
	.endm

/* Where it happened, in the frame and as a frame record. */
	.macro save_place
	mrs	x0, elr_el2
	mrs	x1, spsr_el2
	stp	x0, x1, [sp, #FRAME_PC]
	stp	x29, x0, [sp, #FRAME_RECORD]
	add	x29, sp, #FRAME_RECORD
	.endm

	.macro return_from_host
	ldp	x0, x1, [sp, #FRAME_PC]
	msr	elr_el2, x0
	msr	spsr_el2, x1
	for_each_scratch ldp
	add	sp, sp, #FRAME_SIZE
	eret
	.endm

host_irq:
	for_each_scratch stp
	save_place
	bl	arm64_handle_irq
	return_from_host

	.macro full_frame
	for_each_scratch stp
	for_each_saved stp
	str	x28, [sp, #FRAME_GPR + 8 * 28]
	add	x0, sp, #FRAME_SIZE
	str	x0, [sp, #FRAME_SP]
	save_place
	mrs	x0, esr_el2
	mrs	x1, far_el2
	stp	x0, x1, [sp, #FRAME_ESR]
	mov	x0, sp
	.endm

host_sync:
	full_frame
	bl	arm64_trap
	for_each_saved ldp
	ldr	x28, [sp, #FRAME_GPR + 8 * 28]
	return_from_host

host_other:
	full_frame
	bl	arm64_unexpected

stack_overflow:
	add	x0, x0, #FRAME_SIZE
	mrs	x1, tpidr_el2
	ldr	x1, [x1, #CPU_OVERFLOW_STACK]
	mov	sp, x1
	mov	x29, xzr
	bl	arm64_stack_overflow

/* Where a new thread begins: nobody has called it, and backtraces end here. */
	.globl	arm64_thread_start
arm64_thread_start:
	mov	x29, xzr
	mov	x30, xzr
	br	x19

/* void arch_context_switch(struct arch_context *prev, struct arch_context *next) */
	.globl	arch_context_switch
arch_context_switch:
	mov	x2, sp
	stp	x19, x20, [x0]
	stp	x21, x22, [x0, #16]
	stp	x23, x24, [x0, #32]
	stp	x25, x26, [x0, #48]
	stp	x27, x28, [x0, #64]
	stp	x29, x30, [x0, #80]
	str	x2, [x0, #96]
	ldp	x19, x20, [x1]
	ldp	x21, x22, [x1, #16]
	ldp	x23, x24, [x1, #32]
	ldp	x25, x26, [x1, #48]
	ldp	x27, x28, [x1, #64]
	ldp	x29, x30, [x1, #80]
	ldr	x2, [x1, #96]
	mov	sp, x2
	ret
