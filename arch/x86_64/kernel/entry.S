/* SPDX-License-Identifier: Apache-2.0 */
#include <asm-offsets.h>
#include <asm/trap.h>

/*
 * One stub per vector, all of one size, which makes the frames alike: where the CPU pushes
 * no error code the stub pushes 0. GS is the host's whenever an interrupt can come: the
 * world switch runs with GIF clear.
 */
#define HAS_ERROR(v) ((v) == 8 || ((v) >= 10 && (v) <= 14) || (v) == 17 || (v) == 21 || \
		      (v) == 29 || (v) == 30)

	.text
	.balign	TRAP_STUB_SIZE
	.globl	trap_stubs
trap_stubs:
	.set	v, 0
	.rept	NR_VECTORS
	.balign	TRAP_STUB_SIZE
	.if	HAS_ERROR(v)
	.else
	pushq	$0
	.endif
	pushq	$v
	jmp	trap_common
	.set	v, v + 1
	.endr

trap_common:
	cld
	pushq	%rax
	pushq	%rbx
	pushq	%rcx
	pushq	%rdx
	pushq	%rsi
	pushq	%rdi
	pushq	%rbp
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	movq	%rsp, %rdi
	/* A frame record of the interrupted place, so that a backtrace goes through it. */
	pushq	FRAME_RIP(%rdi)
	pushq	%rbp
	movq	%rsp, %rbp
	call	x86_trap
	addq	$16, %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rbp
	popq	%rdi
	popq	%rsi
	popq	%rdx
	popq	%rcx
	popq	%rbx
	popq	%rax
	addq	$16, %rsp
	iretq

/* Where a new thread begins: nobody has called it, and backtraces end here. */
	.globl	x86_thread_start
x86_thread_start:
	xorl	%ebp, %ebp
	pushq	$0
	jmp	*%rbx

/* void arch_context_switch(struct arch_context *prev, struct arch_context *next) */
	.globl	arch_context_switch
arch_context_switch:
	movq	%rsp, CONTEXT_RSP(%rdi)
	movq	%rbx, CONTEXT_RBX(%rdi)
	movq	%rbp, CONTEXT_RBP(%rdi)
	movq	%r12, CONTEXT_R12(%rdi)
	movq	%r13, CONTEXT_R12 + 8(%rdi)
	movq	%r14, CONTEXT_R12 + 16(%rdi)
	movq	%r15, CONTEXT_R12 + 24(%rdi)
	movq	CONTEXT_RSP(%rsi), %rsp
	movq	CONTEXT_RBX(%rsi), %rbx
	movq	CONTEXT_RBP(%rsi), %rbp
	movq	CONTEXT_R12(%rsi), %r12
	movq	CONTEXT_R12 + 8(%rsi), %r13
	movq	CONTEXT_R12 + 16(%rsi), %r14
	movq	CONTEXT_R12 + 24(%rsi), %r15
	ret
