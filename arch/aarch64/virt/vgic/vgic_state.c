// SPDX-License-Identifier: Apache-2.0
/*
 * What follows from the state of a virtual GIC's interrupts: which vCPU has what to deliver,
 * and how it comes to know. With the lock of the device held.
 */
#include "vgic.h"

unsigned int vgic_target(const struct vgic *g, u32 intid)
{
	u32 route = g->s.route[intid - GIC_FIRST_SPI];

	/* GICv2: of several targets the first; one CPU alone is the target of all (4.3.12). */
	if (g->v2)
		return g->nr_vcpus == 1 ? 0 : route ? ctz64(route) : NO_VCPU;
	/* vCPU n has affinity 0.0.0.n. */
	return route < g->nr_vcpus ? route : NO_VCPU;
}

/* Whose an interrupt is: who has acknowledged it, else who it goes to. */
static unsigned int owner(const struct vgic *g, unsigned int vid, u32 intid)
{
	if (intid < GIC_NR_PRIVATE)
		return vid;
	if (bank_of((struct vgic *)g, 0, intid / 32)->active & irq_bit(intid))
		return g->s.holder[intid - GIC_FIRST_SPI];
	return vgic_target(g, intid);
}

/* Whose ready, parked or list register has a shared interrupt. */
static u8 *queued(struct vgic *g, u32 intid)
{
	return &g->queued[intid - GIC_FIRST_SPI];
}

/* A shared interrupt is in one vCPU's words only: take it out of those of another. */
static void move_queue(struct vgic *g, u32 intid, unsigned int to)
{
	u8 *at = queued(g, intid);

	if (*at != to && *at != NO_VCPU) {
		g->v[*at].ready[intid / 32] &= ~irq_bit(intid);
		g->v[*at].parked[intid / 32] &= ~irq_bit(intid);
	}
	*at = (u8)to;
}

static bool in_lr(const struct vgic *g, unsigned int vid, u32 intid)
{
	if (intid >= GIC_FIRST_SPI)
		vid = g->queued[intid - GIC_FIRST_SPI];
	return vid != NO_VCPU && (g->v[vid].inlr[intid / 32] & irq_bit(intid));
}

void vgic_update(struct vgic *g, unsigned int vid, u32 intid)
{
	struct irq_bank *b = bank_of(g, vid, intid / 32);
	u32 bit = irq_bit(intid), word = intid / 32;
	struct vgic_vcpu *v;

	if (in_lr(g, vid, intid))
		return;
	if (unlikely(g->held[word] & ~(b->latch | b->active) & bit))
		vgic_end_held(g, intid);
	vid = owner(g, vid, intid);
	if (word)
		move_queue(g, intid, vid);
	if (vid == NO_VCPU)
		return;
	v = &g->v[vid];
	v->ready[word] &= ~bit;
	v->parked[word] &= ~bit;
	if (b->active & bit)
		v->parked[word] |= bit;
	else if (bank_pending(b) & bank_forwarded(g, b) & bit)
		v->ready[word] |= bit;
	else
		return;
	g->dirty |= 1u << vid;
}

void vgic_update_word(struct vgic *g, unsigned int vid, unsigned int word, u32 mask)
{
	for (; mask; mask &= mask - 1)
		vgic_update(g, vid, 32 * word + ctz64(mask));
}

/* Interrupts of a word that are active, pending, or in somebody's sets. Of all others nothing
 * is to be done, which keeps vgic_update_all() short: interrupts are off while it runs. */
static u32 concerned(struct vgic *g, unsigned int vid, unsigned int word)
{
	struct irq_bank *b = bank_of(g, vid, word);
	u32 mask = b->active | bank_pending(b);
	unsigned int n;

	for (n = word ? 0 : vid; n < (word ? g->nr_vcpus : vid + 1); n++)
		mask |= g->v[n].ready[word] | g->v[n].parked[word];
	return mask;
}

void vgic_update_all(struct vgic *g)
{
	unsigned int n;

	for (n = 0; n < g->nr_vcpus; n++)
		vgic_update_word(g, n, 0, concerned(g, n, 0));
	for (n = 1; n < NR_WORDS; n++)
		vgic_update_word(g, 0, n, concerned(g, 0, n));
}

static unsigned int lr_holder(const struct vgic *g, unsigned int vid, u32 intid)
{
	return intid < GIC_NR_PRIVATE ? vid : g->queued[intid - GIC_FIRST_SPI];
}

