/* SPDX-License-Identifier: Apache-2.0 */
	.arch	armv8-a+fp+simd
	.macro for_each_pair op
	.irp n, 0,2,4,6,8,10,12,14,16,18,20,22,24,26,28,30
	.set	odd, \n + 1
	pair	\op, \n, %odd
	.endr
	.endm
	.altmacro
	.macro pair op, n, m
	\op	q\n, q\m, [x0, #16 * \n]
	.endm

	.text
	.globl fp_load
fp_load:
	for_each_pair ldp
	ldr	x1, [x0, #512]
	msr	fpcr, x1
	ldr	x1, [x0, #520]
	msr	fpsr, x1
	ret

	.globl fp_store
fp_store:
	for_each_pair stp
	mrs	x1, fpcr
	str	x1, [x0, #512]
	mrs	x1, fpsr
	str	x1, [x0, #520]
	ret
