/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_SPINLOCK_H
#define LODGE_SPINLOCK_H

#include <lodge/lock_debug.h>
#include <lodge/types.h>
#include <asm/barrier.h>
#include <asm/irqflags.h>

/*
 * A test-and-test-and-set lock. Held for short, bounded sections only, never
 * across a sleep or work whose length a guest chooses.
 */
/* clang-format off */
struct __capability("spinlock") spinlock {
	u32 locked;
#ifdef CONFIG_DEBUG_LOCKS
	struct lock_debug debug;
#endif
};
/* clang-format on */

/*
 * Locks of one initialiser, or of one @name, are a class. Its locks are not acquired while another one
 * is held, unless they have ranks: then in ascending rank.
 */
#ifdef CONFIG_DEBUG_LOCKS
#define SPINLOCK_INIT_RANKED(name, n)                    \
	{                                                \
		.debug = {.class = (name), .rank = (n) } \
	}
#define SPINLOCK_INIT	    SPINLOCK_INIT_RANKED(LOCK_SITE, 0)
#define lock_debug(l, step) lock_debug_##step(&(l)->debug)
#define spin_inline	    __always_inline /* the caller's address is the place */
#else
#define SPINLOCK_INIT_RANKED(name, n) { 0 }
#define SPINLOCK_INIT		      { 0 }
#define lock_debug(l, step)	      ((void)0)
#define spin_inline		      inline
#endif

/** spin_lock_init() - @l is free, of the class called @name, a string that stays. */
#define spin_lock_init(l, name) spin_lock_init_ranked(l, name, 0)
/** spin_lock_init_ranked() - the same, with a rank above 0. */
#define spin_lock_init_ranked(l, name, n) \
	(lock_debug(l, init), (void)(*(l) = (struct spinlock)SPINLOCK_INIT_RANKED(name, n)))

/**
 * spin_lock() - take @l; interrupts of this CPU must be off, or @l must never
 * be taken from an interrupt.
 */
static spin_inline void spin_lock(struct spinlock *l) __acquires(*l) __no_thread_safety
{
	lock_debug(l, acquire);
	/* ACQUIRE: what the section reads is not older than the lock. */
	while (unlikely(__atomic_exchange_n(&l->locked, 1, __ATOMIC_ACQUIRE)))
		while (__atomic_load_n(&l->locked, __ATOMIC_RELAXED))
			cpu_relax();
	lock_debug(l, acquired);
}

static spin_inline void spin_unlock(struct spinlock *l) __releases(*l) __no_thread_safety
{
	lock_debug(l, release);
	/* RELEASE: what the section wrote is seen before the lock is free. */
	__atomic_store_n(&l->locked, 0, __ATOMIC_RELEASE);
}

/** spin_lock_irqsave() - take @l with interrupts off; returns the state to restore. */
static spin_inline unsigned long spin_lock_irqsave(struct spinlock *l)
	__acquires(*l) __no_thread_safety
{
	unsigned long flags = arch_irq_save();

	spin_lock(l);
	return flags;
}

static spin_inline void spin_unlock_irqrestore(struct spinlock *l, unsigned long flags)
	__releases(*l) __no_thread_safety
{
	spin_unlock(l);
	arch_irq_restore(flags);
}

#endif