u32 vgic_recall(struct vgic *g, unsigned int vid, unsigned int word, u32 mask)
{
	u32 elsewhere = 0;

	for (; mask; mask &= mask - 1) {
		u32 intid = 32 * word + ctz64(mask);

		if (!in_lr(g, vid, intid))
			continue;
		if (vgic_is_here(&g->v[lr_holder(g, vid, intid)]))
			vgic_take_back(&g->v[lr_holder(g, vid, intid)], intid);
		else
			elsewhere |= irq_bit(intid);
	}
	return elsewhere;
}

void vgic_ask_holders(struct vgic *g, unsigned int vid, unsigned int word, u32 mask)
{
	for (; mask; mask &= mask - 1) {
		unsigned int n = lr_holder(g, vid, 32 * word + ctz64(mask));

		g->v[n].stale = true;
		g->dirty |= 1u << n;
	}
}

void vgic_drop(struct vgic *g, unsigned int vid, unsigned int word, u32 mask, bool active)
{
	for (; mask; mask &= mask - 1) {
		struct vgic_vcpu *v = &g->v[lr_holder(g, vid, 32 * word + ctz64(mask))];

		*(active ? &v->drop_active[word] : &v->drop_pending[word]) |= mask & -mask;
		v->noted[word] |= mask & -mask;
		if (active)
			v->add_active[word] &= ~(mask & -mask);
	}
}

void vgic_add_active(struct vgic *g, unsigned int vid, unsigned int word, u32 mask)
{
	for (; mask; mask &= mask - 1) {
		struct vgic_vcpu *v = &g->v[lr_holder(g, vid, 32 * word + ctz64(mask))];

		v->add_active[word] |= mask & -mask;
		v->noted[word] |= mask & -mask;
		v->drop_active[word] &= ~(mask & -mask);
	}
}

/* There is one active state for all CPUs (IHI 0069, 4.1.2). */
void vgic_deactivate(struct vgic *g, unsigned int vid, unsigned int word, u32 mask)
{
	struct irq_bank *b = bank_of(g, vid, word);
	u32 elsewhere = vgic_recall(g, vid, word, mask), active = mask & b->active;

	b->active &= ~mask;
	for (; active; active &= active - 1) {
		u32 bit = active & -active, intid = 32 * word + ctz64(active);
		struct vgic_vcpu *v = &g->v[word ? g->s.holder[intid - GIC_FIRST_SPI] : vid];

		if (!(v->running[word] & bit))
			continue;
		vgic_owe(v, word, bit);
		if (v->loaded)
			g->dirty |= 1u << v->id;
	}
	vgic_drop(g, vid, word, elsewhere, true);
	vgic_update_word(g, vid, word, mask);
	vgic_ask_holders(g, vid, word, elsewhere);
}

void vgic_deliver(struct vgic *g)
{
	while (g->dirty) {
		unsigned int n = ctz64(g->dirty);
		struct vgic_vcpu *v = &g->v[n];

		g->dirty &= g->dirty - 1;
		if (vgic_is_here(v)) {
			vgic_flush(v);
			/* Set on this CPU, before the vCPU looks for what is pending: see vcpu_block(). */
			if (!READ_ONCE(v->vcpu->running))
				vcpu_wake(v->vcpu);
		} else if (v->loaded) {
			vcpu_request(v->vcpu, REQ_IRQ);
		} else {
			vcpu_wake(v->vcpu);
		}
	}
}

void vgic_raise(struct vgic *g, unsigned int vid, u32 intid)
{
	if (!in_lr(g, vid, intid)) {
		vgic_update(g, vid, intid);
		return;
	}
	vid = lr_holder(g, vid, intid);
	if (vgic_is_here(&g->v[vid])) {
		vgic_refresh(&g->v[vid], intid);
	} else {
		g->v[vid].again[intid / 32] |= irq_bit(intid);
		g->dirty |= 1u << vid;
	}
}

void vgic_set_level(struct vgic *g, unsigned int vid, u32 intid, bool level)
{
	struct irq_bank *b = bank_of(g, vid, intid / 32);
	u32 bit = irq_bit(intid);

	if (level == !!(b->level & bit))
		return;
	b->level ^= bit;
	/* An edge is remembered; of a level-sensitive interrupt only the level counts. */
	if (level)
		b->latch |= b->edge & bit;
	else if (b->edge & bit)
		return;
	vgic_raise(g, vid, intid);
}
