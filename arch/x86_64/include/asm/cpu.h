/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_CPU_H
#define ASM_CPU_H

#include <lodge/types.h>
#include <asm/processor.h>
#include <asm/stack.h>

struct cpu;
struct vcpu;

#define IST_STACK_SIZE OVERFLOW_STACK_SIZE

/**
 * struct arch_cpu - what x86_64 adds to a CPU
 * @self:	the struct cpu itself, to be read through GS
 * @irq_vector:	of the device interrupt that is being handled
 * @overflow_stack: top of the stack of double faults, which a stack overflow is
 * @hsave:	host-physical address of the page that VMRUN saves host state in
 * @nmis, @nmi_rip: NMIs that came, and where the last did; they are reported later
 * @svm_host_state: of the page that VMSAVE has the rest of the host's state in
 * @asids_reused: the CPU's TLB may know another guest under an ASID that was given out again, until
 *		a VMRUN flushes all
 * @trained_id, @trained_generation: the ASID whose guest ran here last
 * @xcr0:	what XCR0 is here
 */
struct arch_cpu {
	struct cpu *self;
	u32 irq_vector;
	void *overflow_stack;
	u64 hsave, svm_host_state;
	u64 trained_id, trained_generation;
	bool asids_reused;
	u64 xcr0;
	u64 nmis, nmi_rip;
	u64 gdt[GDT_ENTRIES];
	struct tss tss;
	u8 nmi_stack[IST_STACK_SIZE] __aligned(16);
	u8 mce_stack[IST_STACK_SIZE] __aligned(16);
};

/* Callee-saved registers (psABI, 3.2.1); rip is on the stack. */
struct arch_context {
	u64 rsp, rbx, rbp, r12, r13, r14, r15;
};

/* Whatever the stack holds is an input: a call may change that, and may go on on another CPU. */
register const u64 *host_sp __asm__("rsp");

static inline struct cpu *this_cpu(void)
{
	struct cpu *c;

	/* The first word of the struct cpu that GS points at. */
	__asm__("movq %%gs:0, %0" : "=r"(c) : "m"(*host_sp));
	return c;
}

#endif
