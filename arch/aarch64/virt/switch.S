/* SPDX-License-Identifier: Apache-2.0 */
#include <asm-offsets.h>
#include <asm/esr.h>
#include <asm/resume.h>

/*
 * int arm64_vcpu_enter(struct vcpu *vcpu): the world switch. Interrupts are off.
 *
 * Only what the C calling convention promises its caller is saved here, once per entry from
 * the run loop. SP_EL2 stays what it is while the guest runs, and the vCPU is at its top. An
 * exit whose handler returns EXIT_RESUME goes back into the guest from here without
 * unwinding: ELR_EL2 and SPSR_EL2 still hold what the exception left in them, or what the
 * handler made of it.
 */
	.text

#define ENTER_FRAME 112 /* the vCPU, x29, x30, x19 to x28 */

	/* op on pairs of registers that the calling convention lets a function change ... */
	.macro scratch_from_x2 op, base
	\op	x2, x3, [\base, #VCPU_GPR + 8 * 2]
	\op	x4, x5, [\base, #VCPU_GPR + 8 * 4]
	\op	x6, x7, [\base, #VCPU_GPR + 8 * 6]
	\op	x8, x9, [\base, #VCPU_GPR + 8 * 8]
	\op	x10, x11, [\base, #VCPU_GPR + 8 * 10]
	\op	x12, x13, [\base, #VCPU_GPR + 8 * 12]
	\op	x14, x15, [\base, #VCPU_GPR + 8 * 14]
	\op	x16, x17, [\base, #VCPU_GPR + 8 * 16]
	.endm

	/* ... and on what it must preserve. */
	.macro saved op, base
	\op	x19, x20, [\base, #VCPU_GPR + 8 * 19]
	\op	x21, x22, [\base, #VCPU_GPR + 8 * 21]
	\op	x23, x24, [\base, #VCPU_GPR + 8 * 23]
	\op	x25, x26, [\base, #VCPU_GPR + 8 * 25]
	\op	x27, x28, [\base, #VCPU_GPR + 8 * 27]
	.endm

	.macro frame op
	\op	x29, x30, [sp, #16]
	\op	x19, x20, [sp, #32]
	\op	x21, x22, [sp, #48]
	\op	x23, x24, [sp, #64]
	\op	x25, x26, [sp, #80]
	\op	x27, x28, [sp, #96]
	.endm

	/* In registers there is nothing of C's, and of the guest's only what C preserves. */
	.macro	trace_enter
#ifdef CONFIG_IRQSOFF_TRACER
	mov	x0, x1
	bl	irqsoff_guest_enter
	mov	x1, x0
#endif
	.endm

	.globl	arm64_vcpu_enter
arm64_vcpu_enter:
	sub	sp, sp, #ENTER_FRAME
	frame	stp
	str	x0, [sp]
	ldp	x2, x3, [x0, #VCPU_PC]		/* and spsr */
	msr	elr_el2, x2
	msr	spsr_el2, x3
	mov	x1, x0
reload:
	saved	ldp, x1
	ldr	x29, [x1, #VCPU_GPR + 8 * 29]
resume:
	trace_enter
	scratch_from_x2 ldp, x1
	ldr	x18, [x1, #VCPU_GPR + 8 * 18]
	ldr	x30, [x1, #VCPU_GPR + 8 * 30]
	ldp	x0, x1, [x1, #VCPU_GPR]
guest_entry:
	eret
	/* Nothing behind it is executed ahead of time, with the guest's registers. */
	dsb	nsh
	isb

	/*
	 * A guest has come to one of the vectors: what C may change goes into the vCPU, whose
	 * address is in x0 then. What C preserves for its callers stays where the guest left
	 * it, and is loaded again only when a handler says that it has changed it.
	 */
	.macro	save_scratch
	stp	x0, x1, [sp, #-16]!
	ldr	x0, [sp, #16]
	scratch_from_x2 stp, x0
	ldp	x2, x3, [sp], #16
	str	x18, [x0, #VCPU_GPR + 8 * 18]
	str	x30, [x0, #VCPU_GPR + 8 * 30]
	stp	x2, x3, [x0, #VCPU_GPR]
#ifdef CONFIG_IRQSOFF_TRACER
	bl	irqsoff_guest_exit
#endif
	.endm

	/* Back to the guest, unless the handler (w0) or somebody else wants something. */
	.macro	resume_or leave
	ldr	x1, [sp]
	ldr	w2, [x1, #VCPU_REQUESTS]
	orr	w2, w2, w0
	cbz	w2, resume
	b	\leave
	.endm

	.globl	arm64_guest_sync
arm64_guest_sync:
	save_scratch
	mrs	x1, esr_el2
	ubfx	x2, x1, #ESR_EC_SHIFT, #6
	cmp	x2, #EC_HVC64
	b.ne	other_sync
	bl	arm64_exit_hvc
	resume_or leave_unsaved

other_sync:
	saved	stp, x0
	str	x29, [x0, #VCPU_GPR + 8 * 29]
	/* Devices are the next frequent; the table is for the rest. */
	cmp	x2, #EC_DABT_LOWER
	b.ne	1f
	bl	arm64_exit_data_abort
	resume_or leave_or_reload
1:	bl	arm64_exit
	resume_or leave_or_reload

	.globl	arm64_guest_irq
arm64_guest_irq:
	save_scratch
	bl	arm64_exit_irq
	resume_or leave_unsaved

	.globl	arm64_guest_fiq
arm64_guest_fiq:
	save_scratch
	bl	arm64_exit_fiq
	resume_or leave_unsaved

	.globl	arm64_guest_serror
arm64_guest_serror:
	save_scratch
	saved	stp, x0
	str	x29, [x0, #VCPU_GPR + 8 * 29]
	mrs	x1, esr_el2
	bl	arm64_exit_serror
	resume_or leave_or_reload

leave_or_reload:
	/* No request, and an emulated load has changed a register that is still as it was. */
	mov	w3, #ARM64_RESUME_RELOAD
	cmp	w2, w3
	b.eq	reload
	b	leave

leave_unsaved:
	saved	stp, x1
	str	x29, [x1, #VCPU_GPR + 8 * 29]
leave:
	/* To the run loop, with the handler's answer. */
	mrs	x2, elr_el2
	mrs	x3, spsr_el2
	stp	x2, x3, [x1, #VCPU_PC]
	frame	ldp
	add	sp, sp, #ENTER_FRAME
	ret
