/* SPDX-License-Identifier: Apache-2.0 */
#define SYS_EXIT 93

/* Where a process begins: its argument is on its stack. */
	.section .text.start, "ax"
	.globl	_start
_start:
	movq	(%rsp), %rdi
	call	main
	movq	%rax, %rdi
	movl	$SYS_EXIT, %eax
	int	$0x80
