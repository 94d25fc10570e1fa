// SPDX-License-Identifier: Apache-2.0
/*
 * Interrupts that a guest's CPUs send each other, all the time: by ICC_SGI1R_EL1 and its like
 * (IHI 0069, 12.1.10), or by GICD_SGIR (IHI 0048B, 4.3.15).
 */
#include <asm/sysreg_gic.h>
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

/* @intid is neither pending nor active, and no list register has it. */
static bool send_to_free(struct vgic_vcpu *v, const struct irq_bank *b, u32 intid)
{
	u32 free = vgic_lr_mask & ~v->used, bit = irq_bit(intid);
	u64 lr = ICH_LR_PENDING | intid | (u64)b->priority[intid] << ICH_LR_PRIORITY;
	unsigned int i = ctz64(free);

	if (!free)
		return false;
	if (b->group & bit)
		lr |= ICH_LR_GROUP1;
	if (v->gic->v2)
		lr |= (u64)v->id << LR_SOURCE;
	hw_lr_write(i, lr);
	v->slot[i] = (struct lr_slot){ .intid = (u8)intid, .placed = LR_STATE_PENDING };
	v->used |= 1u << i;
	v->inlr[0] |= bit;
	v->slot_of[intid] = (u8)i;
	return true;
}

/* Once more is the same. */
static bool is_pending_already(const struct vgic_vcpu *v, u64 lr)
{
	return (lr & ICH_LR_PENDING) && (!v->gic->v2 || (lr >> LR_SOURCE & 7) == v->id);
}

/*
 * @v, which runs here, sends @intid to itself: straight into a list register, that of the last
 * one of its number whatever has become of that, or a free one. False if it is not as simple,
 * with nothing done: if others wait for list registers, or other CPUs have left notes on it,
 * or a list register asks for its end to be told because there is more to come, or it is a
 * GICv2's that is active, and who has sent it is to be kept.
 */
static bool send_to_self(struct vgic_vcpu *v, u32 intid)
{
	const struct irq_bank *b = bank_of(v->gic, v->id, 0);
	u32 bit = irq_bit(intid);
	unsigned int i = v->slot_of[intid];
	u64 lr;

	if (v->spilled || !(bank_forwarded(v->gic, b) & ~b->latch & ~v->noted[0] & bit))
		return false;
	if (!(v->inlr[0] & bit))
		return !(b->active & bit) && send_to_free(v, b, intid);
	lr = hw_lr_read(i);
	if (unlikely(lr & (ICH_LR_ACTIVE | ICH_LR_PENDING | ICH_LR_EOI))) {
		if (is_pending_already(v, lr))
			return true;
		if (v->gic->v2 || (lr & (ICH_LR_EOI | ICH_LR_PENDING)))
			return false;
		vgic_note_running(v, &v->slot[i], lr);
	}
	if (v->gic->v2)
		lr = (lr & ~(7ul << LR_SOURCE)) | (u64)v->id << LR_SOURCE;
	hw_lr_write(i, lr | ICH_LR_PENDING);
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
