// SPDX-License-Identifier: Apache-2.0
/* Interrupts of the host on sources of the guest's PLIC: the host keeps each until the guest completes it. */
#include <lodge/errno.h>
#include <lodge/irq.h>
#include <lodge/smp.h>
#include <lodge/vcpu.h>
#include <lodge/vm.h>
#include "vplic.h"

int vplic_link(struct vdev *v, u32 irq, u32 host)
{
	if (!irq || irq > NR_SOURCES)
		return -EINVAL;
	to_vplic(v)->host[irq] = host;
	return 0;
}

/* It interrupts the CPU that has the registers of a vCPU that it is for, from the next time on. */
static void vplic_follow(const struct vplic *p, u32 irq)
{
	unsigned int n;

	for (n = 0; n < p->nr_ctx; n++) {
		struct cpu *c = READ_ONCE(p->vdev.vm->vcpu[n]->cpu);

		if (!source_in(&p->ctx[n].notify, irq) || !c)
			continue;
		if (c != this_cpu())
			irq_route(p->host[irq], c);
		return;
	}
}

void vplic_forward(struct vdev *v, u32 irq)
{
	struct vplic *p = to_vplic(v);

	vplic_set_irq(v, irq, true);
	spin_lock(&v->lock);
	vplic_follow(p, irq);
	spin_unlock(&v->lock);
}

void vplic_end_host(struct vplic *p, u32 irq)
{
	source_set_to(&p->s.level, irq, false);
	irq_end(p->host[irq]);
}

void vplic_cut(struct vdev *v, u32 irq)
{
	struct vplic *p = to_vplic(v);
	unsigned long flags = spin_lock_irqsave(&v->lock);

	source_set_to(&p->s.pending, irq, false);
	source_set_to(&p->s.active, irq, false);
	if (source_in(&p->s.level, irq))
		vplic_end_host(p, irq);
	vplic_refresh(p);
	spin_unlock_irqrestore(&v->lock, flags);
}

void vplic_restore_host(const struct vplic *p, struct vplic_state *s)
{
	u32 irq;

	for (irq = 1; irq <= NR_SOURCES; irq++) {
		bool kept = source_in(&p->s.level, irq);

		if (!p->host[irq])
			continue;
		source_set_to(&s->level, irq, kept);
		/*
		 * It asks once more, so that it ends: unless the guest is at it, and that is the one
		 * which the host keeps, and not one that the guest has not claimed yet.
		 */
		if (kept && (!source_in(&s->active, irq) || source_in(&p->s.pending, irq)))
			source_set_to(&s->pending, irq, true);
	}
}
