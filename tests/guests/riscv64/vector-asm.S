/* SPDX-License-Identifier: Apache-2.0 */
/* Encoded by hand: not every assembler in use knows V 1.0. */
#define VL1RE8(vd)  .4byte 0x02850007 | (vd) << 7	/* vl1re8.v vd, (a0) */
#define VS1R(vs)    .4byte 0x02850027 | (vs) << 7	/* vs1r.v vs, (a0) */

	.text
	.globl vec_load
vec_load:
	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	VL1RE8(\n)
	add	a0, a0, a1
	.endr
	ret

	.globl vec_store
vec_store:
	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	VS1R(\n)
	add	a0, a0, a1
	.endr
	ret
