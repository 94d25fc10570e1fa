// SPDX-License-Identifier: Apache-2.0
/*
 * When a vCPU has more interrupts than list registers. Then the best are chosen, and the
 * hardware is asked to say when there is room, or when the guest ends one that is not in any.
 */
#include <lodge/string.h>
#include "vgic.h"
#include "vgic_hw.h"

#define NOT_FOUND     (~0u)
#define LOWEST	      0x200u
#define GROUP_IS_OFF  0x100u /* behind all others */
#define EOICOUNT(hcr) ((hcr) >> ICH_HCR_EOICOUNT & 0x1f)
#define BOTH_GROUPS   (ICH_VMCR_VENG0 | ICH_VMCR_VENG1)

/*
 * The first interrupt of @set by priority, then by number; what the CPU interface, which
 * has @vmcr, does not let through comes last. Those of @active have the priorities of their
 * acknowledgements.
 */
static u32 best(struct vgic_vcpu *v, const u32 *set, bool active, u32 vmcr)
{
	unsigned int word, rank = LOWEST;
	u32 found = NOT_FOUND, mask;

	for (word = 0; word < NR_WORDS; word++) {
		const struct irq_bank *b;
		u32 running;

		mask = set[word];
		if (!mask)
			continue;
		b = bank_of(v->gic, v->id, word);
		running = active ? v->running[word] : 0;
		for (; mask; mask &= mask - 1) {
			unsigned int n = ctz64(mask), r = b->priority[n];

			if (running >> n & 1)
				r = v->ran_at[32 * word + n];
			if (!(vmcr & (b->group >> n & 1 ? ICH_VMCR_VENG1 : ICH_VMCR_VENG0)))
				r |= GROUP_IS_OFF;
			if (r < rank) {
				rank = r;
				found = 32 * word + n;
			}
		}
	}
	return found;
}

/*
 * Of those that the guest has ended without their being active in a list register, the one that
 * it must have meant: its CPU drops the highest active priority (IHI 0069, ICH_HCR_EL2.EOIcount).
 */
static void end_one(struct vgic_vcpu *v)
{
	u32 set[NR_WORDS], intid, word;

	for (word = 0; word < NR_WORDS; word++)
		set[word] = v->parked[word] | v->owed[word];
	intid = best(v, set, true, ~0u);
	if (intid == NOT_FOUND)
		return;
	word = intid / 32;
	v->owed[word] &= ~irq_bit(intid);
	v->running[word] &= ~irq_bit(intid);
	vgic_deactivate(v->gic, v->id, word, irq_bit(intid));
	if (intid == VGIC_IRQ_VTIMER && v->hw_active)
		vgic_timer_release(v);
}

static __noinline void count_eois(struct vgic_vcpu *v)
{
	unsigned int n;

	n = EOICOUNT(hw_hcr_read());
	if (!n)
		return;
	hw_hcr_write(v->hcr);
	/* With EOImode 1 an end only drops the priority; vgic_dir() is told what is deactivated. */
	if ((vgic_hcr & ICH_HCR_TDIR) && (hw_vmcr_read() & ICH_VMCR_VEOIM))
		return;
	while (n--)
		end_one(v);
}

void vgic_count_eois(struct vgic_vcpu *v)
{
	if (unlikely(v->hcr & ICH_HCR_LRENPIE))
		count_eois(v);
}

static bool any(const u32 *set)
{
	return set[0] | set[1] | set[2] | set[3];
}

/* All that should be in list registers, with none in use. */
static unsigned int count(const struct vgic_vcpu *v)
{
	unsigned int word, n = 0;

	for (word = 0; word < NR_WORDS; word++)
		n += popcount64(v->ready[word]) + popcount64(v->parked[word]);
	return n;
}

/* What the maintenance interrupt is to tell, for those that found no list register. */
static u32 wanted_hcr(struct vgic_vcpu *v, u32 vmcr)
{
	u32 hcr = vgic_hcr;

	if (any(v->parked) || v->owing)
		hcr |= ICH_HCR_LRENPIE;
	if (any(v->ready)) {
		hcr |= ICH_HCR_NPIE;
		/*
		 * When one group of two goes off, the other's come first; when the only one does,
		 * nothing is left to be told. (QEMU 7.2 raises VGrp0D while group 1 is off.)
		 */
		if ((vmcr & BOTH_GROUPS) == BOTH_GROUPS)
			hcr |= ICH_HCR_VGRP0DIE | ICH_HCR_VGRP1DIE;
		if (!(vmcr & ICH_VMCR_VENG0))
			hcr |= ICH_HCR_VGRP0EIE;
		if (!(vmcr & ICH_VMCR_VENG1))
			hcr |= ICH_HCR_VGRP1EIE;
	}
	return hcr;
}

