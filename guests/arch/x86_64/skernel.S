/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest guest: one exit, the call to power off. It starts in real mode. */
	.globl _start
	.section .text.start, "ax"
	.code16
_start:
	movl	$0x84000008, %eax
	vmmcall
