/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ARCH_TRAP_H
#define ARCH_TRAP_H

#include <arch/csr.h>
#include <lodge/types.h>

struct trap_frame {
	u64 x[32]; /* x[0] is unused */
	u64 sepc, sstatus, scause, stval;
};

/* ---- interrupts ---- */
typedef void (*irq_handler_t)(struct trap_frame *f);

/* An interrupt without a handler is disabled in sie, and counted. */
void irq_set_handler(unsigned int irq, irq_handler_t handler);
extern volatile u64 irq_unhandled;

static inline void irq_enable(void)
{
	csr_set(sstatus, SSTATUS_SIE);
}

static inline void irq_disable(void)
{
	csr_clear(sstatus, SSTATUS_SIE);
}

/*
 * Whether @irq is pending, by letting it happen. In a guest, QEMU 7.2 shows only SSIP in sip,
 * so reading that register would not tell.
 */
bool irq_pending(unsigned int irq);

static inline void wfi(void)
{
	__asm__ volatile("wfi" ::: "memory");
}

/* ---- exceptions ---- */

/*
 * Between trap_catch() and trap_caught() an exception is recorded and the
 * instruction skipped; one in a fetch, or outside RAM, returns to ra, as from a call.
 * Elsewhere an exception ends the guest with a report.
 */
struct trap_record {
	u64 count; /* 0: nothing happened, the rest is then 0 too */
	u64 cause, tval, epc;
};

void trap_catch(void);
struct trap_record trap_caught(void);

/* ---- user mode ---- */

/* ecall from user code: x[17] is the number; may change @f, or call user_leave(). */
extern void (*user_ecall)(struct trap_frame *f);

long user_enter(u64 pc, u64 sp);
void __noreturn user_leave(long status);

void trap_dispatch(struct trap_frame *f);
void trap_entry(void);

#endif
