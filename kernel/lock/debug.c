// SPDX-License-Identifier: Apache-2.0
/*
 * CONFIG_DEBUG_LOCKS: which locks are held, and the rules for them.
 *
 * Spinlocks are held by a CPU: schedule() hands one from thread to thread. Mutexes are held by a
 * thread. Interrupts are off while a CPU looks at what it holds, so that nobody else changes it.
 */
#include <lodge/arch.h>
#include <lodge/panic.h>
#include <lodge/printk.h>
#include <lodge/smp.h>
#include <lodge/thread.h>
#include "internal.h"

#define HELD_MOST    16
#define MUTEXES_MOST 64

static struct {
	struct lock_debug *held[HELD_MOST];
	unsigned int nr_held;
	int irq_depth;
} cpus[CONFIG_NR_CPUS];

/* Mutexes that are held, each with the thread that holds it. A thread changes its own entries. */
static struct {
	struct thread *thread;
	struct lock_debug *mutex;
} mutexes[MUTEXES_MOST];

static u32 graph_lock; /* no struct spinlock: that would be checked */
static bool off;

void lock_debug_off(void)
{
	WRITE_ONCE(off, true);
}

static bool is_off(void)
{
	return READ_ONCE(off);
}

static void graph_begin(void)
{
	while (__atomic_exchange_n(&graph_lock, 1, __ATOMIC_ACQUIRE))
		cpu_relax();
}

static void graph_end(void)
{
	__atomic_store_n(&graph_lock, 0, __ATOMIC_RELEASE);
}

/* ---- the rules of classes ---- */

static void class_of(struct lock_debug *d, u64 place)
{
	if (d->id)
		return;
	if (!d->class) {
		report_begin("a lock that was never initialised is acquired", d, place);
		report_end();
	}
	graph_begin();
	d->id = lock_class(d->class);
	graph_end();
	if (!d->id)
		panic("more than %u classes of locks", LOCK_CLASSES);
}

/*
 * A handler waits for a lock of @safe. It may have interrupted its CPU while that holds a lock of @unsafe,
 * and the CPU that holds the former may wait for the latter.
 */
static __noreturn void report_irq(unsigned int safe, unsigned int unsafe, u64 place,
				  const struct lock_edge *const *path, unsigned int n)
{
	report_begin("an interrupt may wait for what it interrupts", NULL, place);
	report_use(safe, LOCK_IN_IRQ, "by an interrupt handler");
	report_use(unsafe, LOCK_IRQS_ON, "or held with interrupts on");
	report_path(path, n);
	report_end();
}

/* After a change of the graph or of a class's uses. */
static void check_irqs(u64 place)
{
	static const struct lock_edge *path[LOCK_CLASSES];
	unsigned int c, n;

	for (c = 1; c < LOCK_CLASSES; c++) {
		u32 used = lock_class_used(c);

		if (!(used & LOCK_IN_IRQ))
			continue;
		if (used & LOCK_IRQS_ON)
			report_irq(c, c, place, path, 0);
		n = lock_graph_path(c, 0, LOCK_IRQS_ON, path);
		if (n)
			report_irq(c, path[n - 1]->to, place, path, n);
	}
}

static void use(struct lock_debug *d, u32 how, u64 place)
{
	if (lock_class_used(d->id) & how)
		return;
	graph_begin();
	lock_class_use(d->id, how, place);
	check_irqs(place);
	graph_end();
}

static void follow(const struct lock_debug *held, const struct lock_debug *d, u64 place)
{
	static const struct lock_edge *path[LOCK_CLASSES];
	unsigned int n;

	if (held->id == d->id) {
		if (d->rank && held->rank && d->rank > held->rank)
			return;
		report_begin("two locks of a class are acquired", d, place);
		report_held(held);
		report_end();
	}
	if (lock_graph_has(held->id, d->id))
		return;
	graph_begin();
	n = lock_graph_path(d->id, held->id, 0, path);
	if (n) {
		report_begin("the order of locks is reversed: acquires", d, place);
		report_held(held);
		report_path(path, n);
		report_end();
	}
	if (!lock_graph_has(held->id, d->id) &&
	    !lock_graph_add(held->id, d->id, held->place, place))
		panic("more than %u orders of locks", LOCK_EDGES);
	check_irqs(place);
	graph_end();
}

