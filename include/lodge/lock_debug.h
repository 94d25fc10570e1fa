/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_LOCK_DEBUG_H
#define LODGE_LOCK_DEBUG_H

#include <lodge/compiler.h>
#include <lodge/types.h>

/*
 * CONFIG_DEBUG_LOCKS: what spinlocks and mutexes must not be used for (Documentation/locking.rst). Locks
 * and the places where a rule applies call these; without the option nothing of it is there.
 */

/**
 * struct lock_debug - what a lock has for it
 * @class:	the name of its class; locks of a name are of one class. NULL: never initialised
 * @id:		of the class; 0 until the lock is first acquired
 * @rank:	if not 0, locks of the class may be held together, acquired in ascending rank
 * @cpu:	that holds it, plus 1; 0: none
 * @place:	where it was acquired
 */
struct lock_debug {
	const char *class;
	u32 id;
	u32 rank;
	u32 cpu;
	u64 place;
};

#define LOCK_SITE __FILE__ ":" __stringify(__LINE__)

/* All of these return only if nothing is wrong. */

/** lock_debug_init() - a spinlock or mutex is about to be initialised; what @d has is anything. */
void lock_debug_init(struct lock_debug *d);
/** lock_debug_acquire() - the calling CPU is about to acquire the spinlock of @d. */
void lock_debug_acquire(struct lock_debug *d);
/** lock_debug_acquired() - it has. */
void lock_debug_acquired(struct lock_debug *d);
/** lock_debug_release() - it is about to release it. */
void lock_debug_release(struct lock_debug *d);
/** lock_debug_mutex_acquire() - the running thread is about to acquire a mutex, at @place. */
void lock_debug_mutex_acquire(struct lock_debug *d, u64 place);
/** lock_debug_mutex_acquired() - it has. */
void lock_debug_mutex_acquired(struct lock_debug *d, u64 place);
/** lock_debug_mutex_release() - it is about to release it, at @place. */
void lock_debug_mutex_release(struct lock_debug *d, u64 place);
/** lock_debug_irqs_on() - the calling CPU is about to turn interrupts on. */
void lock_debug_irqs_on(void);
/** lock_debug_irq() - an interrupt handler begins (1) or ends (-1) on the calling CPU. */
void lock_debug_irq(int depth);
/** lock_debug_sleep() - the running thread may sleep, or another is about to run in its place. */
void lock_debug_sleep(void);
/** lock_debug_wait() - the calling CPU waits for others, which may wait for a lock. */
void lock_debug_wait(void);
/** lock_debug_thread_exit() - the running thread ends. */
void lock_debug_thread_exit(void);
/** lock_debug_off() - check nothing any more: the machine panics. */
void lock_debug_off(void);

static __always_inline void lock_irq_enter(void)
{
	if (IS_ENABLED(CONFIG_DEBUG_LOCKS))
		lock_debug_irq(1);
}

static __always_inline void lock_irq_exit(void)
{
	if (IS_ENABLED(CONFIG_DEBUG_LOCKS))
		lock_debug_irq(-1);
}

/** lock_may_sleep() - for what sleeps in some of its calls only. */
static __always_inline void lock_may_sleep(void)
{
	if (IS_ENABLED(CONFIG_DEBUG_LOCKS))
		lock_debug_sleep();
}

#endif
