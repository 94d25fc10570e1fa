/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_THREAD_H
#define LODGE_THREAD_H

#include <lodge/list.h>
#include <lodge/spinlock.h>
#include <lodge/types.h>

struct thread;
struct time_account;

/**
 * struct cpu_time - CPU time that is spent for one cause, by whichever threads
 * @ticks:	up to the last switch of threads; cpu_time_read() also has what came after
 */
struct cpu_time {
	u64 ticks;
};

/** thread_create() - a thread on @cpu, not yet running; NULL without memory. */
__must_check struct thread *thread_create(const char *name, void (*fn)(void *arg), void *arg,
					  unsigned int cpu);
/**
 * thread_create_any() - the same, on whichever CPU is best, and joinable
 * Its owner starts it and calls thread_join() for it.
 */
__must_check struct thread *thread_create_any(const char *name, void (*fn)(void *arg), void *arg);
/** thread_start() - it may run from now on. */
void thread_start(struct thread *t);
/** thread_join() - wait until @t, of thread_create_any(), has ended, and free it. May sleep. */
void thread_join(struct thread *t);

/*
 * What a thread is entitled to: Documentation/scheduling.rst has the classes and the numbers. All of
 * it can be changed at any time, whatever @t does and wherever, and in any context. A change that
 * makes @t leave the CPU on which it runs takes effect at the end of its next exit, or when it next
 * sleeps or yields.
 */

/** thread_set_weight() - its share of a CPU in relation to others, 1 to 65536; 256 at first. */
void thread_set_weight(struct thread *t, u32 weight);
/**
 * thread_set_cap() - of no CPU it gets more than @percent; 0 or 100: as much as there is
 * A reserved thread has none, and none after that.
 */
void thread_set_cap(struct thread *t, u32 percent);
/**
 * thread_set_affinity() - @t may run on the CPUs of @cpus only, bit n for CPU n
 * Return: -EINVAL if none of them is online; -EBUSY if all have other owners, or it has a reservation
 * on another, or owns one.
 */
__must_check int thread_set_affinity(struct thread *t, u64 cpus);
/**
 * thread_set_reservation() - give @t @budget_ns of CPU time in each @period_ns, before all fair ones
 * On one CPU that it may run on: where it has one already, or where most is left. @budget_ns 0: it is
 * fair again. If it is refused, what @t had before stays.
 * Return: -EINVAL for a budget below a hundredth of a slice, above its period, or a period that is
 * too long; -ENOSPC if no such CPU has as much left; -EBUSY if @t has a CPU to itself or has ended.
 */
__must_check int thread_set_reservation(struct thread *t, u64 budget_ns, u64 period_ns);
/** thread_reservable() - the most that a CPU of @cpus has left to reserve, of SCHED_WHOLE. */
u64 thread_reservable(u64 cpus);
/**
 * thread_set_exclusive() - give @t a CPU to itself that it may run on, or take it back
 * Other threads leave it, none is placed there, and it has no tick. CPU SCHED_HOST_CPU serves the
 * host's interrupts and is nobody's.
 * Return: -EBUSY if none is to be had: each has an owner, reservations, or a thread that may run
 * nowhere else; or @t has a reservation, or has ended.
 */
__must_check int thread_set_exclusive(struct thread *t, bool exclusive);

/**
 * thread_waited() - ticks for which @t could have run and did not, until it ran last
 * It never decreases. Documentation/scheduling.rst says what counts.
 */
u64 thread_waited(const struct thread *t);
/** thread_exit() - end the calling thread; its memory is freed by the next that runs. */
__noreturn void thread_exit(void);
/** thread_yield() - let others that are ready run first. Not from interrupts. */
void thread_yield(void);
/** thread_resched() - its time slice is over: let those run whose turn it is, perhaps itself. */
void thread_resched(void);
/**
 * thread_urge_self() - before thread_resched(): an event has come that the thread has not seen
 * If others go first, it goes before them as soon as it is entitled to. Interrupts are off.
 */
void thread_urge_self(void);
/**
 * thread_visit() - let @t run now for a moment, of the caller's own time slice
 * Nothing happens if @t is not ready on this CPU. Others wait no longer for it: the caller goes on
 * next, and its slice ends when it would have. @t is not freed meanwhile.
 */
void thread_visit(struct thread *t);
/**
 * thread_urge() - an event has come for @t: if it is ready, and has had less than its share, it goes
 * before others of its class, as if it woke now. Any context.
 */
void thread_urge(struct thread *t);
/** thread_make_room() - in work that takes long: yield if the time slice is over. */
void thread_make_room(void);
/**
 * thread_charge() - charge what the calling thread does from now on to @to; NULL: to nobody
 * Return: what was charged before. The caller puts that back before @to is freed.
 */
struct cpu_time *thread_charge(struct cpu_time *to);
/** cpu_time_read() - the ticks charged to @t, with those of the calling thread until now. */
u64 cpu_time_read(const struct cpu_time *t);
/** thread_current() - the thread that runs on this CPU. */
struct thread *thread_current(void);
/** thread_sleep_us() - sleep for @us microseconds; only where thread_can_sleep(). */
void thread_sleep_us(u64 us);
/** thread_can_sleep() - false before there are threads and on the idle one. */
bool thread_can_sleep(void);
/** thread_set_preempt() - set @bits in @word when the calling thread's time slice is over. */
void thread_set_preempt(u32 *word, u32 bits);
/**
 * thread_set_account() - the calling thread pays what @account owes; NULL: nothing
 * Up to nine tenths of what it gets; what is owed beyond is taken from what it gets next.
 */
void thread_set_account(struct time_account *account);
/** thread_slice_over() - the timer to the scheduler: do so. */
void thread_slice_over(void);
/** thread_idle() - the calling CPU has nothing to do but run threads. */
__noreturn void thread_idle(void);

/* Wait queues: WAIT_EVENT(&q, cond) sleeps until cond holds; whoever makes it
 * hold calls waitq_wake(). May be woken from interrupts. */
struct waitq {
	struct spinlock lock;
	struct list waiters;
};

/* clang-format off */
#define WAITQ_INIT(q) { SPINLOCK_INIT_RANKED("waitq->lock", 0), LIST_INIT((q).waiters) }
/* clang-format on */

/** waitq_init() - an empty queue. */
void waitq_init(struct waitq *q);
/** waitq_wake() - all who wait look at their condition again. Any context. */
void waitq_wake(struct waitq *q);
/**
 * waitq_wait() - sleeps until @cond(@arg) is true; with @deadline (ticks, 0 for none) returns
 * -ETIMEDOUT when it passes first. @cond is called with interrupts off.
 */
int waitq_wait(struct waitq *q, bool (*cond)(void *arg), void *arg, u64 deadline);

/* What happens once. Whoever waits for it may free the completion then. */
struct completion {
	struct waitq q;
	bool done;
};

/** completion_init() - it has not happened. */
void completion_init(struct completion *c);
/** complete() - it has. Any context. */
void complete(struct completion *c);
/** completion_wait() - sleep until it has, and complete() does not use @c any more. */
void completion_wait(struct completion *c);

#endif
