/* SPDX-License-Identifier: Apache-2.0 */
#define SYS_EXIT 93

/* Where a process begins: its argument is on its stack. */
	.section .text.start, "ax"
	.globl	_start
_start:
	ldr	x0, [sp]
	bl	main
	mov	x8, #SYS_EXIT
	svc	#0
