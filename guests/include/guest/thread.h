/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GUEST_THREAD_H
#define GUEST_THREAD_H

#include <lodge/types.h>

/*
 * Preemptive threads of one CPU, round-robin. Interrupts off is the lock of all that is here:
 * functions are called with interrupts on, but for thread_wait() and those that say "from an
 * interrupt".
 */

struct thread;

/* Threads that wait for the same thing, or for the CPU, in the order in which they came. */
struct thread_queue {
	struct thread *first, *last;
};

struct thread {
	void (*fn)(void *arg);
	void *arg;
	u64 sp;		     /* while it does not run: its registers, as thread_switch() has them */
	struct thread *next; /* in its queue */
	bool done;
	struct thread_queue joiners;
	u64 preempted; /* how often it lost the CPU without having asked for it */
	u64 waited;    /* how often it slept in cond_wait() */
};

/* Makes a thread of its caller, and an idle thread. Once. */
void threads_init(void);
void thread_create(struct thread *t, void (*fn)(void *arg), void *arg);
void thread_join(struct thread *t);

/* From an interrupt: the running thread's slice is over. */
void thread_tick(void);
/* Last in each interrupt, when the interrupt controller needs nothing more: may switch. */
void thread_preempt(void);

/*
 * Sleeps until thread_wake() finds the caller first in @q. Interrupts must be off since the
 * caller looked whether it has to sleep; it has to look again afterwards.
 */
void thread_wait(struct thread_queue *q);
/* Also from an interrupt. */
void thread_wake(struct thread_queue *q);

struct mutex {
	bool locked;
	struct thread_queue waiters;
};

struct cond {
	struct thread_queue waiters;
};

void mutex_lock(struct mutex *m);
void mutex_unlock(struct mutex *m);
/* Unlocks @m, sleeps until cond_signal(), and locks it. What was waited for may be gone by then. */
void cond_wait(struct cond *c, struct mutex *m);
void cond_signal(struct cond *c);

/*
 * Of the architecture (arch/thread.h, switch.S): pushes the callee-saved registers, stores the
 * stack pointer in @save, and returns as the thread whose registers are at @sp.
 */
void thread_switch(u64 *save, u64 sp);

#endif
