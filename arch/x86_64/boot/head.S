/* SPDX-License-Identifier: Apache-2.0 */
#include <asm-offsets.h>
#include <asm/layout.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include <asm/setup.h>
#include <asm/stack.h>

/*
 * From the boot loader to C. Entered in 32-bit protected mode with flat segments and paging
 * off, ebx = what the loader tells, by PVH or by multiboot2. The image runs at its load
 * address until translation is on, so that all addresses are physical till then.
 */
#define PHYS(sym) ((sym) - IMAGE_BASE)

#define PTE_TABLE 0x003 /* P, W */
#define PTE_LARGE 0x083 /* P, W, PS */

#define CPUID_EXT_EDX_LM     (1 << 29)
#define CPUID_EXT_EDX_NX     (1 << 20)
#define CPUID_EXT_EDX_PAGE1G (1 << 26)

/* Where DIRECT_MAP_BASE and IMAGE_BASE are in their tables. */
#define TABLE_INDEX(va, shift) (((va) >> (shift)) & 511)
#define ROOT_INDEX(va) TABLE_INDEX(va, 39)
#define IMAGE_PDPT_INDEX 510

/* ---- headers that boot loaders look for ---- */

#define XEN_ELFNOTE_PHYS32_ENTRY 18

	.section .note.pvh, "a", @note
	.balign	4
	.long	4, 4, XEN_ELFNOTE_PHYS32_ENTRY
	.asciz	"Xen"
	.long	PHYS(pvh_start)

/* Multiboot2 specification 2.0, 3.1: within the first 32 KiB of the file. */
#define MB2_HEADER_MAGIC 0xe85250d6
#define MB2_BOOT_MAGIC	 0x36d76289
#define MB2_TAG_END	 0
#define MB2_TAG_REQUEST	 1
#define MB2_TAG_ENTRY	 3
#define MB2_INFO_MMAP	 6

	.section .multiboot, "a"
	.balign	8
mb2_header:
	.long	MB2_HEADER_MAGIC, 0, mb2_header_end - mb2_header
	.long	0x100000000 - (MB2_HEADER_MAGIC + (mb2_header_end - mb2_header))
	.word	MB2_TAG_REQUEST, 0
	.long	12, MB2_INFO_MMAP, 0		/* the last pads */
	.word	MB2_TAG_ENTRY, 0
	.long	12, PHYS(mb2_start), 0
	.word	MB2_TAG_END, 0
	.long	8
mb2_header_end:

/* ---- 32 bits ---- */

	.section .text.entry, "ax"
	.code32
	.globl	_start
_start:
mb2_start:
	/* Another loader than this would have told something else. */
	movl	$BOOT_MULTIBOOT2, %esi
	cmpl	$MB2_BOOT_MAGIC, %eax
	je	start32
	jmp	stop32
pvh_start:
	movl	$BOOT_PVH, %esi
start32:
	cli
	cld
	movl	%ebx, %ebp

	movl	$PHYS(__bss_start), %edi
	movl	$PHYS(__bss_end), %ecx
	subl	%edi, %ecx
	shrl	$2, %ecx
	xorl	%eax, %eax
	rep stosl

	movl	$0x80000000, %eax
	cpuid
	cmpl	$0x80000001, %eax
	jb	no_long_mode
	movl	$0x80000001, %eax
	cpuid
	movl	%edx, %eax
	andl	$CPUID_EXT_EDX_LM | CPUID_EXT_EDX_NX, %eax
	cmpl	$CPUID_EXT_EDX_LM | CPUID_EXT_EDX_NX, %eax
	jne	no_long_mode

	/* Physical addresses where they are, and once more as the direct map and the image. */
	movl	$PHYS(early_pdpt), %edi
	testl	$CPUID_EXT_EDX_PAGE1G, %edx
	jz	2f
	/* 512 leaves of 1 GiB. */
	movl	$PTE_LARGE, %eax
	xorl	%edx, %edx
	movl	$512, %ecx
1:	movl	%eax, (%edi)
	movl	%edx, 4(%edi)
	addl	$0x40000000, %eax
	adcl	$0, %edx
	addl	$8, %edi
	loop	1b
	jmp	4f
2:	/* 4 GiB in leaves of 2 MiB. */
	movl	$PHYS(early_pd) + PTE_TABLE, %eax
	movl	$4, %ecx
1:	movl	%eax, (%edi)
	addl	$0x1000, %eax
	addl	$8, %edi
	loop	1b
	movl	$PHYS(early_pd), %edi
	movl	$PTE_LARGE, %eax
	movl	$4 * 512, %ecx
1:	movl	%eax, (%edi)
	addl	$0x200000, %eax
	addl	$8, %edi
	loop	1b
4:	movl	PHYS(early_pdpt), %eax
	movl	%eax, PHYS(early_image_pdpt) + 8 * IMAGE_PDPT_INDEX
	movl	$PHYS(early_pdpt) + PTE_TABLE, %eax
	movl	%eax, PHYS(early_root)
	movl	%eax, PHYS(early_root) + 8 * ROOT_INDEX(DIRECT_MAP_BASE)
	movl	$PHYS(early_image_pdpt) + PTE_TABLE, %eax
	movl	%eax, PHYS(early_root) + 8 * ROOT_INDEX(IMAGE_BASE)

