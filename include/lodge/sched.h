/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_SCHED_H
#define LODGE_SCHED_H

#include <lodge/thread.h>
#include <asm/cpu.h>

/* What the parts of the scheduler share; users of threads want thread.h. */

enum thread_state { THREAD_BLOCKED, THREAD_READY, THREAD_RUNNING, THREAD_DEAD };

/**
 * struct thread
 * @ctx:	callee-saved registers while it does not run
 * @node:	in its CPU's run queue when READY
 * @state:	guarded by the CPU's runq_lock, but for BLOCKED, which the thread sets itself
 * @stack:	its top
 * @preempt_word, @preempt_bits: set when its time slice ends
 * @account:	what its time slices pay for; NULL: nothing
 * @reap:	thread that died in the switch to this one
 * @charge:	whose CPU time its own is; NULL: nobody's
 * @slice_end:	of a slice that it let another in on (thread_visit()); 0: it gets a new one
 */
struct thread {
	struct arch_context ctx;
	struct list node;
	enum thread_state state;
	struct cpu *cpu;
	void *stack;
	void (*fn)(void *arg);
	void *arg;
	u32 *preempt_word;
	u32 preempt_bits;
	struct time_account *account;
	struct thread *reap;
	struct cpu_time *charge;
	u64 slice_end;
	char name[32];
};

/** thread_create_idle() - the idle thread of @c, before that starts; NULL without memory. */
struct thread *thread_create_idle(struct cpu *c);
/** thread_make_ready() - BLOCKED to READY; nothing in another state. Any context. */
void thread_make_ready(struct thread *t);

/* To sleep, with interrupts off: begin, look once more, then block or end. */

/** thread_block_begin() - from here on thread_make_ready() is not lost on the calling thread. */
void thread_block_begin(void);
/** thread_block() - sleep until thread_make_ready(). */
void thread_block(void);
/** thread_block_end() - run on without having slept. */
void thread_block_end(void);

/**
 * timer_set_slice() - the running thread's time slice ends at @end, in ticks; 0: never.
 * Interrupts are off.
 */
void timer_set_slice(u64 end);

#endif
