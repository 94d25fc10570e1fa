/* SPDX-License-Identifier: Apache-2.0 */
#include <asm/layout.h>
#include <asm/processor.h>

/*
 * What a started CPU runs first: in real mode at the start of a page below 1 MiB, which
 * this is copied to (APM vol. 2, 16.5: CS is the page, IP 0). It has no addresses of its
 * own in it but those of the image, which lies below 4 GiB.
 */
#define PHYS(sym) ((sym) - IMAGE_BASE)

	.section .rodata
	.balign	16
	.globl	trampoline_start
trampoline_start:
	.code16
	cli
	movw	%cs, %ax
	movw	%ax, %ds
	lgdtl	(trampoline_gdt_ptr - trampoline_start)
	movl	$CR0_PE, %eax
	movl	%eax, %cr0
	ljmpl	$SEL_CODE32, $PHYS(secondary_start32)
	.balign	4
trampoline_gdt_ptr:
	.word	4 * 8 - 1
	.long	PHYS(early_gdt)
	.globl	trampoline_end
trampoline_end:
