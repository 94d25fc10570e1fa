/* SPDX-License-Identifier: Apache-2.0 */
#include <asm-offsets.h>
#include <asm/processor.h>
#include <asm/speculation.h>
#include <asm/svm.h>

/*
 * int svm_enter(struct vcpu *vcpu): the world switch. Interrupts are off.
 *
 * VMRUN and #VMEXIT change the control registers, segments but FS, GS, TR and LDTR, RAX, RSP,
 * RIP and RFLAGS (APM vol. 2, 15.5 and 15.6); the rest is ours. What VMLOAD loads is the
 * guest's from here to the end, through all exits whose handlers return EXIT_RESUME: of it
 * C needs only the base of GS. GIF is 0 meanwhile, so that nothing of the host comes, an NMI
 * neither, which would find the guest's task register. An interrupt of the host ends VMRUN,
 * since RFLAGS.IF is set when it begins (V_INTR_MASKING, 15.21.1), and is taken after STGI.
 */
	.macro for_each_gpr op_load
	.if \op_load
	movq	VCPU_GPR + 8 * 1(%rdi), %rcx
	movq	VCPU_GPR + 8 * 2(%rdi), %rdx
	movq	VCPU_GPR + 8 * 3(%rdi), %rbx
	movq	VCPU_GPR + 8 * 5(%rdi), %rbp
	movq	VCPU_GPR + 8 * 6(%rdi), %rsi
	.else
	movq	%rcx, VCPU_GPR + 8 * 1(%rdi)
	movq	%rdx, VCPU_GPR + 8 * 2(%rdi)
	movq	%rbx, VCPU_GPR + 8 * 3(%rdi)
	movq	%rbp, VCPU_GPR + 8 * 5(%rdi)
	movq	%rsi, VCPU_GPR + 8 * 6(%rdi)
	.endif
	.irp n, 8, 9, 10, 11, 12, 13, 14, 15
	.if \op_load
	movq	VCPU_GPR + 8 * \n(%rdi), %r\n
	.else
	movq	%r\n, VCPU_GPR + 8 * \n(%rdi)
	.endif
	.endr
	.endm

	/*
	 * Until here each return since #VMEXIT has had its call. The next ones have not: they would
	 * be predicted by what the guest left in the return address stack, which has up to 32 entries
	 * (AMD, "Software techniques for managing speculation", mitigation G-5).
	 */
	.macro fill_return_stack
	.rept	32
	call	2f
1:	pause
	lfence
	jmp	1b
2:
	.endr
	addq	$8 * 32, %rsp
	lfence
	.endm

	/* RDI is the vCPU, before and after. */
	.macro	trace fn
#ifdef CONFIG_IRQSOFF_TRACER
	call	\fn
	movq	%rax, %rdi
#endif
	.endm

	/*
	 * Twice, so that CPUs which need no more pay for no question: @guarded clears what
	 * x86_speculation_decide() found.
	 */
	.macro world_switch name, guarded
	.balign	16
	.globl	\name
\name:
	pushq	%rbp
	pushq	%rbx
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	pushq	%rdi
	clgi
\name\()_load:
	trace	irqsoff_guest_enter
	movq	VCPU_VMCB_PA(%rdi), %rax
	vmload	%rax
	movb	$1, VCPU_IN_REGISTERS(%rdi)
	jmp	\name\()_enter

\name\()_resume:
	cmpb	$0, VCPU_IN_REGISTERS(%rdi)
	je	\name\()_load
	trace	irqsoff_guest_enter
	movq	VCPU_GS_BASE(%rdi), %rax
	wrgsbase %rax
\name\()_enter:
	.if	\guarded
	cmpb	$0, x86_spec_verw(%rip)
	je	\name\()_buffers_clear
	verw	data_selector(%rip)
\name\()_buffers_clear:
	.endif
	movq	VCPU_VMCB(%rdi), %rcx
	movq	VCPU_GPR(%rdi), %rax
	movq	%rax, VMCB_RAX_OFFSET(%rcx)
	movq	VCPU_VMCB_PA(%rdi), %rax
	for_each_gpr 1
	/* GIF is 0 still. STI's shadow ends before VMRUN: QEMU leaves it to the guest otherwise. */
	sti
	movq	VCPU_GPR + 8 * 7(%rdi), %rdi
\name\()_guest_entry:
	vmrun	%rax
	cli

	pushq	%rdi
	movq	8(%rsp), %rdi
	for_each_gpr 0
	popq	VCPU_GPR + 8 * 7(%rdi)
	.if	\guarded
	cmpb	$0, x86_spec_ibpb_exit(%rip)
	je	\name\()_predictors_clear
	movl	$MSR_PRED_CMD, %ecx
	movl	$PRED_CMD_IBPB, %eax
	xorl	%edx, %edx
	wrmsr			/* before any indirect branch or return of the host */
\name\()_predictors_clear:
	.endif
	movq	VCPU_VMCB(%rdi), %rbx
	movq	VMCB_RAX_OFFSET(%rbx), %rax
	movq	%rax, VCPU_GPR(%rdi)
	cmpb	$0, svm_has_fsgsbase(%rip)
	je	\name\()_unload
	rdgsbase %rax
	movq	%rax, VCPU_GS_BASE(%rdi)
	movq	VCPU_HOST_GS(%rdi), %rax
	wrgsbase %rax
\name\()_have_gs:
	/* Handlers clear the bits of what they change. */
	movl	$-1, VMCB_CLEAN_OFFSET(%rbx)
	trace	irqsoff_guest_exit
	xorl	%ebp, %ebp		/* the guest's is not the end of a backtrace */
	call	svm_exit
	movq	(%rsp), %rdi
	movl	VCPU_REQUESTS(%rdi), %ecx
	orl	%eax, %ecx
	jz	\name\()_resume

	/* To the run loop. */
	movl	%eax, %ebx
	call	svm_leave
	fill_return_stack
	stgi
	movl	%ebx, %eax
	popq	%rdi
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbx
	popq	%rbp
	ret

\name\()_unload:
	/* Without FSGSBASE, all that VMLOAD loads is exchanged on each exit. */
	movq	VCPU_VMCB_PA(%rdi), %rax
	vmsave	%rax
	movq	VCPU_HOST_STATE(%rdi), %rax
	vmload	%rax
	movb	$0, VCPU_IN_REGISTERS(%rdi)
	jmp	\name\()_have_gs
	.endm

	.text
	world_switch svm_enter, 0
	world_switch svm_enter_guarded, 1

	.section .rodata
data_selector:
	.word	SEL_DATA
