/* SPDX-License-Identifier: Apache-2.0 */
/* FP registers between vCPUs. The rest of the host is built without FP. */
	.text
	.macro for_each_fpr op
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	\op	f\n, 8 * \n(a0)
	.endr
	.endm

/* void riscv_fp_save(struct riscv_fp_state *fp) */
	.globl	riscv_fp_save
riscv_fp_save:
	for_each_fpr fsd
	frcsr	t0
	sd	t0, 8 * 32(a0)
	ret

/* void riscv_fp_restore(const struct riscv_fp_state *fp) */
	.globl	riscv_fp_restore
riscv_fp_restore:
	for_each_fpr fld
	ld	t0, 8 * 32(a0)
	fscsr	t0
	ret

/*
 * Vector registers, eight at a time as one group (vs8r.v, vl8re8.v), by their encodings: not
 * every assembler that builds this knows them. t1 is the size of a group.
 */
	.macro vgroup_store reg
	.4byte	0xe2850027 | (\reg << 7)	/* vs8r.v v\reg, (a0) */
	.endm
	.macro vgroup_load reg
	.4byte	0xe2850007 | (\reg << 7)	/* vl8re8.v v\reg, (a0) */
	.endm

/* void riscv_vector_save(struct riscv_vector_state *v), with ->regs in a1 */
	.globl	riscv_vector_save
riscv_vector_save:
	csrr	t0, 0x008			/* vstart */
	csrr	t1, 0xc20			/* vl */
	csrr	t2, 0xc21			/* vtype */
	csrr	t3, 0x00f			/* vcsr */
	sd	t0, 0(a0)
	sd	t1, 8(a0)
	sd	t2, 16(a0)
	sd	t3, 24(a0)
	csrr	t1, 0xc22			/* vlenb */
	slli	t1, t1, 3
	csrw	0x008, zero
	mv	a0, a1
	vgroup_store 0
	add	a0, a0, t1
	vgroup_store 8
	add	a0, a0, t1
	vgroup_store 16
	add	a0, a0, t1
	vgroup_store 24
	ret

/* void riscv_vector_restore(const struct riscv_vector_state *v, const u8 *regs) */
	.globl	riscv_vector_restore
riscv_vector_restore:
	csrr	t1, 0xc22
	slli	t1, t1, 3
	mv	t4, a0
	mv	a0, a1
	csrw	0x008, zero
	vgroup_load 0
	add	a0, a0, t1
	vgroup_load 8
	add	a0, a0, t1
	vgroup_load 16
	add	a0, a0, t1
	vgroup_load 24
	ld	t1, 8(t4)
	ld	t2, 16(t4)
	.4byte	0x80737057			/* vsetvl zero, t1, t2 */
	ld	t3, 24(t4)
	csrw	0x00f, t3
	ld	t0, 0(t4)
	csrw	0x008, t0
	ret
