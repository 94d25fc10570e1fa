/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_TIME_H
#define LODGE_TIME_H

#include <lodge/list.h>
#include <lodge/types.h>

/* Time is counted in ticks of the architecture's counter. */
u64 time_now(void);
/** time_hz() - ticks in a second. */
u64 time_hz(void);
/** time_from_us() - ticks in so many microseconds. */
u64 time_from_us(u64 us);
/** time_from_ns() - ticks in so many nanoseconds. */
u64 time_from_ns(u64 ns);
/** time_to_us() - microseconds in so many ticks. */
u64 time_to_us(u64 ticks);

/**
 * struct time_account - host time that somebody's timers and interrupts take; the ticks are changed with atomics
 * @used:     ticks that timer functions and handlers have taken
 * @borrowed: the part of them that interrupted the time slices of others
 * @owed:     the part of @borrowed that the owner's own slices have yet to pay back
 */
struct time_account {
	u64 used, borrowed, owed;
};

/**
 * time_charge() - an interrupt of a device has taken @ticks of this CPU's time for @account, as a timer
 * of it would; in its handler, with interrupts off
 */
void time_charge(struct time_account *account, u64 ticks);

/*
 * A guest's timer that expired no longer ago may have done so since the guest was left. The guest has
 * been interrupted by one that expired earlier, or does not want to be.
 */
#define TIMER_UNSEEN_SHIFT 16 /* of a second: 15 us */

/*
 * A one-shot timer; @fn runs in interrupt context on the CPU that started it, or on CPU 0, if that one
 * has an owner who is of no VM of @account.
 */
struct timer {
	struct list node;
	u64 deadline; /* ticks */
	void (*fn)(struct timer *t);
	struct time_account *account;
	bool armed;
	bool moved; /* to a CPU on which it was not started; under the lock of the one where it is */
	u32 cpu;
};

/** timer_init() - one of the host's own, not armed. */
void timer_init(struct timer *t, void (*fn)(struct timer *t));
/**
 * timer_init_for() - the same; the time that @fn takes is charged to @account, which outlives @t
 */
void timer_init_for(struct timer *t, void (*fn)(struct timer *t), struct time_account *account);
/**
 * timer_start() - call @fn at @deadline (ticks), see struct timer; restarts one that is armed. Any
 * context.
 */
void timer_start(struct timer *t, u64 deadline);
/**
 * timer_cancel() - disarm it. Any context. Its function may be running on another CPU, and still be
 * when this returns.
 */
void timer_cancel(struct timer *t);
/**
 * timer_cancel_sync() - disarm it, and wait until its function does not run on another CPU: what it
 * uses may then be freed. The caller holds no lock that the function acquires, and nobody starts the
 * timer meanwhile but the function itself.
 */
void timer_cancel_sync(struct timer *t);

#endif
