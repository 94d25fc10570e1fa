// SPDX-License-Identifier: Apache-2.0
/*
 * Pending interrupts and those in service (APM vol. 2, 16.6). A vector's upper four bits are
 * its priority; what is not above the processor's waits.
 */
#include <lodge/vcpu.h>
#include "vlapic.h"

/* The highest vector in @set, whose non-zero words are @words, which is not 0; 0, which is no
 * vector, if it has just gone. */
static unsigned int highest(const u32 *set, u8 words)
{
	unsigned int w = 31 - (unsigned int)__builtin_clz(words);
	u32 bits = READ_ONCE(set[w]);

	return bits ? 32 * w + 31 - (unsigned int)__builtin_clz(bits) : 0;
}

static void update_ppr(struct vlapic *l)
{
	unsigned int isrv = l->isr_words ? highest(l->s.isr, l->isr_words) : 0;

	WRITE_ONCE(l->ppr, (u8)((l->s.tpr & 0xf0) >= (isrv & 0xf0) ? l->s.tpr : isrv & 0xf0));
}

static u8 words_of(const u32 *set)
{
	unsigned int w;
	u8 words = 0;

	for (w = 0; w < 8; w++)
		words |= (u8)((set[w] != 0) << w);
	return words;
}

void vlapic_recompute(struct vlapic *l)
{
	WRITE_ONCE(l->irr_words, words_of(l->s.irr));
	l->isr_words = words_of(l->s.isr);
	update_ppr(l);
}

int vlapic_pending(const struct vlapic *l)
{
	u8 words = READ_ONCE(l->irr_words);
	unsigned int vector;

	if (likely(!words))
		return -1;
	vector = highest(l->s.irr, words);
	return vector >> 4 > READ_ONCE(l->ppr) >> 4 ? (int)vector : -1;
}

void vlapic_pend(struct vlapic *l, u8 vector, bool level)
{
	u32 bit = 1u << (vector & 31), *tmr = &l->s.tmr[vector >> 5];

	WRITE_ONCE(*tmr, level ? *tmr | bit : *tmr & ~bit);
	if (l->s.irr[vector >> 5] & bit)
		return;
	WRITE_ONCE(l->s.irr[vector >> 5], l->s.irr[vector >> 5] | bit);
	WRITE_ONCE(l->irr_words, (u8)(l->irr_words | 1u << (vector >> 5)));
	vcpu_request(l->vcpu, REQ_IRQ);
}

/* ---- who waits for an interrupt to be taken ---- */

static u8 error_vector(const struct vlapic *l)
{
	return (u8)l->s.lvt[LVT_ERROR];
}

void vlapic_watch(struct vlapic *l, u8 vector)
{
	if (vector != WATCH_NMI && vector < 16)
		vector = error_vector(l);
	l->watch[vector >> 5] |= 1u << (vector & 31);
}

bool vlapic_is_pending(const struct vlapic *l, u8 vector)
{
	if (vector < 16) {
		if (!(l->s.esr_next & ESR_RECEIVE_ILLEGAL))
			return false;
		vector = error_vector(l);
		if ((l->s.lvt[LVT_ERROR] & APIC_LVT_MASKED) || vector < 16)
			return true;
	}
	return l->s.irr[vector >> 5] >> (vector & 31) & 1;
}

/* @vector is no longer pending. True if that was watched for; then vioapic_retry() is next. */
static bool is_taken(struct vlapic *l, u8 vector)
{
	u32 bit = 1u << (vector & 31);

	if (likely(!(l->watch[vector >> 5] & bit)))
		return false;
	l->watch[vector >> 5] &= ~bit;
	vlapic_timer_retry(l);
	return true;
}

void vlapic_nmi_taken(struct vlapic *l)
{
	bool watched;

	spin_lock(&l->lock);
	watched = is_taken(l, WATCH_NMI);
	spin_unlock(&l->lock);
	if (watched)
		vioapic_retry(l->vcpu->vm);
}

