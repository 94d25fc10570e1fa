/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest guest: one exit, PSCI's SYSTEM_OFF. */
	.globl _start
	.section .text.start, "ax"
_start:
	mov	w0, #0x8
	movk	w0, #0x8400, lsl #16
	hvc	#0
