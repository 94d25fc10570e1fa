/* SPDX-License-Identifier: Apache-2.0 */
#include <arch/regs.h>

/*
 * Where a started CPU begins: in real mode, in a page below 1 MiB that this is copied to
 * (APM vol. 2, 16.5). One starts at a time, and cpu_starting is its struct cpu.
 */
	.section .rodata
	.globl	trampoline_start
trampoline_start:
	.code16
	cli
	movl	%cr0, %ebx			/* as it was handed over */
	movw	%cs, %ax
	movw	%ax, %ds
	lgdtl	(1f - trampoline_start)
	movl	$CR0_PE, %eax
	movl	%eax, %cr0
	ljmpl	$SEL_CODE32, $cpu_start32
	.balign	4
1:	.word	4 * 8 - 1
	.long	start_gdt_copy
	.globl	trampoline_end
trampoline_end:

	.balign	8
start_gdt_copy:
	.quad	0, DESC_CODE64, DESC_DATA, DESC_CODE32

	.text
	.code32
cpu_start32:
	movl	$SEL_DATA, %eax
	movl	%eax, %ds
	movl	$1f, %edi
	jmp	enter_long_mode
	.code64
1:	movq	cpu_starting, %rax
	movq	(%rax), %rsp
	movl	%ebx, %ebx
	movq	%rbx, 24(%rax)			/* paging */
	xorl	%ebp, %ebp
	call	cpu_start64
	ud2
