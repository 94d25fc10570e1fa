/* SPDX-License-Identifier: Apache-2.0 */
#include <arch/regs.h>

/* Every exception saves a struct trap_frame on the stack that it finds or, from user mode,
 * on the kernel's. */
#define HAS_ERROR(v) ((v) == 8 || ((v) >= 10 && (v) <= 14) || (v) == 17 || (v) == 21 || (v) == 29 || (v) == 30)

	.text
	.balign	16
	.globl	trap_stubs
trap_stubs:
	.set	v, 0
	.rept	256
	.balign	16
	.if	HAS_ERROR(v)
	.else
	pushq	$0
	.endif
	pushq	$v
	jmp	trap_entry
	.set	v, v + 1
	.endr

trap_entry:
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
	movq	%rsp, %rbp
	andq	$-16, %rsp
	call	trap_dispatch
	movq	%rbp, %rsp
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

	.globl	code_bad_vector
code_bad_vector:
1:	ud2
	jmp	1b

/*
 * long user_enter(u64 pc, u64 sp): runs user code until user_leave().
 * The callee-saved registers wait on the kernel's stack meanwhile.
 */
	.globl	user_enter
user_enter:
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	pushq	%rdi
	pushq	%rsi
	movq	%rsp, %rdi
	call	trap_set_kernel_stack
	popq	%rsi
	popq	%rdi
	movq	%rsp, user_kernel_sp
	pushq	$SEL_USER_DATA
	pushq	%rsi
	pushq	$(RFLAGS_IF | RFLAGS_FIXED)
	pushq	$SEL_USER_CODE
	pushq	%rdi
	iretq

/* void user_leave(long status): user_enter() returns @status. From a trap handler only. */
	.globl	user_leave
user_leave:
	movq	user_kernel_sp, %rsp
	movq	%rdi, %rax
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	ret

/* long vmmcall(u64 nr, u64 a, u64 b, u64 c) */
	.globl	vmmcall
vmmcall:
	movq	%rdi, %rax
	movq	%rsi, %rdi
	movq	%rdx, %rsi
	movq	%rcx, %rdx
	vmmcall
	ret

	.bss
	.balign	8
user_kernel_sp:
	.skip	8
