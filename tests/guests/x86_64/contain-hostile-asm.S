/* SPDX-License-Identifier: Apache-2.0 */
#include <arch/regs.h>
#include "contain-hostile.h"

#define MSR_SYSENTER_CS 0x174
#define EFER_SCE	0x001

#define HAS_ERROR(v) ((v) == 8 || ((v) >= 10 && (v) <= 14) || (v) == 17)

/* In 64-bit mode: every vector, on a stack of its own (IST 1). */
	.text
	.balign	16
	.globl	hostile_stubs
hostile_stubs:
	.set	v, 0
	.rept	256
	.balign	16
	.if	HAS_ERROR(v)
	.else
	pushq	$0
	.endif
	pushq	$v
	jmp	hostile_entry
	.set	v, v + 1
	.endr

hostile_entry:
	testb	$1, hostile_armed(%rip)
	jnz	hostile_back
	cmpq	$VECTOR_NMI, (%rsp)
	jne	1f
	addq	$16, %rsp
	iretq
1:	movq	%rsp, %rdi
	andq	$-16, %rsp
	call	hostile_unexpected

/* Whatever there was before: all of the state that matters is set anew. */
hostile_back:
	cld
	movl	$CR0_PG | CR0_NE | CR0_ET | CR0_PE, %eax
	movq	%rax, %cr0
	movq	hostile_cr3, %rax
	movq	%rax, %cr3
	movq	hostile_cr4, %rax
	movq	%rax, %cr4
	movq	hostile_sp, %rsp
	pushq	$RFLAGS_FIXED			/* NT stays set in real mode */
	popfq
	movb	$0, hostile_armed
	incq	hostile_traps
	xorl	%eax, %eax
	movq	%rax, %dr7
	movl	$MSR_EFER, %ecx
	rdmsr
	orl	$EFER_LME | EFER_NXE, %eax
	xorl	%edx, %edx
	wrmsr
	fninit
	movl	$0x1f80, hostile_mxcsr
	ldmxcsr	hostile_mxcsr
	call	hostile_descriptors
	movl	$SEL_HDATA, %eax
	movl	%eax, %ss
	movl	%eax, %ds
	movl	%eax, %es
	/* Lets NMIs come again. */
	movq	%rsp, %rax
	pushq	$SEL_HDATA
	pushq	%rax
	pushq	$RFLAGS_FIXED
	pushq	$SEL_HCODE
	pushq	$1f
	iretq
1:	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	ret

	.macro	save_place
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	movq	%rsp, hostile_sp
	.endm

	.globl	hostile_run64
hostile_run64:
	save_place
	movl	$SEL_UDATA, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	$SEL_DEVICES, %eax
	movl	%eax, %fs
	movb	$1, hostile_armed
	movq	FRAME_CR0(%rdi), %rax
	movq	%rax, %cr0
	movq	%rdi, %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rbp
	popq	%rdi
	popq	%rsi
	popq	%rdx
	popq	%rcx
	popq	%rbx
	popq	%rax
	iretq

/* Where hostile_call() begins: rdi has the function. */
	.globl	hostile_thunk
hostile_thunk:
	call	*%rdi
	int3

/* The watchdog's entry of the I/O APIC: between modes no vectors are right. */
	.macro	watchdog_pin how
	movl	$IOAPIC, %eax
	movl	$0x14, (%eax)
	movl	$\how, 0x10(%eax)
	.endm

	.globl	hostile_run32
hostile_run32:
	save_place
	watchdog_pin 0x10400
	movb	$1, hostile_armed
	movl	$MSR_SYSENTER_CS, %ecx
	xorl	%eax, %eax
	xorl	%edx, %edx
	wrmsr
	movq	%rdi, %rsp
	lidt	hostile_idt32_ptr
	lgdt	legacy_gdt_ptr
	pushq	$SEL_HCODE32
	pushq	$1f
	lretq
	.code32
1:	movl	%cr0, %eax
	andl	$~CR0_PG, %eax
	movl	%eax, %cr0
	movl	$SEL_HDATA, %eax
	movl	%eax, %ss
	movl	$MSR_EFER, %ecx
	rdmsr
	andl	$~(EFER_LME | EFER_SCE), %eax
	wrmsr
	watchdog_pin 0x400
	popl	%eax
	movl	%eax, %cr3
	popl	%eax
	movl	%eax, %cr4
	popl	%eax
	movl	%eax, %cr0
	popl	%eax
	testl	%eax, %eax
	jnz	2f
	movl	$SEL_LDATA, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	$SEL_DEVICES, %eax
	movl	%eax, %fs
	movl	%eax, %gs
	popal
	iretl
2:	ljmp	$SEL_CODE16, $(LOW_CODE + low_enter - hostile_low)

/* Any vector of these modes. */
	.globl	hostile_entry32
hostile_entry32:
	movl	$SEL_HDATA, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	%cr0, %eax
	andl	$~CR0_PG, %eax
	movl	%eax, %cr0
	lidt	hostile_idt32_ptr
	watchdog_pin 0x10400
	movl	$hostile_back, %edi
	jmp	enter_long_mode

/* Copied to LOW_CODE. */
	.code16
	.globl	hostile_low, hostile_low_end
hostile_low:
	/* Any vector of real mode, of the first CPU; others wait for INIT. */
	cli
	movl	$1, %eax
	cpuid
	shrl	$24, %ebx
	jnz	1f
	lgdtl	%cs:(LOW_CODE + low_gdt - hostile_low)
	movl	%cr0, %eax
	orl	$CR0_PE, %eax
	movl	%eax, %cr0
	ljmpl	$SEL_HCODE32, $hostile_entry32
1:	hlt
	jmp	1b
low_enter:
	movw	$SEL_DATA16, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %fs
	movw	%ax, %gs
	movw	%ax, %ss
	lidtl	(LOW_CODE + low_ivt - hostile_low)
	movl	%cr0, %eax
	andl	$~CR0_PE, %eax
	movl	%eax, %cr0
	ljmp	$0, $(LOW_CODE + low_real - hostile_low)
low_real:
	movw	$LOW_SS, %ax
	movw	%ax, %ss
	movw	$LOW_SP, %sp
	popal
	popw	%ds
	popw	%es
	iretw
	.balign	8
low_ivt:
	.word	0x3ff
	.long	0
	.globl	low_gdt
low_gdt:
	.word	GDT_SIZE - 1
	.long	hostile_gdt
hostile_low_end:
	.code64

	.section .rodata
legacy_gdt_ptr:
	.word	LEGACY_GDT - 1
	.quad	hostile_gdt

	.bss
	.balign	16
	.globl	hostile_gdt, hostile_cr3, hostile_cr4, hostile_traps
hostile_gdt:
	.skip	GDT_SIZE
hostile_sp:
	.skip	8
hostile_cr3:
	.skip	8
hostile_cr4:
	.skip	8
hostile_traps:
	.skip	8
hostile_mxcsr:
	.skip	4
hostile_armed:
	.skip	4
