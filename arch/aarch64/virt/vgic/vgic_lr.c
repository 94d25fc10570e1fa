// SPDX-License-Identifier: Apache-2.0
/*
 * List registers: interrupts in and out of them, one by one. With the lock of the device held
 * and interrupts off. An interrupt that is level-sensitive asks for a maintenance interrupt at
 * its end while its line is up, to become pending again.
 */
#include <asm/sysreg_gic.h>
#include <lodge/gic.h>
#include <lodge/smp.h>
#include "vgic.h"
#include "vgic_hw.h"

#define CNT_CTL_FIRING (CNT_CTL_ENABLE | CNT_CTL_ISTATUS)

bool vgic_is_here(const struct vgic_vcpu *v)
{
	return __atomic_load_n(&v->loaded, __ATOMIC_ACQUIRE) && READ_ONCE(v->cpu) == cpu_id();
}

/* ---- the virtual timer, whose physical interrupt ends with the virtual one ---- */

/* The line of the loaded vCPU's timer. */
static bool timer_line(void)
{
	return (read_sysreg(CNTV_CTL_EL0) & (CNT_CTL_FIRING | CNT_CTL_IMASK)) == CNT_CTL_FIRING;
}

void vgic_timer_release(struct vgic_vcpu *v)
{
	if (!v->hw_held)
		return;
	v->hw_held = v->hw_active = false;
	gic_deactivate(VGIC_IRQ_VTIMER);
}

void vgic_timer_resample(struct vgic_vcpu *v)
{
	u32 bit = irq_bit(VGIC_IRQ_VTIMER);
	struct irq_bank *b = bank_of(v->gic, v->id, 0);

	if (!v->hw_held || v->hw_active || !vgic_is_here(v) || timer_line())
		return;
	if (v->inlr[0] & bit) {
		/* Acknowledged, its end releases it. */
		if (!(hw_lr_read(v->slot_of[VGIC_IRQ_VTIMER]) & ICH_LR_PENDING))
			return;
		vgic_take_back(v, VGIC_IRQ_VTIMER);
	}
	b->level &= ~bit;
	vgic_timer_release(v);
	vgic_update(v->gic, v->id, VGIC_IRQ_VTIMER);
}

/* ---- in ---- */

/*
 * A link has no maintenance interrupt: one that is active and has been set pending by a
 * register, too, goes without. On a GICv2 all do: QEMU's does not look again at a line that is
 * still up when the end of a virtual interrupt deactivates the physical one.
 */
static bool is_linked(struct vgic_vcpu *v, const struct irq_bank *b)
{
	u32 bit = irq_bit(VGIC_IRQ_VTIMER);

	if (v->hw_active && (b->latch & bit))
		vgic_timer_release(v);
	return !v->gic->v2 && v->hw_held && (v->hw_active || !(b->active & bit));
}

static u64 take_timer(struct vgic_vcpu *v, struct irq_bank *b, struct lr_slot *slot)
{
	u32 bit = irq_bit(VGIC_IRQ_VTIMER);
	u64 lr = ICH_LR_HW | (u64)VGIC_IRQ_VTIMER << ICH_LR_PINTID;

	slot->hw = true;
	if (b->active & bit) {
		b->active &= ~bit;
		return lr | ICH_LR_ACTIVE;
	}
	slot->soft = b->latch & bit;
	b->latch &= ~bit;
	return lr | ICH_LR_PENDING;
}

/* An SGI of a GICv2 is pending once for each CPU that has sent it; one goes first. */
static u64 take_v2_sgi(struct vgic_vcpu *v, struct irq_bank *b, u32 intid, struct lr_slot *slot)
{
	struct vgic_cpu_state *c = &v->gic->s.cpu[v->id];
	u32 bit = irq_bit(intid);
	u64 lr;

	if (b->active & bit) {
		b->active &= ~bit;
		lr = ICH_LR_ACTIVE | (u64)c->active_source[intid] << LR_SOURCE;
	} else {
		unsigned int source = ctz64(c->source[intid]);

		c->source[intid] &= (u8)(c->source[intid] - 1);
		lr = ICH_LR_PENDING | (u64)source << LR_SOURCE;
	}
	if (!c->source[intid])
		b->latch &= ~bit;
	return lr | (b->latch & bit ? ICH_LR_EOI : 0);
}

/*
 * One of the host's that is kept. Where it can be linked its end needs no exit, and the host's ends with
 * it; else the maintenance interrupt tells of it (see is_linked(), and no link can be active and
 * pending).
 */
static u64 take_held(struct vgic_vcpu *v, struct irq_bank *b, u32 intid, struct lr_slot *slot)
{
	struct vgic *g = v->gic;
	u32 bit = irq_bit(intid);
	u64 lr;

	if (b->active & bit) {
		slot->hw = !g->v2 && (g->held_active[intid / 32] & ~b->latch & bit);
		b->active &= ~bit;
		lr = ICH_LR_ACTIVE;
	} else {
		slot->hw = !g->v2;
		slot->soft = true;
		b->latch &= ~bit;
		lr = ICH_LR_PENDING;
	}
	if (!slot->hw)
		return lr | ICH_LR_EOI;
	return lr | ICH_LR_HW | (u64)g->host[intid - GIC_FIRST_SPI] << ICH_LR_PINTID;
}

