/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ARCH_TRAP_H
#define ARCH_TRAP_H

#include <arch/regs.h>
#include <lodge/types.h>

struct trap_frame {
	u64 r15, r14, r13, r12, r11, r10, r9, r8;
	u64 rbp, rdi, rsi, rdx, rcx, rbx, rax;
	u64 vector, error;
	u64 rip, cs, rflags, rsp, ss;
};

/* Interrupts, as guest/irq.h has them. */
enum { IRQ_SOFT, IRQ_TIMER, IRQ_EXT, NR_IRQS };

/* Their vectors: the four upper bits are the priority, by which devices are masked. */
#define VECTOR_EXT	0x30 /* and the input of the I/O APIC */
#define VECTOR_SOFT	0x60
#define VECTOR_TIMER	0x70
#define VECTOR_SPURIOUS 0xff
#define NR_EXT		24

/* What the register of intc_register() can hold. */
#define INTC_VALUE 0x20

/* On with what has come while they were off. */
void irq_enable(void);

static inline void irq_disable(void)
{
	__asm__ volatile("cli" ::: "memory");
}

/*
 * Until there is an interrupt that is not masked. A CPU whose interrupts are off sleeps for
 * ever: they are let in then, and only noted, until irq_enable().
 */
void wfi(void);

/* Once on each CPU: its GDT, TSS and vectors. */
void trap_cpu_init(void);
/* Its local APIC, with all sources masked. */
void irq_cpu_init(void);
void irq_dispatch(struct trap_frame *f);
void trap_dispatch(struct trap_frame *f);
/* What an NMI calls, if it is not to end the guest. */
extern void (*nmi_handler)(void);
/* Where the stack of traps from user mode begins. */
void trap_set_kernel_stack(u64 sp);
/* The number of the calling CPU. */
unsigned int cpu_number(void);

#endif
