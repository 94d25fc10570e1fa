/* SPDX-License-Identifier: Apache-2.0 */
/* Every exception saves a struct trap_frame on the kernel's stack. */
#define FRAME_SIZE   (37 * 8)
#define FRAME_ALLOC  (38 * 8)
#define FRAME_SP     (31 * 8)
#define FRAME_ELR    (32 * 8)
#define FRAME_ESR    (34 * 8)
#define FRAME_VECTOR (36 * 8)

	.macro for_each_pair op
	.irp n, 2,4,6,8,10,12,14,16,18,20,22,24,26,28
	\op	\n
	.endr
	.endm
	.macro save_pair n
	.set	odd, \n + 1
	save_two \n, %odd
	.endm

	.text
	.altmacro
	.macro save_two n, m
	stp	x\n, x\m, [sp, #8 * \n]
	.endm
	.macro load_two n, m
	ldp	x\n, x\m, [sp, #8 * \n]
	.endm
	.macro load_pair n
	.set	odd, \n + 1
	load_two \n, %odd
	.endm

	.globl trap_vectors
	.balign 2048
trap_vectors:
	.set	vector, 0
	.rept	16
	.balign 128
	sub	sp, sp, #FRAME_ALLOC
	stp	x0, x1, [sp]
	mov	x0, #vector
	b	trap_entry
	.set	vector, vector + 1
	.endr

trap_entry:
	for_each_pair save_pair
	mrs	x1, sp_el0
	stp	x30, x1, [sp, #8 * 30]
	mrs	x1, elr_el1
	mrs	x2, spsr_el1
	stp	x1, x2, [sp, #FRAME_ELR]
	mrs	x1, esr_el1
	mrs	x2, far_el1
	stp	x1, x2, [sp, #FRAME_ESR]
	str	x0, [sp, #FRAME_VECTOR]
	mov	x0, sp
	bl	trap_dispatch

	ldp	x1, x2, [sp, #FRAME_ELR]
	msr	elr_el1, x1
	msr	spsr_el1, x2
	ldp	x30, x1, [sp, #8 * 30]
	msr	sp_el0, x1
	for_each_pair load_pair
	ldp	x0, x1, [sp]
	add	sp, sp, #FRAME_ALLOC
	eret

/* A vector table of undefined instructions. */
	.globl code_bad_vector
	.balign 2048
code_bad_vector:
	.fill	2048 / 4, 4, 0

/*
 * long user_enter(u64 pc, u64 sp): runs user code until user_leave().
 * The callee-saved registers wait on the kernel's stack meanwhile.
 */
	.globl user_enter
user_enter:
	stp	x29, x30, [sp, #-96]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	adrp	x2, user_kernel_sp
	mov	x3, sp
	str	x3, [x2, :lo12:user_kernel_sp]
	msr	elr_el1, x0
	msr	sp_el0, x1
	msr	spsr_el1, xzr		/* EL0t, interrupts on */
	eret

/* void user_leave(long status): user_enter() returns @status. From a trap handler only. */
	.globl user_leave
user_leave:
	adrp	x2, user_kernel_sp
	ldr	x3, [x2, :lo12:user_kernel_sp]
	mov	sp, x3
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #96
	ret

	.bss
	.balign 8
user_kernel_sp:
	.skip	8
