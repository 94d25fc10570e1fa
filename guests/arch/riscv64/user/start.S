/* SPDX-License-Identifier: Apache-2.0 */
#define SYS_EXIT 93

/* Where a process begins: its argument is on its stack. */
	.section .text.start, "ax"
	.globl	_start
_start:
	ld	a0, (sp)
	call	main
	li	a7, SYS_EXIT
	ecall
