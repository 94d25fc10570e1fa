/* SPDX-License-Identifier: Apache-2.0 */
#include <asm/layout.h>
#include <asm/macros.h>
#include <asm/stack.h>
#include <asm/sysreg.h>
#include <asm/sysreg_id.h>

/*
 * From the loader to C, by the boot protocol that Linux shares: at EL2 with translation off,
 * at any 4 KiB boundary, x0 = devicetree, or what TF-A has there (early_fdt()). Until the jump to image_entry the program runs at its
 * load address: only pc-relative references. What switches translation on is all in the
 * image's first page, which early_map() maps at its physical address too.
 */
#define FLAG_4K	      (1 << 1) /* the page size */
#define FLAG_ANYWHERE (1 << 3) /* need not be near the start of memory */

	.section .text.entry, "ax"
	.globl	_start
_start:
	b	start
	.long	0
	.quad	0			/* offset from a 2 MiB boundary */
	.quad	image_size
	.quad	FLAG_4K | FLAG_ANYWHERE	/* little-endian */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0

start:
	msr	daifset, #15
	mov	x19, x0
	adr_l	x0, boot_stack_top
	mov	sp, x0
	mrs	x0, CurrentEL
	cmp	x0, #2 << 2
	b.eq	1f
	bl	early_wrong_level
1:	bl	el2_setup

	/*
	 * What is written before the caches are on must neither be hidden nor be overwritten by
	 * lines that they still have of it.
	 */
	adr_l	x0, __ro_after_init_start
	adr_l	x1, __image_end
	bl	cache_invalidate

	adr_l	x0, __bss_start
	adr_l	x1, __bss_end
2:	stp	xzr, xzr, [x0], #16
	cmp	x0, x1
	b.lo	2b

	mov	x0, x19
	bl	early_fdt
	mov	x19, x0
	adrp	x0, __image_start
	mov	x1, x19
	bl	early_map
	adr_l	x0, __ro_after_init_start
	adr_l	x1, __image_end
	bl	cache_invalidate
	ldr	x0, =image_entry
	b	enable_translation

	.ltorg

/*
 * EL2 as it must be before translation is switched on: nothing trapped, no virtualization
 * host extensions, little-endian. A CPU that has no E2H = 0 can't run this program.
 */
el2_setup:
	mov	x29, x30
	mov	x0, #HCR_RW
	msr	hcr_el2, x0
	isb
	mrs	x0, hcr_el2
	tbz	x0, #34, 1f
	adr_l	x0, boot_stack_top
	mov	sp, x0
	bl	early_no_e2h0
1:	mov_l	x0, SCTLR_EL2_RES1
	msr	sctlr_el2, x0
	isb
	ret	x29

/* Forget cached copies of [x0, x1), which are whole pages. */
cache_invalidate:
	mrs	x2, ctr_el0
	ubfx	x2, x2, #16, #4		/* DminLine: log2 of its words */
	mov	x3, #4
	lsl	x2, x3, x2
1:	dc	ivac, x0
	add	x0, x0, x2
	cmp	x0, x1
	b.lo	1b
	dsb	sy
	ret

/* Translate with early_root and go on at the virtual address x0. Changes x1 and x2. */
enable_translation:
	mov_l	x1, MAIR_EL2_VALUE
	msr	mair_el2, x1
	mov_l	x1, TCR_EL2_RES1 | TCR_T0SZ(48) | TCR_IRGN0_WBWA | TCR_ORGN0_WBWA | TCR_SH0_INNER | TCR_TG0_4K
	mrs	x2, id_aa64mmfr0_el1
	and	x2, x2, #15		/* PARange; 52 bits take descriptors of another form */
	cmp	x2, #5
	b.ls	1f
	mov	x2, #5
1:	orr	x1, x1, x2, lsl #TCR_PS_SHIFT
	msr	tcr_el2, x1
	adr_l	x1, early_root
	msr	ttbr0_el2, x1
	isb
	tlbi	alle2
	ic	iallu
	dsb	nsh
	isb
	mov_l	x1, SCTLR_EL2_RES1 | SCTLR_M | SCTLR_C | SCTLR_SA | SCTLR_I | SCTLR_WXN
	msr	sctlr_el2, x1
	isb
	br	x0

/*
 * A started CPU (PSCI CPU_ON): x0 = load address of its struct secondary_start, which holds
 * the tables to use, the stack and its struct cpu (virtual).
 */
	.globl	arm64_secondary_entry
arm64_secondary_entry:
	msr	daifset, #15
	ldp	x19, x20, [x0]
	ldr	x21, [x0, #16]
	bl	el2_setup
	ldr	x0, =secondary_image_entry
	b	enable_translation

	.ltorg
	.globl	arm64_idmap_end
arm64_idmap_end:

	.text
image_entry:
	ldr	x0, =boot_stack_top
	mov	sp, x0
	ldr	x0, =boot_cpu
	msr	tpidr_el2, x0
	ldr	x0, =arm64_vectors
	msr	vbar_el2, x0
	isb
	mov	x0, x19
	mov	x29, xzr		/* ends a backtrace */
	mov	x30, xzr
	b	arm64_start

secondary_image_entry:
	mov	x0, x19
	bl	arm64_switch_tables
	mov	sp, x20
	msr	tpidr_el2, x21
	ldr	x0, =arm64_vectors
	msr	vbar_el2, x0
	isb
	mov	x29, xzr
	mov	x30, xzr
	b	arm64_secondary_start

/*
 * void arm64_switch_tables(u64 ttbr): the image is mapped alike in both trees, and nothing
 * else is accessed while the TLB may have entries of both.
 */
	.globl	arm64_switch_tables
arm64_switch_tables:
	msr	ttbr0_el2, x0
	isb
	tlbi	alle2
	dsb	nsh
	isb
	ret

	/* The first half of the slot is the boot stack's guard. */
	.section .bss.boot_stack, "aw", @nobits
	.balign	STACK_SLOT
	.globl	boot_stack_guard
boot_stack_guard:
	.skip	STACK_SLOT
boot_stack_top:
	.globl	boot_stack_top