#ifdef CONFIG_KASAN
	/* The image's shadow: a leaf. Nothing else has one yet. */
	movl	$PHYS(early_shadow_pdpt) + PTE_TABLE, %eax
	movl	%eax, PHYS(early_root) + 8 * ROOT_INDEX(KASAN_IMAGE_SHADOW)
	movl	$PHYS(early_shadow_pd) + PTE_TABLE, %eax
	movl	%eax, PHYS(early_shadow_pdpt) + 8 * TABLE_INDEX(KASAN_IMAGE_SHADOW, 30)
	movl	$PHYS(kasan_image_shadow) + PTE_LARGE, %eax
	movl	%eax, PHYS(early_shadow_pd) + 8 * TABLE_INDEX(KASAN_IMAGE_SHADOW, 21)
#endif

	lgdt	PHYS(early_gdt_ptr)
	movl	$PHYS(boot_start64), %edi

/* Into long mode by the early tables, and on at edi (APM vol. 2, 14.6.1). */
enter_long_mode:
	movl	$CR4_PAE, %eax
	movl	%eax, %cr4
	movl	$PHYS(early_root), %eax
	movl	%eax, %cr3
	movl	$MSR_EFER, %ecx
	movl	$EFER_LME | EFER_NXE, %eax
	xorl	%edx, %edx
	wrmsr
	movl	$CR0_PG | CR0_WP | CR0_NE | CR0_ET | CR0_MP | CR0_PE, %eax
	movl	%eax, %cr0
	ljmp	$SEL_CODE, $PHYS(1f)
	.code64
1:	movl	$SEL_DATA, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	xorl	%eax, %eax
	movl	%eax, %fs
	movl	%eax, %gs
	movl	%edi, %edi
	jmp	*%rdi
	.code32

/* A started CPU, from the trampoline. */
	.globl	secondary_start32
secondary_start32:
	movl	$SEL_DATA, %eax
	movl	%eax, %ds
	movl	$PHYS(secondary_start64), %edi
	jmp	enter_long_mode

no_long_mode:
	movl	$PHYS(no_long_mode_text), %esi
1:	lodsb
	testb	%al, %al
	jz	stop32
	movw	$0x3f8, %dx			/* COM1, as it is */
	outb	%al, %dx
	jmp	1b
stop32:
	cli
	hlt
	jmp	stop32

/* ---- 64 bits ---- */

	.code64
boot_start64:
	movabsq	$boot_high, %rax
	jmp	*%rax
boot_high:
	movq	$boot_stack_top, %rsp
	movq	$boot_cpu, %rax
	movq	%rax, CPU_SELF(%rax)
	call	set_gs_base
	movl	%esi, %edi
	movl	%ebp, %esi
	xorl	%ebp, %ebp			/* ends a backtrace */
	pushq	$0
	pushq	$0
	call	x86_start
	ud2

/*
 * One CPU starts at a time, and secondary_cpu is its struct. One that has been given up and
 * comes after all finds another's there, and stops.
 */
secondary_start64:
	movabsq	$secondary_high, %rax
	jmp	*%rax
secondary_high:
	/* This CPU's id: of leaf 0xb where there is one, else the 8 bits of leaf 1. */
	xorl	%eax, %eax
	cpuid
	cmpl	$0xb, %eax
	jb	1f
	movl	$0xb, %eax
	xorl	%ecx, %ecx
	cpuid
	testl	%ebx, %ebx
	jnz	2f
1:	movl	$1, %eax
	cpuid
	movl	%ebx, %edx
	shrl	$24, %edx
2:	movq	secondary_cpu(%rip), %rdi
	testq	%rdi, %rdi
	jz	stop64
	cmpq	%rdx, CPU_HWID(%rdi)
	jne	stop64
	movq	secondary_stack(%rip), %rsp
	movq	x86_host_cr3(%rip), %rax
	movq	%rax, %cr3
	movq	%rdi, %rax
	call	set_gs_base
	xorl	%ebp, %ebp
	pushq	$0
	pushq	$0
	call	x86_secondary_start
	ud2
stop64:
	cli
	hlt
	jmp	stop64

/* GS := the struct cpu at rax. */
set_gs_base:
	movq	%rax, %rdx
	shrq	$32, %rdx
	movl	$MSR_GS_BASE, %ecx
	wrmsr
	ret

	.section .rodata
	.balign	8
early_gdt:
	.quad	0, DESC_CODE64, DESC_DATA, DESC_CODE32
	.globl	early_gdt
early_gdt_ptr:
	.word	4 * 8 - 1
	.long	PHYS(early_gdt)
no_long_mode_text:
	.asciz	"lodge: can't run here: this CPU has no 64-bit mode with NX\r\n"

	.section .data
	.balign	8
	.globl	secondary_cpu
secondary_cpu:
	.quad	0
	.globl	secondary_stack
secondary_stack:
	.quad	0

	.section .bss.page_aligned, "aw", @nobits
	.balign	4096
early_root:
	.skip	4096
early_pdpt:
	.skip	4096
early_image_pdpt:
	.skip	4096
early_pd:
	.skip	4 * 4096
#ifdef CONFIG_KASAN
early_shadow_pdpt:
	.skip	4096
early_shadow_pd:
	.skip	4096
#endif

	/* The first half of the slot is the boot stack's guard. */
	.section .bss.boot_stack, "aw", @nobits
	.balign	STACK_SLOT
	.globl	boot_stack_guard
boot_stack_guard:
	.skip	STACK_SLOT
boot_stack_top:
	.globl	boot_stack_top
