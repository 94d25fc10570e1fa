// SPDX-License-Identifier: Apache-2.0
/*
 * Interrupts that a guest's CPUs send each other, all the time: by ICC_SGI1R_EL1 and its like
 * (IHI 0069, 12.1.10), or by GICD_SGIR (IHI 0048B, 4.3.15).
 */
#include "vgic.h"
#include "vgic_hw.h"

/* ICC_SGI1R_EL1: the interrupt, all others, and affinities and ranges but the first. */
#define SGIR_INTID     24
#define SGIR_IRM       (1ul << 40)
#define SGIR_ELSEWHERE 0x00fff0ff00ff0000ul

/* GICD_SGIR */
enum { FILTER_LIST, FILTER_OTHERS, FILTER_SELF };

static void raise_sgi(struct vgic *g, unsigned int vid, u32 intid, unsigned int source)
{
	struct vgic_cpu_state *c = &g->s.cpu[vid];

	if (g->v2)
		c->source[intid] |= (u8)(1u << source);
	c->bank.latch |= irq_bit(intid);
	vgic_raise(g, vid, intid);
}

/*
 * @v, which runs here, sends @intid to itself: straight into the list register of the last
 * one of its number, which has ended. False if it is not as simple, with nothing done.
 */
static bool send_to_self(struct vgic_vcpu *v, u32 intid)
{
	const struct irq_bank *b = bank_of(v->gic, v->id, 0);
	u32 bit = irq_bit(intid);
	unsigned int i = v->slot_of[intid];
	u64 lr;

	if (v->spilled || !(bank_forwarded(v->gic, b) & ~b->latch & v->inlr[0] & bit))
		return false;
	lr = hw_lr_read(i);
	if (lr & (ICH_LR_ACTIVE | ICH_LR_PENDING | ICH_LR_EOI))
		return false;
	if (v->gic->v2)
		lr = (lr & ~(7ul << LR_SOURCE)) | (u64)v->id << LR_SOURCE;
	hw_lr_write(i, lr | ICH_LR_PENDING);
	/* Whatever it was before: it is over. */
	v->slot[i].placed = LR_STATE_PENDING | LR_STATE_ACTIVE;
	return true;
}

/* To @targets, and of them, with @group0, only where it is of that group. */
static void send(struct vgic_vcpu *v, u32 targets, u32 intid, bool group0)
{
	struct vgic *g = v->gic;

	targets &= (1u << g->nr_vcpus) - 1;
	if (likely(targets == 1u << v->id && !group0) && send_to_self(v, intid))
		return;
	for (; targets; targets &= targets - 1) {
		unsigned int to = ctz64(targets);

		if (group0 && (g->s.cpu[to].bank.group & irq_bit(intid)))
			continue;
		raise_sgi(g, to, intid, v->id);
		vcpu_visit(v->vcpu, g->v[to].vcpu);
	}
}

void vgic_sgi(struct vcpu *vcpu, u64 val, bool group0)
{
	struct vgic_vcpu *v = vcpu->arch.vgic;
	u32 targets = 0;

	if (!v)
		return;
	/* All others; or a list of Aff0 within a cluster, of which there is only 0.0.0. */
	if (unlikely(val & SGIR_IRM))
		targets = ~(1u << v->id);
	else if (likely(!(val & SGIR_ELSEWHERE)))
		targets = val & 0xffff;
	spin_lock(&v->gic->vdev.lock);
	send(v, targets, val >> SGIR_INTID & 15, group0);
	if (v->gic->dirty)
		vgic_deliver(v->gic);
	spin_unlock(&v->gic->vdev.lock);
}

/* NSATT plays no part without security states. */
void vgic_v2_sgi(struct vgic_vcpu *v, u32 val)
{
	u32 targets = val >> GICD_SGIR_LIST & 0xff;

	switch (val >> GICD_SGIR_FILTER & 3) {
	case FILTER_LIST:
		break;
	case FILTER_OTHERS:
		targets = ~(1u << v->id);
		break;
	case FILTER_SELF:
		targets = 1u << v->id;
		break;
	default:
		return;
	}
	send(v, targets, val & 15, false);
}
