// SPDX-License-Identifier: Apache-2.0
/*
 * Interrupt messages: who is meant (APM vol. 2, 16.6.1), what they do there, and the
 * commands by which vCPUs send them (16.5).
 */
#include <lodge/arch_virt.h>
#include <lodge/vcpu.h>
#include <lodge/vm.h>
#include "vlapic.h"

#define BROADCAST8  0xffu
#define BROADCAST32 0xffffffffu

#define DFR_CLUSTER 0x0fffffffu /* all other values are flat */

static struct vlapic *lapic_of(struct vm *vm, unsigned int n)
{
	return vm->vcpu[n] ? vm->vcpu[n]->arch.lapic : NULL;
}

static bool logical_match(const struct vlapic *l, u32 dest)
{
	u32 ldr = vlapic_ldr(l);

	if (vlapic_is_x2apic(l))
		return ldr >> 16 == dest >> 16 && (ldr & dest & 0xffff);
	ldr >>= 24;
	if (READ_ONCE(l->s.dfr) == DFR_CLUSTER)
		return ldr >> 4 == dest >> 4 && (ldr & dest & 0xf);
	return ldr & dest;
}

static bool is_meant(const struct vlapic *l, const struct apic_msg *m)
{
	if (m->dest == (m->wide ? BROADCAST32 : BROADCAST8))
		return true;
	return m->logical ? logical_match(l, m->dest) : l->vcpu->id == m->dest;
}

/* ---- starting and stopping ---- */

/*
 * INIT: it waits for a start-up IPI. The first vCPU would find firmware at its reset vector,
 * which would start the machine again.
 */
static void deliver_init(struct vlapic *l)
{
	struct vcpu *vcpu = l->vcpu;
	unsigned long flags;

	if (vcpu->id == 0) {
		vm_request_reset(vcpu->vm, 0);
		return;
	}
	/* All of it before or after a start-up IPI of a third vCPU, and a reset that comes of that. */
	flags = spin_lock_irqsave(&vcpu->vm->lock);
	spin_lock(&l->lock);
	vlapic_clear(l);
	l->s.after_init = true;
	spin_unlock(&l->lock);
	WRITE_ONCE(vcpu->state, VCPU_OFF);
	vcpu_request(vcpu, REQ_OFF);
	spin_unlock_irqrestore(&vcpu->vm->lock, flags);
}

/* Only who waits for it hears it. One that has not left its run loop yet starts when it has. */
static void deliver_sipi(struct vlapic *l, u8 vector)
{
	struct vcpu *vcpu = l->vcpu;
	unsigned long flags = spin_lock_irqsave(&vcpu->vm->lock);
	/* In a VM that ends its thread may be done, and would start in the next life. */
	bool waits = vcpu->id != 0 && vcpu->state == VCPU_OFF &&
		     READ_ONCE(vcpu->vm->end) == VM_END_NONE;

	if (waits) {
		vcpu->start_pc = (u64)vector << 12;
		vcpu->start_arg = 0;
		WRITE_ONCE(vcpu->state, VCPU_START_PENDING);
	}
	spin_unlock_irqrestore(&vcpu->vm->lock, flags);
	if (waits)
		vcpu_wake(vcpu);
}

/* ---- delivery ---- */

static bool deliver_to(struct vlapic *l, const struct apic_msg *m)
{
	/* Disabled by APIC_BASE, it is as if it were not there (APM vol. 2, 16.3.1). */
	if (!vlapic_is_on(l))
		return false;
	switch (m->mode) {
	case APIC_MODE_FIXED:
	case APIC_MODE_LOWEST:
		if (!vlapic_enabled(l))
			return false;
		vlapic_receive(l, m->vector, m->level);
		return true;
	case APIC_MODE_NMI:
		x86_vcpu_nmi(l->vcpu);
		return true;
	case APIC_MODE_INIT:
		deliver_init(l);
		return true;
	case APIC_MODE_SIPI:
		deliver_sipi(l, m->vector);
		return true;
	default:
		return true; /* SMI and ExtINT: there is neither SMM nor a PIC */
	}
}

