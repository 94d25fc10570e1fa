/* SPDX-License-Identifier: Apache-2.0 */
#include <arch/regs.h>

/*
 * By PVH or Multiboot: 32-bit protected mode, paging off, ebx: what there is to be told, eax: which
 * of them. Long mode needs page tables, which map the first 4 GiB to themselves; paging is "off"
 * when they are in use.
 */
#define XEN_ELFNOTE_PHYS32_ENTRY 18

/* With addresses, so that what objcopy makes of this program boots by it (0.6.96, 3.1). */
#define MULTIBOOT_HEADER    0x1badb002
#define MULTIBOOT_MEMORY    0x00000002
#define MULTIBOOT_ADDRESSES 0x00010000
#define MULTIBOOT_FLAGS	    (MULTIBOOT_MEMORY | MULTIBOOT_ADDRESSES)

	.section .note.pvh, "a", @note
	.balign	4
	.long	4, 4, XEN_ELFNOTE_PHYS32_ENTRY
	.asciz	"Xen"
	.long	start32

/* Clears what is to be 0, and makes the page tables; in 32 and in 64 bits. */
	.macro	prepare
	cld
	movl	$__bss_start, %edi
	movl	$__bss_end, %ecx
	subl	%edi, %ecx
	shrl	$2, %ecx
	xorl	%eax, %eax
	rep stosl
	/* Four tables of 2 MiB pages; what lies from 3 GiB on are devices, and is not cached. */
	movl	$flat_pd + 3, %eax
	movl	$flat_pdpt, %edi
	movl	$4, %ecx
1:	movl	%eax, (%edi)
	addl	$0x1000, %eax
	addl	$8, %edi
	loop	1b
	movl	$flat_pd, %edi
	movl	$0x83, %eax
	movl	$2048, %ecx
1:	cmpl	$0xc0000000, %eax
	jb	2f
	orl	$0x18, %eax
2:	movl	%eax, (%edi)
	addl	$0x200000, %eax
	addl	$8, %edi
	loop	1b
	movl	$flat_pdpt + 3, flat_root
	.endm

	.section .text.start, "ax"
	.balign	4
multiboot:
	.long	MULTIBOOT_HEADER, MULTIBOOT_FLAGS, -(MULTIBOOT_HEADER + MULTIBOOT_FLAGS)
	.long	multiboot, __image_start, 0 /* all of the file */, __image_end, start32

	.code32
	.weak	start32			/* a guest may look at something first */
	.globl	guest_entry
start32:
guest_entry:
	movl	%eax, %ebp
	prepare
	movl	$long_mode, %edi
	/* Into long mode, and on at edi. */
	.globl	enter_long_mode
enter_long_mode:
	movl	$CR4_PAE, %eax
	movl	%eax, %cr4
	movl	$flat_root, %eax
	movl	%eax, %cr3
	movl	$MSR_EFER, %ecx
	rdmsr
	orl	$EFER_LME | EFER_NXE, %eax
	wrmsr
	movl	$CR0_PG | CR0_WP | CR0_NE | CR0_ET | CR0_PE, %eax
	movl	%eax, %cr0
	lgdt	start_gdt_ptr
	ljmp	$SEL_CODE, $1f
	.code64
1:	movl	$SEL_DATA, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	%edi, %edi
	jmp	*%rdi

/*
 * Where ELF says that it starts: a loader that knows no PVH but long mode. What it tells is
 * in rsi, in the same format, or nothing.
 */
	.globl	_start
_start:
	movq	%rsi, %rbx
	xorl	%ebp, %ebp
	prepare
	movl	$flat_root, %eax
	movq	%rax, %cr3
long_mode:
	movl	$__stack_top, %esp
	movq	%rbx, %rdi
	movl	%ebp, %esi
	xorl	%ebp, %ebp
	call	x86_start
	ud2

	.section .rodata
	.balign	8
	.globl	start_gdt_ptr
start_gdt:
	.quad	0, DESC_CODE64, DESC_DATA, DESC_CODE32
start_gdt_ptr:
	.word	4 * 8 - 1
	.long	start_gdt, 0

	.bss
	.balign	4096
	.globl	flat_root
flat_root:
	.skip	4096
flat_pdpt:
	.skip	4096
flat_pd:
	.skip	4 * 4096
