// SPDX-License-Identifier: Apache-2.0
#include <lodge/smp.h>
#include <lodge/spinlock.h>
#include <lodge/vmid.h>

static struct spinlock vmid_lock = SPINLOCK_INIT;
static u64 last, next, generation;

void vmid_init(u64 max)
{
	last = max;
	next = max ? 1 : 0;
	generation = 1;
}

static void renew(struct vmid *v)
{
	if (next > last) {
		generation++;
		next = last ? 1 : 0;
	}
	v->id = next++;
	v->generation = generation;
}

unsigned int vmid_use(struct vmid *v, const struct vcpu *vcpu)
{
	struct cpu *c = this_cpu();
	unsigned int flush = 0;

	spin_lock(&vmid_lock);
	if (v->generation != generation)
		renew(v);
	if (c->vmid_generation != generation) {
		c->vmid_generation = generation;
		flush |= VMID_FLUSH_ALL;
	}
	spin_unlock(&vmid_lock);
	if (v->user[c->id] != vcpu) {
		v->user[c->id] = vcpu;
		flush |= VMID_FLUSH_GUEST;
	}
	return flush;
}

bool vmid_is_current(const struct vmid *v)
{
	return v->generation && v->generation == generation;
}
