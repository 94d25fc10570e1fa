/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCHED_INTERNAL_H
#define SCHED_INTERNAL_H

/* What the files of kernel/sched share beside the policy. */
#include <lodge/sched.h>
#include <lodge/smp.h>
#include <lodge/time.h>

static inline struct thread *thread_of(struct sched_entity *e)
{
	return e ? container_of(e, struct thread, se) : NULL;
}

/** runq() - the queue of @c, whose lock is held, without what timers of others took of its time. */
static inline struct sched_queue *runq(struct cpu *c) __must_hold(c->runq_lock)
{
	if (unlikely(READ_ONCE(c->excluded)))
		sched_exclude(&c->runq, __atomic_exchange_n(&c->excluded, 0, __ATOMIC_RELAXED));
	return &c->runq;
}

/* core.c */
/** slice_ticks - the time slice. */
extern u64 slice_ticks;
/** charge_until() - what the running thread did until @now is its cause's CPU time; interrupts off. */
static inline void charge_until(struct cpu *c, u64 now)
{
	struct cpu_time *to = c->current->charge;

	/* Without what timers of others took, which is charged to those (timer_interrupt()). */
	now -= c->lent;
	/* Atomic: threads of one VM may run on several CPUs. */
	if (to)
		__atomic_fetch_add(&to->ticks, now - c->charged, __ATOMIC_RELAXED);
	c->charged = now;
}

/* place.c */
/**
 * runq_lock_of() - lock the queue of the CPU that @t belongs to, and return that CPU
 * Interrupts are off. A thread belongs to another CPU only when both have seen it with their lock held.
 */
struct cpu *runq_lock_of(struct thread *t);
/** pull() - find @c, which is idle, a thread that waits for another CPU; whether there was one. */
bool pull(struct cpu *c);
/** idle_begin() - @c has nothing to run; who makes a thread ready from now on looks for that. */
void idle_begin(struct cpu *c);
/** idle_end() - it may have. */
void idle_end(struct cpu *c);
/**
 * balance() - now and then, where threads wait for @c: move one to the CPU with the least to do if
 * that is fairer. Interrupts are off.
 */
void balance(struct cpu *c);
/** tell_idle() - a thread that may run on the CPUs of @affinity waits: one that is idle takes it. */
void tell_idle(u64 affinity);
/** may_run() - whether @t may run on @c; the lock of its CPU is held. */
bool may_run(const struct thread *t, const struct cpu *c);
/** choose_cpu() - where @t, which is ready, should run; the lock of its CPU is held. */
struct cpu *choose_cpu(const struct thread *t);
/**
 * read_loads() - read how busy each CPU is into this CPU's @loads: they are too many for a stack
 * Interrupts are off. Return: how many there are.
 */
unsigned int read_loads(void);
/** must_look() - whether @c must look again at what it runs, now that its queue has changed. */
bool must_look(struct cpu *c, u64 now) __must_hold(c->runq_lock);
/** look_again() - have it do so. Interrupts are off. */
void look_again(struct cpu *c);
/**
 * place() - @t, which is READY and in no queue, goes from @from, whose lock is held, to @to
 * The lock is released. @woken: by an event, rather than moved.
 */
void place(struct thread *t, struct cpu *from, struct cpu *to, bool woken);
/** push_away() - @t, which ran on @c until now, may not run there any more. Interrupts are off. */
void push_away(struct cpu *c, struct thread *t);

/* set.c */
/** enroll() - @t is one of the threads that have to have a CPU. */
void enroll(struct thread *t);
/** strike() - it has ended. */
void strike(struct thread *t);
/** retire() - the calling thread is DEAD, and what it had to itself is free. Interrupts are off. */
void retire(struct thread *t);

#endif
