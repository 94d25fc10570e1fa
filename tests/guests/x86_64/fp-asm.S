/* SPDX-License-Identifier: Apache-2.0 */
	.macro for_each_xmm op
	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
	\op	\n
	.endr
	.endm
	.macro load n
	movdqu	16 * \n(%rdi), %xmm\n
	.endm
	.macro store n
	movdqu	%xmm\n, 16 * \n(%rdi)
	.endm

	.text
	.globl fp_load
fp_load:
	for_each_xmm load
	ldmxcsr	256(%rdi)
	ret

	.globl fp_store
fp_store:
	for_each_xmm store
	movl	$0, 260(%rdi)
	stmxcsr	256(%rdi)
	ret

	.globl fp_touch
fp_touch:
	movq	%rdi, %xmm0
	ret
