// SPDX-License-Identifier: Apache-2.0
#include <lodge/bitops.h>
#include <lodge/errno.h>
#include <lodge/smp.h>
#include <lodge/spinlock.h>
#include <lodge/vcpu.h>
#include <lodge/vmid.h>
#include <asm/barrier.h>

static u64 last;

/* Those that vmid_fix() has given away. */
static u64 fixed[256 / 64];
static struct spinlock fixed_lock = SPINLOCK_INIT;

void vmid_init(u64 max)
{
	last = max;
}

/* The next of this CPU. Return: whether all translations of guests must be forgotten first. */
static bool renew(struct cpu *c, struct vmid_cpu *here)
{
	bool over = !c->vmid_generation || c->vmid_next > last;

	if (over) {
		c->vmid_generation++;
		c->vmid_next = last ? 1 : 0;
	}
	here->id = c->vmid_next++;
	/*
	 * Seen by vmid_cpus() before the CPU walks the VM's tables, which it may do ahead of time as soon as
	 * it has their address: either it finds what was changed there, or it is asked to forget it.
	 */
	WRITE_ONCE(here->generation, c->vmid_generation);
	smp_mb();
	return over;
}

/* Apart, so that the other way has no stack frame. */
static __noinline unsigned int use_anew(struct vmid *v, const struct vcpu *vcpu, struct cpu *c)
{
	struct vmid_cpu *here = &v->cpu[c->id];
	unsigned int flush = 0;

	if (!here->generation || (!v->fixed && here->generation != c->vmid_generation))
		/* What has the number of an earlier generation need not be nested: it goes by itself. */
		flush = VMID_FLUSH_GUEST | (renew(c, here) ? VMID_FLUSH_ALL : 0);
	/* What it knew here may have changed while it ran elsewhere. */
	if (here->user != vcpu || vcpu->last != c) {
		here->user = vcpu;
		flush |= VMID_FLUSH_GUEST;
	}
	return flush;
}

unsigned int vmid_use(struct vmid *v, const struct vcpu *vcpu)
{
	struct cpu *c = this_cpu();
	const struct vmid_cpu *here = &v->cpu[c->id];

	if (likely(here->user == vcpu && vcpu->last == c &&
		   (v->fixed || here->generation == c->vmid_generation)))
		return 0;
	return use_anew(v, vcpu, c);
}

bool vmid_is_current(const struct vmid *v)
{
	const struct cpu *c = this_cpu();
	const struct vmid_cpu *here = &v->cpu[c->id];

	return here->generation && here->generation == c->vmid_generation;
}

cpumask_t vmid_cpus(const struct vmid *v)
{
	cpumask_t cpus = { 0 };
	unsigned int i;

	smp_mb(); /* what the caller has changed, before the look: as in renew() */
	for (i = 0; i < cpu_count(); i++)
		if (READ_ONCE(v->cpu[i].generation))
			cpus = cpumask_or(cpus, cpumask_of(i));
	return cpus;
}

int vmid_fix(struct vmid *v)
{
	u64 end = min(last + 1, (u64)256), id;
	unsigned long flags = spin_lock_irqsave(&fixed_lock);

	for (id = 1; id < end && fixed[id / 64] >> id % 64 & 1; id++)
		;
	if (id < end) {
		fixed[id / 64] |= BIT(id % 64);
		v->fixed = id;
	}
	spin_unlock_irqrestore(&fixed_lock, flags);
	return id < end ? 0 : -ENOSPC;
}

void vmid_release(struct vmid *v)
{
	unsigned long flags = spin_lock_irqsave(&fixed_lock);

	fixed[v->fixed / 64] &= ~BIT(v->fixed % 64);
	v->fixed = 0;
	spin_unlock_irqrestore(&fixed_lock, flags);
}