static u64 take(struct vgic_vcpu *v, struct irq_bank *b, u32 intid, struct lr_slot *slot)
{
	u32 bit = irq_bit(intid), pending = bank_pending(b) & bit;
	u64 lr = 0;

	if (b->active & bit) {
		b->active &= ~bit;
		lr = ICH_LR_ACTIVE;
		/*
		 * No level-sensitive one is both there. When it ends, another vCPU may be who
		 * is next, or another interrupt that found no list register.
		 */
		if (!(b->edge & bit) || v->spilled ||
		    (intid >= GIC_FIRST_SPI && vgic_target(v->gic, intid) != v->id))
			return lr | (pending ? ICH_LR_EOI : 0);
	}
	if (pending && (bank_forwarded(v->gic, b) & bit)) {
		lr |= ICH_LR_PENDING;
		slot->soft = b->latch & bit;
		b->latch &= ~bit;
		if (b->level & ~b->edge & bit)
			lr |= ICH_LR_EOI;
	}
	return lr;
}

void vgic_place(struct vgic_vcpu *v, unsigned int i, u32 intid)
{
	struct irq_bank *b = bank_of(v->gic, v->id, intid / 32);
	struct lr_slot *slot = &v->slot[i];
	u32 bit = irq_bit(intid), word = intid / 32;
	u8 priority = b->priority[intid % 32];
	u64 lr;

	*slot = (struct lr_slot){ .intid = (u8)intid };
	if (intid == VGIC_IRQ_VTIMER && is_linked(v, b))
		lr = take_timer(v, b, slot);
	else if (unlikely(v->gic->v2 && intid < GIC_NR_SGIS))
		lr = take_v2_sgi(v, b, intid, slot);
	else if (unlikely(v->gic->held[word] & bit))
		lr = take_held(v, b, intid, slot);
	else
		lr = take(v, b, intid, slot);
	/*
	 * An end finds its list register by the priority that it drops, which is that of the
	 * acknowledgement whatever the guest has written since (IHI 0069, ICV_EOIR1_EL1).
	 */
	if ((lr & ICH_LR_ACTIVE) && (v->running[word] & bit))
		priority = v->ran_at[intid];
	lr |= intid | (u64)priority << ICH_LR_PRIORITY;
	if (b->group & bit)
		lr |= ICH_LR_GROUP1;
	hw_lr_write(i, lr);
	slot->placed = (u8)(lr >> LR_STATE);
	/* Its end finds it here. */
	if (lr & ICH_LR_ACTIVE)
		v->owed[word] &= ~bit;
	v->used |= 1u << i;
	v->inlr[word] |= bit;
	v->slot_of[intid] = (u8)i;
	v->ready[word] &= ~bit;
	v->parked[word] &= ~bit;
}

/* ---- out ---- */

static void fold_timer(struct vgic_vcpu *v, struct irq_bank *b, u64 lr)
{
	u32 bit = irq_bit(VGIC_IRQ_VTIMER);

	if (lr & ICH_LR_PENDING)
		return; /* its line still counts as up */
	/* Acknowledged: if its line is up again when both end, it will say so by itself. */
	b->level &= ~bit;
	v->hw_active = lr & ICH_LR_ACTIVE;
	v->hw_held = v->hw_active;
}

/* The host's ended with the guest's, unless it has come again since. */
static void fold_held(struct vgic *g, u32 intid, u64 lr)
{
	u32 bit = irq_bit(intid), word = intid / 32;

	if (!(lr & (ICH_LR_PENDING | ICH_LR_ACTIVE)) && !(g->came_again[word] & bit))
		g->held[word] &= ~bit;
	g->came_again[word] &= ~bit;
	g->held_active[word] &= ~bit;
	if (lr & ICH_LR_ACTIVE)
		g->held_active[word] |= bit;
}

void vgic_note_running(struct vgic_vcpu *v, const struct lr_slot *slot, u64 lr)
{
	u32 bit = irq_bit(slot->intid), word = slot->intid / 32;
	u64 state = lr & (ICH_LR_PENDING | ICH_LR_ACTIVE);

	if ((slot->placed & LR_STATE_PENDING) && state == ICH_LR_ACTIVE) {
		v->running[word] |= bit;
		v->ran_at[slot->intid] = LR_PRIORITY_OF(lr);
	} else if ((slot->placed & LR_STATE_ACTIVE) && !(state & ICH_LR_ACTIVE)) {
		v->running[word] &= ~bit;
	}
}

/* What other CPUs have asked for meanwhile: the list register as it is to be. */
static u64 apply_notes(struct vgic_vcpu *v, u32 intid, u64 lr)
{
	u32 bit = irq_bit(intid), word = intid / 32;

	if (v->drop_pending[word] & bit)
		lr &= ~ICH_LR_PENDING;
	if (v->drop_active[word] & bit) {
		if ((lr & ICH_LR_ACTIVE) && (v->running[word] & bit))
			vgic_owe(v, word, bit);
		lr &= ~ICH_LR_ACTIVE;
	}
	if (v->add_active[word] & bit)
		lr |= ICH_LR_ACTIVE;
	v->drop_pending[word] &= ~bit;
	v->drop_active[word] &= ~bit;
	v->add_active[word] &= ~bit;
	v->noted[word] &= ~bit;
	return lr;
}

