/* SPDX-License-Identifier: Apache-2.0 */
#include <arch/thread.h>

/* The eighth word keeps a stack aligned as it is behind a call. */
	.text
	.globl	thread_switch
thread_switch:
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	movq	%rsp, (%rdi)
	movq	%rsi, %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	ret