/* ---- errors, and interrupts in and out ---- */

void vlapic_error(struct vlapic *l, u32 bit)
{
	u32 lvt = l->s.lvt[LVT_ERROR];

	l->s.esr_next |= bit;
	/* Not through vlapic_receive(): a bad vector here must not be an error again. */
	if (!(lvt & APIC_LVT_MASKED) && (lvt & 0xff) >= 16)
		vlapic_pend(l, (u8)lvt, false);
}

void vlapic_receive(struct vlapic *l, u8 vector, bool level)
{
	unsigned long flags = spin_lock_irqsave(&l->lock);

	if (vector < 16)
		vlapic_error(l, ESR_RECEIVE_ILLEGAL);
	else
		vlapic_pend(l, vector, level);
	spin_unlock_irqrestore(&l->lock, flags);
}

/* From IRR to ISR; @l is locked. */
static bool move_to_service(struct vlapic *l, u8 vector)
{
	u32 bit = 1u << (vector & 31), *irr = &l->s.irr[vector >> 5];

	WRITE_ONCE(*irr, *irr & ~bit);
	if (!*irr)
		WRITE_ONCE(l->irr_words, (u8)(l->irr_words & ~(1u << (vector >> 5))));
	l->s.isr[vector >> 5] |= bit;
	l->isr_words |= (u8)(1u << (vector >> 5));
	update_ppr(l);
	return is_taken(l, vector);
}

int vlapic_accept(struct vlapic *l)
{
	bool watched = false;
	int vector;

	spin_lock(&l->lock);
	vector = vlapic_pending(l);
	if (likely(vector >= 0))
		watched = move_to_service(l, (u8)vector);
	spin_unlock(&l->lock);
	if (unlikely(watched))
		vioapic_retry(l->vcpu->vm);
	return vector;
}

bool vlapic_has_pending(const struct vlapic *l)
{
	return READ_ONCE(l->irr_words) != 0;
}

bool vlapic_ends_alone(const struct vlapic *l, u8 vector)
{
	return !(READ_ONCE(l->s.tmr[vector >> 5]) >> (vector & 31) & 1) && !vlapic_has_pending(l);
}

void vlapic_take_back(struct vlapic *l, u8 vector)
{
	unsigned int w = vector >> 5;
	u32 bit = 1u << (vector & 31);

	spin_lock(&l->lock);
	l->s.isr[w] &= ~bit;
	if (!l->s.isr[w])
		l->isr_words &= (u8) ~(1u << w);
	WRITE_ONCE(l->s.irr[w], l->s.irr[w] | bit);
	WRITE_ONCE(l->irr_words, (u8)(l->irr_words | 1u << w));
	update_ppr(l);
	spin_unlock(&l->lock);
}

/* The highest in service is over; the IOAPIC hears of it if it was level-triggered. */
void vlapic_eoi(struct vlapic *l)
{
	unsigned int vector, w;
	bool level;
	u32 bit;

	spin_lock(&l->lock);
	if (!l->isr_words) {
		spin_unlock(&l->lock);
		return;
	}
	vector = highest(l->s.isr, l->isr_words);
	w = vector >> 5;
	bit = 1u << (vector & 31);
	l->s.isr[w] &= ~bit;
	if (!l->s.isr[w])
		l->isr_words &= (u8) ~(1u << w);
	level = l->s.tmr[w] & bit;
	update_ppr(l);
	spin_unlock(&l->lock);
	if (level)
		vioapic_eoi(l->vcpu->vm, (u8)vector);
}

void vlapic_set_cr8(struct vlapic *l, u64 cr8)
{
	u32 tpr = (u32)(cr8 & 0xf) << 4;

	if (tpr == l->s.tpr)
		return;
	spin_lock(&l->lock);
	l->s.tpr = tpr;
	update_ppr(l);
	spin_unlock(&l->lock);
	x86_set_tpr(l->vcpu, tpr);
}