void vgic_fold(struct vgic_vcpu *v, unsigned int i, u64 lr)
{
	const struct lr_slot *slot = &v->slot[i];
	u32 intid = slot->intid, bit = irq_bit(intid), word = intid / 32;
	struct irq_bank *b = bank_of(v->gic, v->id, word);
	struct vgic_cpu_state *c = &v->gic->s.cpu[v->id];
	unsigned int source = (unsigned int)(lr >> LR_SOURCE) & 7;

	v->used &= ~(1u << i);
	v->inlr[word] &= ~bit;
	if (slot->hw && word)
		fold_held(v->gic, intid, lr);
	else if (slot->hw)
		fold_timer(v, b, lr);
	vgic_note_running(v, slot, lr);
	if (unlikely(v->noted[word] & bit))
		lr = apply_notes(v, intid, lr);
	if (slot->hw && !word && v->hw_active && !(lr & ICH_LR_ACTIVE))
		vgic_timer_release(v);
	if (lr & ICH_LR_PENDING) {
		if (v->gic->v2 && intid < GIC_NR_SGIS)
			c->source[intid] |= (u8)(1u << source);
		if ((b->edge & bit) || slot->soft)
			b->latch |= bit;
	}
	if (lr & ICH_LR_ACTIVE) {
		b->active |= bit;
		if (word)
			v->gic->s.holder[intid - GIC_FIRST_SPI] = (u8)v->id;
		else if (intid < GIC_NR_SGIS)
			c->active_source[intid] = (u8)source;
	}
	vgic_update(v->gic, v->id, intid);
}

void vgic_fold_all(struct vgic_vcpu *v)
{
	u32 used = v->used;

	for (; used; used &= used - 1) {
		unsigned int i = ctz64(used);

		vgic_fold(v, i, hw_lr_read(i));
	}
}

void vgic_take_back(struct vgic_vcpu *v, u32 intid)
{
	unsigned int i = v->slot_of[intid];

	vgic_fold(v, i, hw_lr_read(i));
	hw_lr_write(i, 0);
}

void vgic_refresh(struct vgic_vcpu *v, u32 intid)
{
	unsigned int i = v->slot_of[intid], word = intid / 32;
	u32 bit = irq_bit(intid);

	vgic_fold(v, i, hw_lr_read(i));
	if ((v->ready[word] | v->parked[word]) & bit)
		vgic_place(v, i, intid);
	else
		hw_lr_write(i, 0);
}

/* List registers whose interrupts have ended are free again. */
static void reap(struct vgic_vcpu *v)
{
	u32 used = v->used;

	for (; used; used &= used - 1) {
		unsigned int i = ctz64(used);
		u64 lr = hw_lr_read(i);

		if (lr & (ICH_LR_PENDING | ICH_LR_ACTIVE))
			continue;
		vgic_fold(v, i, lr);
		hw_lr_write(i, 0);
	}
}

/* False when there are more than list registers. */
static bool place_all(struct vgic_vcpu *v)
{
	unsigned int word;

	for (word = 0; word < NR_WORDS; word++) {
		u32 mask = v->ready[word] | v->parked[word];

		for (; mask; mask &= mask - 1) {
			u32 free = vgic_lr_mask & ~v->used;

			if (!free)
				return false;
			vgic_place(v, ctz64(free), 32 * word + ctz64(mask));
		}
	}
	return true;
}

void vgic_flush(struct vgic_vcpu *v)
{
	if (likely(!v->spilled)) {
		if (likely(place_all(v)))
			return;
		reap(v);
		if (place_all(v))
			return;
	}
	vgic_refill(v);
}

void vgic_peek(struct vgic_vcpu *v, unsigned int vid, unsigned int word, u32 *pending, u32 *active)
{
	const struct irq_bank *b = bank_of(v->gic, vid, word);
	u32 used = vgic_is_here(v) && (word || vid == v->id) ? v->used : 0;

	*pending = bank_pending(b);
	*active = b->active;
	/*
	 * The timer's line as it is: nobody tells of it while its interrupt is held, nor before the
	 * host has taken that, which it does not while it emulates what the guest reads.
	 */
	if (!word && vid == v->id && vgic_is_here(v)) {
		*pending &= ~irq_bit(VGIC_IRQ_VTIMER) | b->latch;
		if (timer_line())
			*pending |= irq_bit(VGIC_IRQ_VTIMER);
	}
	for (; used; used &= used - 1) {
		unsigned int i = ctz64(used);
		u32 bit = irq_bit(v->slot[i].intid);
		u64 lr;

		if (v->slot[i].intid / 32 != word)
			continue;
		lr = hw_lr_read(i);
		if (lr & ICH_LR_PENDING)
			*pending |= bit;
		if (lr & ICH_LR_ACTIVE)
			*active |= bit;
	}
}