static void check_recursion(const struct lock_debug *held, const struct lock_debug *d, u64 place)
{
	if (held != d)
		return;
	report_begin("acquires a lock that it holds", d, place);
	report_held(held);
	report_end();
}

/* ---- spinlocks ---- */

static void follow_held(const struct lock_debug *d, u64 place)
{
	unsigned int me = cpu_id(), i;

	for (i = 0; i < cpus[me].nr_held; i++)
		check_recursion(cpus[me].held[i], d, place);
	for (i = 0; i < cpus[me].nr_held; i++)
		follow(cpus[me].held[i], d, place);
	/* A handler acquires nothing after what its CPU's thread holds: threads release that later. */
	if (cpus[me].irq_depth)
		return;
	for (i = 0; i < MUTEXES_MOST; i++)
		if (READ_ONCE(mutexes[i].thread) == thread_current() && thread_current())
			follow(mutexes[i].mutex, d, place);
}

__noinline void lock_debug_acquire(struct lock_debug *d)
{
	u64 place = (u64)__builtin_return_address(0);
	bool irqs_on = arch_irqs_enabled();
	unsigned long flags;

	if (is_off())
		return;
	flags = arch_irq_save();
	class_of(d, place);
	if (irqs_on)
		use(d, LOCK_IRQS_ON, place);
	if (cpus[cpu_id()].irq_depth)
		use(d, LOCK_IN_IRQ, place);
	follow_held(d, place);
	arch_irq_restore(flags);
}

__noinline void lock_debug_acquired(struct lock_debug *d)
{
	unsigned long flags;
	unsigned int me;

	if (is_off())
		return;
	flags = arch_irq_save();
	me = cpu_id();
	if (cpus[me].nr_held == HELD_MOST)
		panic("more than %u spinlocks are held", HELD_MOST);
	d->cpu = me + 1;
	d->place = (u64)__builtin_return_address(0);
	cpus[me].held[cpus[me].nr_held] = d;
	/* RELEASE: is_held() finds no older lock there. */
	__atomic_store_n(&cpus[me].nr_held, cpus[me].nr_held + 1, __ATOMIC_RELEASE);
	arch_irq_restore(flags);
}

__noinline void lock_debug_release(struct lock_debug *d)
{
	u64 place = (u64)__builtin_return_address(0);
	unsigned long flags;
	unsigned int me, i;
	u32 holder;

	if (is_off())
		return;
	flags = arch_irq_save();
	me = cpu_id();
	holder = READ_ONCE(d->cpu);
	if (holder != me + 1) {
		report_begin(holder ? "releases a lock that another CPU holds"
				    : "releases a lock that nobody holds",
			     d, place);
		if (holder)
			report_held(d);
		report_end();
	}
	for (i = cpus[me].nr_held - 1; cpus[me].held[i] != d;)
		i--;
	for (cpus[me].nr_held--; i < cpus[me].nr_held; i++)
		cpus[me].held[i] = cpus[me].held[i + 1];
	d->cpu = 0;
	arch_irq_restore(flags);
}

/* ---- initialisation ---- */

/*
 * By anybody. Another CPU may acquire and release other locks meanwhile, but whoever initialises a lock
 * is ordered behind its last release, so that it does not find that one in an entry of old.
 */
static bool is_held(const struct lock_debug *d)
{
	unsigned int c, i;

	for (c = 0; c < CONFIG_NR_CPUS; c++)
		for (i = __atomic_load_n(&cpus[c].nr_held, __ATOMIC_ACQUIRE); i-- > 0;)
			if (READ_ONCE(cpus[c].held[i]) == d)
				return true;
	for (i = 0; i < MUTEXES_MOST; i++)
		if (__atomic_load_n(&mutexes[i].thread, __ATOMIC_ACQUIRE) &&
		    READ_ONCE(mutexes[i].mutex) == d)
			return true;
	return false;
}

__noinline void lock_debug_init(struct lock_debug *d)
{
	if (is_off() || !is_held(d))
		return;
	report_begin("initialises a lock that is held", d, (u64)__builtin_return_address(0));
	report_held(d);
	report_end();
}

