/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x0: device tree; the MMU is off (Linux, booting.rst). The header of such an image is
 * at its beginning, so that what objcopy makes of this program boots like a kernel, too.
 */
	.globl _start
	.section .text.start, "ax"
_start:
	b	first_insn
	.4byte	0
	.8byte	0x200000		/* from the beginning of RAM, aligned to 2 MiB */
	.8byte	__image_end - _start
	.8byte	0xa			/* little-endian, 4 KiB pages, anywhere */
	.8byte	0, 0, 0
	.ascii	"ARM\x64"
	.4byte	0

	.weak first_insn		/* a guest may look at something first */
	.globl guest_entry
first_insn:
guest_entry:
	bl	cpu_setup
	adrp	x1, __stack_top
	add	sp, x1, :lo12:__stack_top
	adrp	x1, __bss_start
	add	x1, x1, :lo12:__bss_start
	adrp	x2, __bss_end
	add	x2, x2, :lo12:__bss_end
2:	cmp	x1, x2
	b.hs	3f
	str	xzr, [x1], #8
	b	2b
3:	mov	x1, x0
	mrs	x0, mpidr_el1
	and	x0, x0, #0xff
	b	guest_start

/* What each CPU begins with; keeps x0. SCTLR_EL1 has its RES1 bits and no other. */
	.globl cpu_setup
cpu_setup:
	msr	daifset, #0xf
	msr	spsel, #1
	ldr	x1, =0x30d00800
	msr	sctlr_el1, x1
	adr	x1, trap_vectors
	msr	vbar_el1, x1
	msr	cpacr_el1, xzr
	isb
	ret
	.ltorg