/* Of those that are meant, the one that does the least important thing. */
static bool deliver_lowest(struct vm *vm, const struct apic_msg *m)
{
	struct vlapic *best = NULL;
	unsigned int i;

	for (i = 0; i < vm->nr_vcpus; i++) {
		struct vlapic *l = lapic_of(vm, i);

		if (l && is_meant(l, m) && vlapic_enabled(l) && (!best || l->ppr < best->ppr))
			best = l;
	}
	return best && deliver_to(best, m);
}

bool apic_deliver(struct vm *vm, const struct apic_msg *m)
{
	bool taken = false;
	unsigned int i;

	if (m->mode == APIC_MODE_LOWEST)
		return deliver_lowest(vm, m);
	for (i = 0; i < vm->nr_vcpus; i++) {
		struct vlapic *l = lapic_of(vm, i);

		if (l && is_meant(l, m))
			taken |= deliver_to(l, m);
	}
	return taken;
}

void apic_watch(struct vm *vm, const struct apic_msg *m)
{
	unsigned int i;

	for (i = 0; i < vm->nr_vcpus; i++) {
		struct vlapic *l = lapic_of(vm, i);
		unsigned long flags;

		if (!l || !is_meant(l, m))
			continue;
		flags = spin_lock_irqsave(&l->lock);
		vlapic_watch(l, m->mode == APIC_MODE_NMI ? WATCH_NMI : m->vector);
		spin_unlock_irqrestore(&l->lock, flags);
	}
}

struct cpu *apic_cpu(struct vm *vm, const struct apic_msg *m)
{
	unsigned int i;

	for (i = 0; i < vm->nr_vcpus; i++) {
		struct vlapic *l = lapic_of(vm, i);

		if (l && is_meant(l, m))
			return READ_ONCE(l->vcpu->cpu);
	}
	return NULL;
}

/* ---- ICR ---- */

static void deliver_all(struct vlapic *self, const struct apic_msg *m, bool with_self)
{
	struct vm *vm = self->vcpu->vm;
	unsigned int i;

	for (i = 0; i < vm->nr_vcpus; i++) {
		struct vlapic *l = lapic_of(vm, i);

		if (l && (with_self || l != self))
			deliver_to(l, m);
	}
}

static void send_error(struct vlapic *l)
{
	spin_lock(&l->lock);
	vlapic_error(l, ESR_SEND_ILLEGAL);
	spin_unlock(&l->lock);
}

void vlapic_send(struct vlapic *l, u64 icr)
{
	bool wide = vlapic_is_x2apic(l), fixed;
	struct apic_msg m = {
		.dest = wide ? (u32)(icr >> 32) : (u32)(icr >> 56),
		.logical = icr & APIC_ICR_LOGICAL,
		.wide = wide,
		.mode = icr >> APIC_ICR_MODE_SHIFT & 7,
		.vector = (u8)icr,
	};

	fixed = m.mode == APIC_MODE_FIXED || m.mode == APIC_MODE_LOWEST;
	if (fixed && m.vector < 16) {
		send_error(l);
		return;
	}
	/* "INIT level de-assert" is for processors of the last century. */
	if (m.mode == APIC_MODE_INIT && (icr & APIC_ICR_LEVEL) && !(icr & APIC_ICR_ASSERT))
		return;
	switch (icr >> APIC_ICR_SHORTHAND_SHIFT & 3) {
	case APIC_SHORTHAND_NONE:
		apic_deliver(l->vcpu->vm, &m);
		break;
	case APIC_SHORTHAND_SELF:
		if (fixed)
			deliver_to(l, &m);
		break;
	case APIC_SHORTHAND_ALL:
		deliver_all(l, &m, true);
		break;
	case APIC_SHORTHAND_OTHERS:
		deliver_all(l, &m, false);
		break;
	}
	/* What was pending for those that it reset is not any more, and is never taken. */
	if (unlikely(m.mode == APIC_MODE_INIT))
		vioapic_retry(l->vcpu->vm);
}