/* ---- rules for places ---- */

/* No spinlock is held, and no handler runs, at a place where the CPU is to wait or to be given away. */
static void check_free(const char *in_irq, const char *held, u64 place)
{
	unsigned long flags = arch_irq_save();
	unsigned int me = cpu_id(), i;

	if (cpus[me].irq_depth && in_irq) {
		report_begin(in_irq, NULL, place);
		report_end();
	}
	if (cpus[me].nr_held) {
		report_begin(held, NULL, place);
		for (i = 0; i < cpus[me].nr_held; i++)
			report_held(cpus[me].held[i]);
		report_end();
	}
	arch_irq_restore(flags);
}

static void check_sleep(u64 place)
{
	if (!is_off())
		check_free("an interrupt handler sleeps", "sleeps with a spinlock held", place);
}

__noinline void lock_debug_sleep(void)
{
	check_sleep((u64)__builtin_return_address(0));
}

__noinline void lock_debug_wait(void)
{
	if (!is_off())
		check_free(NULL, "waits for other CPUs with a spinlock held",
			   (u64)__builtin_return_address(0));
}

/* ---- mutexes ---- */

static unsigned int find_mutex(const struct thread *t, const struct lock_debug *d)
{
	unsigned int i;

	for (i = 0; i < MUTEXES_MOST; i++)
		if (READ_ONCE(mutexes[i].thread) == t && (!d || mutexes[i].mutex == d))
			break;
	return i;
}

void lock_debug_mutex_acquire(struct lock_debug *d, u64 place)
{
	struct thread *t = thread_current();
	unsigned long flags;
	unsigned int i;

	if (is_off())
		return;
	check_sleep(place);
	if (!arch_irqs_enabled()) {
		report_begin("acquires a mutex with interrupts off", d, place);
		report_end();
	}
	flags = arch_irq_save();
	class_of(d, place);
	if (find_mutex(t, d) < MUTEXES_MOST)
		check_recursion(d, d, place);
	for (i = 0; i < MUTEXES_MOST; i++)
		if (READ_ONCE(mutexes[i].thread) == t)
			follow(mutexes[i].mutex, d, place);
	arch_irq_restore(flags);
}

void lock_debug_mutex_acquired(struct lock_debug *d, u64 place)
{
	struct thread *t = thread_current(), *none;
	unsigned int i;

	if (is_off())
		return;
	for (i = 0; i < MUTEXES_MOST; i++) {
		none = NULL;
		if (__atomic_compare_exchange_n(&mutexes[i].thread, &none, t, false,
						__ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
			mutexes[i].mutex = d;
			d->place = place;
			return;
		}
	}
	panic("more than %u mutexes are held", MUTEXES_MOST);
}

void lock_debug_mutex_release(struct lock_debug *d, u64 place)
{
	unsigned int i = find_mutex(thread_current(), d);

	if (is_off())
		return;
	if (i == MUTEXES_MOST) {
		report_begin("releases a mutex that this thread does not hold", d, place);
		report_end();
	}
	mutexes[i].mutex = NULL;
	__atomic_store_n(&mutexes[i].thread, NULL, __ATOMIC_RELEASE);
}

/* ---- interrupts, and the end of threads ---- */

__noinline void lock_debug_irqs_on(void)
{
	u64 place = (u64)__builtin_return_address(0);
	unsigned int me = cpu_id(), i;

	/* On behalf of an acquisition or release above, nothing changes. */
	if (is_off() || arch_irqs_enabled())
		return;
	for (i = 0; i < cpus[me].nr_held; i++)
		use(cpus[me].held[i], LOCK_IRQS_ON, place);
}

void lock_debug_irq(int depth)
{
	cpus[cpu_id()].irq_depth += depth;
}

__noinline void lock_debug_thread_exit(void)
{
	unsigned int i = find_mutex(thread_current(), NULL);

	if (is_off() || i == MUTEXES_MOST)
		return;
	report_begin("a thread ends with a mutex held", mutexes[i].mutex,
		     (u64)__builtin_return_address(0));
	report_held(mutexes[i].mutex);
	report_end();
}
