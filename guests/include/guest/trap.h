/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GUEST_TRAP_H
#define GUEST_TRAP_H

#include <arch/trap.h>
#include <lodge/types.h>

/*
 * Exceptions. arch/trap.h has struct trap_frame and the inline functions irq_enable(),
 * irq_disable() and wfi().
 */

/*
 * Between trap_catch() and trap_caught() an exception is recorded and the
 * instruction skipped; one in a fetch, or outside RAM, returns as from a call.
 * Elsewhere an exception ends the guest with a report.
 */
struct trap_record {
	u64 count; /* 0: nothing happened, the rest is then 0 too */
	u64 cause, tval, epc;
};

void trap_catch(void);
struct trap_record trap_caught(void);

enum trap_kind {
	TRAP_UNDEFINED, /* an instruction that there is not */
	TRAP_BREAKPOINT,
	TRAP_SYSCALL,
	/* no translation, or one that forbids it */
	TRAP_FETCH_PAGE,
	TRAP_LOAD_PAGE,
	TRAP_STORE_PAGE,
	/* what can't be an address, between the halves; its value may not be told */
	TRAP_NO_ADDRESS,
	/* where nothing is, as the bus has it */
	TRAP_FETCH_ACCESS,
	TRAP_LOAD_ACCESS,
	TRAP_STORE_ACCESS,
	TRAP_MISALIGNED,
};

/* Whether @r is one exception, of this kind. */
bool trap_is(struct trap_record r, enum trap_kind kind);

/* An exception that there is on purpose. */
void trap_provoke(void);
/* A register that is not there: undefined, by the host's decision if it can be. */
void trap_undefined_register(void);
/* Where exceptions go from now on, if the architecture has that in a register. */
void trap_vector_set(u64 vector);
/* Traps with the stack there: what is saved goes to @sp. */
void __noreturn trap_with_stack(u64 sp);

/* ---- user mode ---- */

/* A system call from user code; may change @f, or call user_leave(). */
extern void (*user_ecall)(struct trap_frame *f);
/* If there is one: for any other exception of user code. Calls user_leave(). */
extern void (*user_fault)(struct trap_record r);

long user_enter(u64 pc, u64 sp);
void __noreturn user_leave(long status);

#endif
