/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every trap saves a struct trap_frame on the kernel's stack. sscratch is 0 in
 * the kernel and the kernel's stack pointer while user code runs.
 */
#define FRAME_SIZE    (36 * 8)
#define FRAME_SEPC    (32 * 8)
#define FRAME_SSTATUS (33 * 8)
#define FRAME_SCAUSE  (34 * 8)
#define FRAME_STVAL   (35 * 8)

	.macro for_each_gpr op
	.irp n, 1,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	\op	x\n, (8 * \n)(sp)
	.endr
	.endm

	.text
	.globl trap_entry
	.balign 4
trap_entry:
	csrrw	sp, sscratch, sp
	bnez	sp, 1f
	csrr	sp, sscratch
1:	addi	sp, sp, -FRAME_SIZE
	for_each_gpr sd
	csrrw	t0, sscratch, zero
	sd	t0, 16(sp)
	csrr	t0, sepc
	sd	t0, FRAME_SEPC(sp)
	csrr	t0, sstatus
	sd	t0, FRAME_SSTATUS(sp)
	csrr	t0, scause
	sd	t0, FRAME_SCAUSE(sp)
	csrr	t0, stval
	sd	t0, FRAME_STVAL(sp)
	mv	a0, sp
	call	trap_dispatch

	ld	t0, FRAME_SEPC(sp)
	csrw	sepc, t0
	ld	t0, FRAME_SSTATUS(sp)
	csrw	sstatus, t0
	andi	t0, t0, 0x100		/* SPP: whence it came */
	bnez	t0, 2f
	addi	t0, sp, FRAME_SIZE
	csrw	sscratch, t0
2:	for_each_gpr ld
	ld	sp, 16(sp)
	sret

/*
 * long user_enter(u64 pc, u64 sp): runs user code until user_leave().
 * The callee-saved registers wait on the kernel's stack meanwhile.
 */
	.globl user_enter
user_enter:
	addi	sp, sp, -14 * 8
	sd	ra, 0(sp)
	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11
	sd	s\n, (8 * \n + 8)(sp)
	.endr
	csrw	sepc, a0
	li	t0, 0x100
	csrc	sstatus, t0		/* SPP = U */
	li	t0, 0x20
	csrs	sstatus, t0		/* SPIE */
	csrw	sscratch, sp
	la	t0, user_kernel_sp
	sd	sp, (t0)
	mv	sp, a1
	sret

/* void user_leave(long status): user_enter() returns @status. From a trap handler only. */
	.globl user_leave
user_leave:
	la	t0, user_kernel_sp
	ld	sp, (t0)
	ld	ra, 0(sp)
	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11
	ld	s\n, (8 * \n + 8)(sp)
	.endr
	addi	sp, sp, 14 * 8
	ret

	.bss
	.balign 8
user_kernel_sp:
	.skip	8
