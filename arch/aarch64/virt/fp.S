/* SPDX-License-Identifier: Apache-2.0 */
#include <asm-offsets.h>

/* SIMD&FP registers between vCPUs. The rest of the host is built without. */
	.text
	.macro for_each_pair op, base
	\op	q0, q1, [\base, #16 * 0]
	\op	q2, q3, [\base, #16 * 2]
	\op	q4, q5, [\base, #16 * 4]
	\op	q6, q7, [\base, #16 * 6]
	\op	q8, q9, [\base, #16 * 8]
	\op	q10, q11, [\base, #16 * 10]
	\op	q12, q13, [\base, #16 * 12]
	\op	q14, q15, [\base, #16 * 14]
	\op	q16, q17, [\base, #16 * 16]
	\op	q18, q19, [\base, #16 * 18]
	\op	q20, q21, [\base, #16 * 20]
	\op	q22, q23, [\base, #16 * 22]
	\op	q24, q25, [\base, #16 * 24]
	\op	q26, q27, [\base, #16 * 26]
	\op	q28, q29, [\base, #16 * 28]
	\op	q30, q31, [\base, #16 * 30]
	.endm

/* void arm64_fp_save(struct arm64_fp_state *fp) */
	.globl	arm64_fp_save
arm64_fp_save:
	for_each_pair stp, x0
	mrs	x1, fpsr
	mrs	x2, fpcr
	add	x0, x0, #16 * 32
	stp	x1, x2, [x0]
	ret

/* void arm64_fp_restore(const struct arm64_fp_state *fp) */
	.globl	arm64_fp_restore
arm64_fp_restore:
	for_each_pair ldp, x0
	add	x0, x0, #16 * 32
	ldp	x1, x2, [x0]
	msr	fpsr, x1
	msr	fpcr, x2
	ret

	/* Into the table of \label, two instructions an entry. */
	.macro one_register label, op
	adr	x2, \label
	add	x2, x2, w0, uxtw #3
	br	x2
\label:
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	\op	q\n, [x1]
	ret
	.endr
	.endm

/* void arm64_fp_get(unsigned int reg, u64 val[2]) */
	.globl	arm64_fp_get
arm64_fp_get:
	one_register get_table, str

/* void arm64_fp_set(unsigned int reg, const u64 val[2]) */
	.globl	arm64_fp_set
arm64_fp_set:
	one_register set_table, ldr