/* The next for a list register: something to acknowledge, so that it goes on; then what
 * can be ended; then the rest. */
static u32 next(struct vgic_vcpu *v, bool first, u32 vmcr)
{
	u32 intid = NOT_FOUND;

	if (!first)
		intid = best(v, v->parked, true, ~0u);
	if (intid == NOT_FOUND)
		intid = best(v, v->ready, false, vmcr);
	if (intid == NOT_FOUND)
		intid = best(v, v->parked, true, ~0u);
	return intid;
}

/* What others have asked for is seen to. */
static void forget_requests(struct vgic_vcpu *v)
{
	unsigned int word;

	for (word = 0; word < NR_WORDS; word++)
		v->again[word] = 0;
	v->stale = false;
}

/*
 * A software interrupt that has ended is sent once more: its list register is as it was when it was
 * placed there, and nothing but that it is pending has changed since. False if it is not as simple.
 */
static bool resend(struct vgic_vcpu *v, u32 intid)
{
	struct irq_bank *b = bank_of(v->gic, v->id, 0);
	u32 bit = irq_bit(intid);
	unsigned int i = v->slot_of[intid];
	u64 lr;

	if (v->gic->v2 || intid >= GIC_NR_SGIS ||
	    !(v->inlr[0] & b->latch & bank_forwarded(v->gic, b) & ~v->noted[0] & bit))
		return false;
	lr = hw_lr_read(i);
	if (lr & (ICH_LR_ACTIVE | ICH_LR_PENDING | ICH_LR_EOI))
		return false;
	b->latch &= ~bit;
	hw_lr_write(i, lr | ICH_LR_PENDING);
	/* It may have been acknowledged and ended before. */
	v->slot[i].placed = LR_STATE_PENDING | LR_STATE_ACTIVE;
	return true;
}

static void send_again(struct vgic_vcpu *v, unsigned int word)
{
	u32 mask = v->again[word];

	v->again[word] = 0;
	for (; mask; mask &= mask - 1) {
		u32 intid = 32 * word + ctz64(mask);

		if (!resend(v, intid) && v->inlr[word] & irq_bit(intid))
			vgic_refresh(v, intid);
	}
}

void vgic_catch_up(struct vgic_vcpu *v)
{
	unsigned int word;

	if (unlikely(v->stale || v->spilled)) {
		vgic_refill(v);
		return;
	}
	vgic_timer_resample(v);
	send_again(v, 0);
	if (unlikely(v->again[1] | v->again[2] | v->again[3]))
		for (word = 1; word < NR_WORDS; word++)
			send_again(v, word);
	v->gic->dirty &= ~(1u << v->id);
	if (vgic_has_more(v))
		vgic_flush(v);
}

void vgic_refill(struct vgic_vcpu *v)
{
	u32 vmcr = hw_vmcr_read(), before = v->used, intid, hcr;
	unsigned int i;

	vgic_count_eois(v);
	vgic_fold_all(v);
	vgic_timer_resample(v);
	forget_requests(v);
	v->owing = any(v->owed);
	v->spilled = v->owing || count(v) > popcount64(vgic_lr_mask);
	for (i = 0; vgic_lr_mask >> i & 1; i++) {
		intid = next(v, i == 0, vmcr);
		if (intid == NOT_FOUND)
			break;
		vgic_place(v, i, intid);
	}
	for (; vgic_lr_mask >> i & 1; i++)
		if (before >> i & 1)
			hw_lr_write(i, 0);
	hcr = wanted_hcr(v, vmcr);
	if (hcr != v->hcr) {
		v->hcr = hcr;
		hw_hcr_write(hcr);
	}
	/* What it folded is in a list register again, or waits for one. */
	v->gic->dirty &= ~(1u << v->id);
}
