/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_TRAP_H
#define ASM_TRAP_H

/* Vectors of the host, above the exceptions. The legacy controllers' are spurious ones. */
#define VECTOR_PIC	0x20
#define VECTOR_IRQ	0x30 /* the first of device interrupts */
#define NR_IRQ_VECTORS	0xb0
#define VECTOR_TIMER	0xf0
#define VECTOR_KICK	0xf1
#define VECTOR_ERROR	0xfe
#define VECTOR_SPURIOUS 0xff
#define NR_VECTORS	256
#define TRAP_STUB_SIZE	16 /* in entry.S */

/* Stacks of their own (TSS.ISTn), 0 is the running one. */
#define IST_NMI 1
#define IST_DF	2
#define IST_MCE 3

#ifndef __ASSEMBLY__
#include <lodge/extable.h>
#include <lodge/types.h>

struct cpu;

/* A trap out of the host, on its stack: pushed by entry.S, and from @error on by the CPU. */
struct trap_frame {
	u64 r15, r14, r13, r12, r11, r10, r9, r8;
	u64 rbp, rdi, rsi, rdx, rcx, rbx, rax;
	u64 vector;
	u64 error;
	u64 rip, cs, rflags, rsp, ss;
};

static_assert(sizeof(struct trap_frame) % 16 == 0, "the stack stays aligned");

/**
 * rdmsr_safe() - an MSR that the CPU may not have
 * Return: false if it has not.
 */
static inline bool rdmsr_safe(u32 msr, u64 *val)
{
	u32 lo = 0, hi = 0, ok = 0;

	__asm__ volatile(EX_GUARDED("rdmsr", "movl $1, %0\n")
			 : "+r"(ok), "+a"(lo), "+d"(hi)
			 : "c"(msr)
			 : "memory");
	*val = lo | (u64)hi << 32;
	return ok;
}

/** wrmsr_safe() - false if the CPU does not take @val for @msr. */
static inline bool wrmsr_safe(u32 msr, u64 val)
{
	u32 ok = 0;

	__asm__ volatile(EX_GUARDED("wrmsr", "movl $1, %0\n")
			 : "+r"(ok)
			 : "c"(msr), "a"((u32)val), "d"((u32)(val >> 32))
			 : "memory");
	return ok;
}

/** x86_trap() - every exception and interrupt of the host; from entry.S. */
void x86_trap(struct trap_frame *f);
/** trap_init() - the table of vectors, before anything can trap. */
void trap_init(void);
/** trap_cpu_init() - the calling CPU's GDT, TSS and vectors, with GS at its struct cpu. */
void trap_cpu_init(struct cpu *c);
#endif

#endif
