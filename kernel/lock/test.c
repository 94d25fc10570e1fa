// SPDX-License-Identifier: Apache-2.0
/* Locks misused on demand, for tests of CONFIG_DEBUG_LOCKS: each way is one that a program could have. */
#include <lodge/arch.h>
#include <lodge/call.h>
#include <lodge/init.h>
#include <lodge/mutex.h>
#include <lodge/panic.h>
#include <lodge/printk.h>
#include <lodge/smp.h>
#include <lodge/string.h>
#include <lodge/time.h>
#include "../fault_test.h"

BOOTARG(lock_fault, "lodge.lock-fault");

static struct spinlock a = SPINLOCK_INIT;
static struct spinlock b = SPINLOCK_INIT;
static struct spinlock c = SPINLOCK_INIT;
static struct spinlock twins[2] = { SPINLOCK_INIT, SPINLOCK_INIT };
static struct spinlock never_initialised;
static struct mutex m = MUTEX_INIT(m);
static struct mutex n = MUTEX_INIT(n);
static struct timer timer;
static u32 done;

/* Right in itself, whatever else happens. */
static __always_inline void one(struct spinlock *l) __no_thread_safety
{
	unsigned long flags = spin_lock_irqsave(l);

	spin_unlock_irqrestore(l, flags);
}

static __always_inline void nested(struct spinlock *x, struct spinlock *y) __no_thread_safety
{
	unsigned long flags = spin_lock_irqsave(x);

	spin_lock(y);
	spin_unlock(y);
	spin_unlock_irqrestore(x, flags);
}

static void wait_until_done(void)
{
	while (!__atomic_load_n(&done, __ATOMIC_ACQUIRE))
		cpu_relax();
}

static void say_done(void)
{
	__atomic_store_n(&done, 1, __ATOMIC_RELEASE);
}

static void interrupt(void (*fn)(struct timer *t))
{
	timer_init(&timer, fn);
	timer_start(&timer, time_now());
	wait_until_done();
}

static void handler_locks_a(struct timer *t)
{
	one(&a);
	say_done();
}

static void handler_sleeps(struct timer *t) __no_thread_safety
{
	mutex_lock(&m);
}

/* ---- the faults ---- */

static void order(void)
{
	nested(&a, &b);
	nested(&b, &a);
}

static void order_of_three(void)
{
	nested(&a, &b);
	nested(&b, &c);
	nested(&c, &a);
}

static void order_mutex(void) __no_thread_safety
{
	mutex_lock(&m);
	mutex_lock(&n);
	mutex_unlock(&m);
	mutex_lock(&m);
	barrier(); /* else the call is a jump, which leaves no trace of this function */
}

static void recursion(void)
{
	nested(&a, &a);
}

static void recursion_mutex(void) __no_thread_safety
{
	mutex_lock(&m);
	mutex_lock(&m);
	barrier();
}

static void same_class(void)
{
	nested(&twins[0], &twins[1]);
}

static void rank(void)
{
	spin_lock_init_ranked(&twins[0], "twin", 1);
	spin_lock_init_ranked(&twins[1], "twin", 2);
	nested(&twins[0], &twins[1]);
	pr_info("the other way round");
	nested(&twins[1], &twins[0]);
}

static void no_init(void)
{
	one(&never_initialised);
}

static void init_held(void) __no_thread_safety
{
	spin_lock_irqsave(&a);
	spin_lock_init(&a, "a again");
}

static void init_mutex(void) __no_thread_safety
{
	mutex_lock(&m);
	mutex_init(&m);
}

static void mutex_irqs_off(void) __no_thread_safety
{
	arch_irq_disable();
	mutex_lock(&m);
	barrier();
}

static void irq(void) __no_thread_safety
{
	interrupt(handler_locks_a);
	spin_lock(&a);
}

static void irq_afterwards(void) __no_thread_safety
{
	spin_lock(&a);
	spin_unlock(&a);
	interrupt(handler_locks_a);
}

static void irq_turned_on(void) __no_thread_safety
{
	interrupt(handler_locks_a);
	spin_lock_irqsave(&a);
	arch_irq_enable();
}

static void irq_between(void) __no_thread_safety
{
	interrupt(handler_locks_a);
	nested(&a, &b);
	nested(&b, &c);
	spin_lock(&c);
}

static void sleep(void) __no_thread_safety
{
	spin_lock(&a);
	thread_sleep_us(1);
}

static void yield(void) __no_thread_safety
{
	spin_lock(&a);
	thread_yield();
}

static void sleep_in_irq(void)
{
	interrupt(handler_sleeps);
}

static void nothing(void *arg)
{
}

static void call(void) __no_thread_safety
{
	spin_lock(&a);
	cpus_call(cpus_online(), nothing, NULL);
}

static void release_free(void) __no_thread_safety
{
	one(&a);
	spin_unlock(&a);
}

static void hold_a(void *arg) __no_thread_safety
{
	spin_lock_irqsave(&a);
	say_done();
	for (;;)
		cpu_relax();
}

static void release_other(void) __no_thread_safety
{
	thread_start(thread_create("holder", hold_a, NULL, 1));
	wait_until_done();
	spin_unlock(&a);
}

static void hold_m(void *arg) __no_thread_safety
{
	mutex_lock(&m);
	if (arg)
		return;
	say_done();
	for (;;)
		cpu_relax();
}

static void release_mutex(void) __no_thread_safety
{
	thread_start(thread_create("holder", hold_m, NULL, 1));
	wait_until_done();
	mutex_unlock(&m);
	barrier();
}

static void end_with_mutex(void)
{
	thread_start(thread_create("holder", hold_m, &m, 1));
	wait_until_done();
}

static const struct fault faults[] = {
	{ "order", order },
	{ "order-of-three", order_of_three },
	{ "order-mutex", order_mutex },
	{ "recursion", recursion },
	{ "recursion-mutex", recursion_mutex },
	{ "same-class", same_class },
	{ "rank", rank },
	{ "no-init", no_init },
	{ "init-held", init_held },
	{ "init-mutex", init_mutex },
	{ "mutex-irqs-off", mutex_irqs_off },
	{ "irq", irq },
	{ "irq-afterwards", irq_afterwards },
	{ "irq-turned-on", irq_turned_on },
	{ "irq-between", irq_between },
	{ "sleep", sleep },
	{ "yield", yield },
	{ "sleep-in-irq", sleep_in_irq },
	{ "call", call },
	{ "release-free", release_free },
	{ "release-other", release_other },
	{ "release-mutex", release_mutex },
	{ "end-with-mutex", end_with_mutex },
};

void lock_test(void)
{
	commit_fault("lodge.lock-fault", faults, ARRAY_SIZE(faults));
}
