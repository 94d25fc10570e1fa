/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_SCHED_H
#define LODGE_SCHED_H

#include <lodge/sched_policy.h>
#include <lodge/thread.h>
#include <asm/cpu.h>

/* What the parts of the scheduler share; users of threads want thread.h. */

enum thread_state { THREAD_BLOCKED, THREAD_READY, THREAD_RUNNING, THREAD_DEAD };

/**
 * struct thread
 * @ctx:	callee-saved registers while it does not run
 * @se:		what the policy knows of it
 * @state:	guarded by the runq_lock of @cpu, but for BLOCKED, which the thread sets itself
 * @cpu:	whose queue it is in or runs from; changed with that CPU's lock held, when it is READY and
 *		in no queue: then it is on its way into the new one's
 * @home:	the CPU of which it has a reservation, or which is its own: it runs nowhere else; NULL:
 *		none. Changed with the locks of @cpu and of the home held
 * @all:	in the list of all threads (kernel/sched/set.c)
 * @stack:	its top
 * @preempt_word, @preempt_bits: set when its time slice ends
 * @account:	whose timers' time it does not pay for: its own VM's; NULL: nobody's
 * @reap:	thread that died in the switch to this one
 * @moving:	thread that may not run on this CPU any more, and ran before this one
 * @dead:	completed when it has ended and left its stack, if @joinable
 * @charge:	whose CPU time its own is; NULL: nobody's
 * @ready_since: when it began to wait for a CPU, in ticks, while READY
 * @waited:	ticks that it has waited for a CPU, before @ready_since; written by the CPU on which it
 *		runs or begins to
 */
struct thread {
	struct arch_context ctx;
	struct sched_entity se;
	enum thread_state state;
	struct cpu *cpu, *home;
	struct list all;
	void *stack;
	void (*fn)(void *arg);
	void *arg;
	u32 *preempt_word;
	u32 preempt_bits;
	struct time_account *account;
	struct thread *reap;
	struct thread *moving;
	struct completion dead;
	bool joinable;
	struct cpu_time *charge;
	u64 ready_since, waited;
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
/** timers_leave() - @c, which has an owner from now on and is not CPU 0, has no timers of others. */
void timers_leave(struct cpu *c);
/** timers_kicked() - timers have come to this CPU from others; interrupts are off. */
void timers_kicked(void);

#endif
