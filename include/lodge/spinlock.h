/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_SPINLOCK_H
#define LODGE_SPINLOCK_H

#include <lodge/types.h>
#include <asm/irqflags.h>

/*
 * A test-and-test-and-set lock. Held for short, bounded sections only, never
 * across a sleep or work whose length a guest chooses.
 */
/* clang-format off */
struct __capability("spinlock") spinlock {
	u32 locked;
};

#define SPINLOCK_INIT { 0 }
/* clang-format on */

/**
 * spin_lock() - take @l; interrupts of this CPU must be off, or @l must never
 * be taken from an interrupt.
 */
static inline void spin_lock(struct spinlock *l) __acquires(*l) __no_thread_safety
{
	/* ACQUIRE: what the section reads is not older than the lock. */
	while (unlikely(__atomic_exchange_n(&l->locked, 1, __ATOMIC_ACQUIRE)))
		while (__atomic_load_n(&l->locked, __ATOMIC_RELAXED))
			barrier();
}

static inline void spin_unlock(struct spinlock *l) __releases(*l) __no_thread_safety
{
	/* RELEASE: what the section wrote is seen before the lock is free. */
	__atomic_store_n(&l->locked, 0, __ATOMIC_RELEASE);
}

/** spin_lock_irqsave() - take @l with interrupts off; returns the state to restore. */
static inline unsigned long spin_lock_irqsave(struct spinlock *l) __acquires(*l) __no_thread_safety
{
	unsigned long flags = arch_irq_save();

	spin_lock(l);
	return flags;
}

static inline void spin_unlock_irqrestore(struct spinlock *l, unsigned long flags)
	__releases(*l) __no_thread_safety
{
	spin_unlock(l);
	arch_irq_restore(flags);
}

#endif
