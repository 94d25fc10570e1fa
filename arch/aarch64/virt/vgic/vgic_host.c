// SPDX-License-Identifier: Apache-2.0
/*
 * Interrupts of the host that a guest was given. The host leaves one active when it has come, and it
 * is pending here, by its latch. In a list register it is linked to the host's: the guest's end of
 * it ends both, without an exit. If it becomes neither pending nor active in memory, by what the
 * guest writes, it is ended from here.
 */
#include <lodge/errno.h>
#include <lodge/irq.h>
#include <lodge/smp.h>
#include "vgic.h"

int vgic_link(struct vdev *d, u32 intid, u32 host)
{
	struct vgic *g = container_of(d, struct vgic, vdev);

	if (intid < GIC_FIRST_SPI || intid >= NR_INTIDS)
		return -EINVAL;
	g->host[intid - GIC_FIRST_SPI] = host;
	return 0;
}

void vgic_end_held(struct vgic *g, u32 intid)
{
	u32 bit = irq_bit(intid), word = intid / 32;

	g->held[word] &= ~bit;
	g->held_active[word] &= ~bit;
	g->came_again[word] &= ~bit;
	irq_end(g->host[intid - GIC_FIRST_SPI]);
}

void vgic_end_all_held(struct vgic *g)
{
	unsigned int word;

	for (word = 0; word < NR_WORDS; word++)
		while (g->held[word])
			vgic_end_held(g, 32 * word + ctz64(g->held[word]));
}

/* It interrupts the CPU where its vCPU runs, from the next time on: that CPU needs no kick. */
static void follow(const struct vgic *g, u32 intid)
{
	unsigned int n = g->queued[intid - GIC_FIRST_SPI];

	if (n != NO_VCPU && g->v[n].loaded && g->v[n].cpu != cpu_id())
		irq_route(g->host[intid - GIC_FIRST_SPI], cpu_get(g->v[n].cpu));
}

void vgic_forward(struct vdev *d, u32 intid)
{
	struct vgic *g = container_of(d, struct vgic, vdev);
	u32 bit = irq_bit(intid), word = intid / 32;
	struct vgic_vcpu *v;
	unsigned int n;

	spin_lock(&d->lock);
	n = g->queued[intid - GIC_FIRST_SPI];
	v = n == NO_VCPU ? NULL : &g->v[n];
	/* That it has come means that the one before has ended. */
	if (v && (v->inlr[word] & bit)) {
		if (vgic_is_here(v))
			vgic_take_back(v, intid);
		else
			g->came_again[word] |= g->held[word] & bit;
	}
	g->held[word] |= bit;
	bank_of(g, 0, word)->latch |= bit;
	vgic_raise(g, 0, intid);
	follow(g, intid);
	vgic_deliver(g);
	spin_unlock(&d->lock);
}

void vgic_cut(struct vdev *d, u32 intid)
{
	struct vgic *g = container_of(d, struct vgic, vdev);
	unsigned long flags = spin_lock_irqsave(&d->lock);

	bank_of(g, 0, intid / 32)->latch &= ~irq_bit(intid);
	if (g->held[intid / 32] & irq_bit(intid))
		vgic_end_held(g, intid);
	vgic_update(g, 0, intid);
	g->dirty = 0;
	spin_unlock_irqrestore(&d->lock, flags);
}
