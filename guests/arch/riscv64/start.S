/* SPDX-License-Identifier: Apache-2.0 */
/* a0: hart ID, a1: device tree; paging is off (SBI, S-mode boot convention). */
	.globl guest_entry
	.weak _start			/* a guest may look at something first */
	.section .text.start, "ax"
_start:
guest_entry:
	csrw	sie, zero
	csrw	sscratch, zero
	la	t0, trap_entry
	csrw	stvec, t0
	mv	tp, a0			/* for the contexts of the PLIC */
	la	sp, __stack_top
	la	t0, __bss_start
	la	t1, __bss_end
1:	bgeu	t0, t1, 2f
	sd	zero, (t0)
	addi	t0, t0, 8
	j	1b
2:	tail	guest_start
