/* SPDX-License-Identifier: Apache-2.0 */
/* By PVH, in 32 bits. */
	.text
	.code32
	.globl	start32
start32:
	movl	%eax, entry_boot
	movl	%ebx, entry_boot + 4
	movl	%esp, entry_boot + 8
	movl	$entry_boot + 64, %esp
	pushfl				/* at 60 */
	pushl	%edx			/* 56 */
	.irp	reg, cr0, cr3, cr4, dr6, dr7, cs, ds
	movl	%\reg, %edx		/* 52 to 28 */
	pushl	%edx
	.endr
	movl	$0xc0000080, %ecx
	movl	%eax, %edx
	rdmsr
	pushl	%eax			/* 24 */
	movl	entry_boot, %eax
	jmp	guest_entry

/* By a start-up IPI, in real mode, at 0x8000. */
	.section .rodata
	.globl	entry_other, entry_other_end
entry_other:
	.code16
	movl	%edx, %cs:0x100
	movl	%eax, %cs:0x104
	movl	%cr0, %eax
	movl	%eax, %cs:0x108
	movl	%cr4, %eax
	movl	%eax, %cs:0x10c
	movl	%cr2, %eax
	movl	%eax, %cs:0x110
	movl	%dr6, %eax
	movl	%eax, %cs:0x114
	movl	%dr7, %eax
	movl	%eax, %cs:0x118
	movw	%ss, %cs:0x11c
	movw	$0x400, %sp
	pushfl
	popl	%eax
	movl	%eax, %cs:0x120
	xorl	%eax, %eax
	fnstcw	%cs:0x124
	movl	$1, %cs:0x128
1:	cli
	hlt
	jmp	1b
entry_other_end:

	.data
	.balign	8
	.globl	entry_boot
entry_boot:
	.skip	64
