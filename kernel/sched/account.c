// SPDX-License-Identifier: Apache-2.0
/* Whose CPU time it was. */
#include <lodge/arch.h>
#include "internal.h"

struct cpu_time *thread_charge(struct cpu_time *to)
{
	unsigned long flags = arch_irq_save();
	struct thread *t = thread_current();
	struct cpu_time *before = t->charge;

	charge_until(this_cpu(), time_now());
	t->charge = to;
	arch_irq_restore(flags);
	return before;
}

u64 cpu_time_read(const struct cpu_time *t)
{
	unsigned long flags = arch_irq_save();

	charge_until(this_cpu(), time_now());
	arch_irq_restore(flags);
	return __atomic_load_n(&t->ticks, __ATOMIC_RELAXED);
}

u64 thread_waited(const struct thread *t)
{
	return READ_ONCE(t->waited);
}
