/* SPDX-License-Identifier: Apache-2.0 */
#include <arch/thread.h>

	.text
	.globl	thread_switch
thread_switch:
	stp	x29, x30, [sp, #-8 * SWITCH_WORDS]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	mov	x2, sp
	str	x2, [x0]
	mov	sp, x1
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #8 * SWITCH_WORDS
	ret
