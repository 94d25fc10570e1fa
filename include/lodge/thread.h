/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_THREAD_H
#define LODGE_THREAD_H

#include <lodge/list.h>
#include <lodge/spinlock.h>
#include <lodge/types.h>

struct thread;

/* A thread on @cpu, not yet running; NULL without memory. */
__must_check struct thread *thread_create(const char *name, void (*fn)(void *arg), void *arg,
					  unsigned int cpu);
void thread_start(struct thread *t);
__noreturn void thread_exit(void);
void thread_yield(void);
/** thread_make_room() - in work that takes long: yield if the time slice is over. */
void thread_make_room(void);
struct thread *thread_current(void);
const char *thread_name(const struct thread *t);
void thread_sleep_us(u64 us);
/** thread_can_sleep() - false before there are threads and on the idle one. */
bool thread_can_sleep(void);
/** thread_set_preempt() - set @bits in @word when the calling thread's time slice is over. */
void thread_set_preempt(u32 *word, u32 bits);
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

void waitq_init(struct waitq *q);
void waitq_wake(struct waitq *q);
/* Sleeps until @cond(@arg) is true; with @deadline (ticks, 0 for none) returns
 * -ETIMEDOUT when it passes first. @cond is called with interrupts off. */
int waitq_wait(struct waitq *q, bool (*cond)(void *arg), void *arg, u64 deadline);

#endif
