/* SPDX-License-Identifier: Apache-2.0 */
/* x0: struct cpu, as the context ID; the MMU and interrupts are off (PSCI 1.1, 6.4). */
	.text
	.globl cpu_entry
	.balign 4
cpu_entry:
	mrs	x1, sctlr_el1
	mrs	x2, daif
	stp	x1, x2, [x0, #24]
	mrs	x1, mpidr_el1
	and	x1, x1, #0xff
	str	x1, [x0, #16]
	mov	x19, x0
	bl	cpu_setup
	ldr	x1, [x19]
	mov	sp, x1
	bl	irq_cpu_init
	mov	x0, x19
	ldr	x1, [x19, #8]
	blr	x1
	mov	w0, #0x2		/* CPU_OFF */
	movk	w0, #0x8400, lsl #16
	hvc	#0
1:	b	1b
