// SPDX-License-Identifier: Apache-2.0
/*
 * Functions that CPUs run for each other.
 *
 * A CPU makes one call at a time: struct cpu has room for it (call), and a set of the CPUs that call
 * this one (callers). So there is no queue, no lock, and nothing to allocate, and a CPU has at most as
 * many calls to serve at once as there are other CPUs.
 *
 *	caller					target
 *	call.fn, .arg, .pending
 *	target's callers |= caller, release ->	callers = {}, acquire
 *	kick					reads call.fn, .arg; runs fn(arg)
 *	call.pending is {}, acquire	    <-	caller's call.pending -= target, release
 *
 * The first pair lets the target see the call and what the caller stored before it. The second lets the
 * caller see what fn has stored; from then on the target accesses nothing of the call, which
 * may be the caller's next one.
 */
#include <lodge/arch.h>
#include <lodge/call.h>
#include <lodge/printk.h>
#include <lodge/smp.h>

/* @c is the calling CPU; interrupts are off. */
static void run(struct cpu *c, const struct cpu_call *call)
{
	lock_irq_enter();
	c->in_call = true;
	call->fn(call->arg);
	c->in_call = false;
	lock_irq_exit();
}

void cpus_call_serve(void)
{
	struct cpu *c = this_cpu();
	cpumask_t rest;
	unsigned int i;

	if (cpumask_is_empty(cpumask_load(&c->callers, __ATOMIC_RELAXED)))
		return;
	for_each_cpu(i, rest, cpumask_take(&c->callers, __ATOMIC_ACQUIRE)) {
		struct cpu_call *call = &cpu_get(i)->call;

		run(c, call);
		cpumask_remove(&call->pending, c->id, __ATOMIC_RELEASE);
	}
}

/* Ask @cpus to run @c's call. */
static void send(struct cpu *c, cpumask_t cpus)
{
	cpumask_t rest;
	unsigned int i;

	for_each_cpu(i, rest, cpus) {
		struct cpu *target = cpu_get(i);

		/* If others call it, too, it has not looked yet, and the first of them kicks it. */
		if (cpumask_is_empty(cpumask_add(&target->callers, c->id, __ATOMIC_RELEASE)))
			arch_cpu_kick(target);
	}
}

/*
 * Wait for @c's call. Interrupts are off; in between they are as @flags say. The target may wait for
 * a call to this CPU with its interrupts off, so this CPU must serve it.
 */
static void wait(struct cpu *c, unsigned long flags)
{
	while (!cpumask_is_empty(cpumask_load(&c->call.pending, __ATOMIC_ACQUIRE))) {
		if (smp_is_stopping())
			return;
		cpus_call_serve();
		cpu_relax();
		arch_irq_restore(flags);
		/* Some CPUs let interrupts in only behind the next instruction: there must be one. */
		(void)READ_ONCE(c->call.pending.bits);
		arch_irq_disable();
	}
}

void cpus_call(cpumask_t cpus, void (*fn)(void *arg), void *arg)
{
	unsigned long flags = arch_irq_save();
	struct cpu *c = this_cpu();
	const struct cpu_call own = { .fn = fn, .arg = arg };

	if (IS_ENABLED(CONFIG_DEBUG_LOCKS))
		lock_debug_wait();
	BUG_ON(c->in_call); /* a function that is called calls nobody */
	/* An interrupt in wait() may call as well. What it interrupted then finds its call done. */
	wait(c, arch_irq_save());
	if (!smp_is_stopping()) {
		c->call.fn = fn;
		c->call.arg = arg;
		c->call.pending = cpumask_without(cpumask_and(cpus, cpus_online()), c->id);
		send(c, c->call.pending);
	}
	if (cpumask_has(cpus, c->id))
		run(c, &own);
	wait(c, flags);
	arch_irq_restore(flags);
}

static void nothing(void *arg)
{
	(void)arg;
}

void cpus_sync(cpumask_t cpus)
{
	cpus_call(cpus, nothing, NULL);
}
