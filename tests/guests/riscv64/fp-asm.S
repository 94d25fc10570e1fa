/* SPDX-License-Identifier: Apache-2.0 */
	.macro for_each_fpr op
	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	\op	f\n, (8 * \n)(a0)
	.endr
	.endm

	.text
	.globl fp_load
fp_load:
	for_each_fpr fld
	ld	t0, 256(a0)
	fscsr	t0
	ret

	.globl fp_store
fp_store:
	for_each_fpr fsd
	frcsr	t0
	sd	t0, 256(a0)
	ret
