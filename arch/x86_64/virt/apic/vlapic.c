// SPDX-License-Identifier: Apache-2.0
/*
 * Registers of the guest's local APIC (APM vol. 2, 16.3), by offset in its page; x2APIC mode
 * has the same ones as MSRs, and is stricter (16.11).
 */
#include <lodge/nospec.h>
#include <lodge/string.h>
#include <lodge/vcpu.h>
#include "vlapic.h"

/* Version 0x10 with as many LVT entries as there are, and no extended registers. */
#define VERSION (0x10u | (NR_LVT - 1) << 16)

#define SVR_VALID	0x1ffu /* vector and enable */
#define DFR_ONES	0x0fffffffu
#define LDR_VALID	0xff000000u
#define TIMER_DIV_VALID 0xbu
#define ICR_VALID	0x000ccfffu /* of the low half; the delivery status is read-only */

/* What can be written of each LVT entry. */
static const u32 lvt_valid[NR_LVT] = {
	[LVT_TIMER] = 0xff | APIC_LVT_MASKED | APIC_TIMER_MODE_MASK,
	[LVT_THERM] = 0x7ff | APIC_LVT_MASKED,
	[LVT_PERF] = 0x7ff | APIC_LVT_MASKED,
	[LVT_LINT0] = 0x7ff | APIC_LVT_MASKED | APIC_LVT_LEVEL | BIT(13),
	[LVT_LINT1] = 0x7ff | APIC_LVT_MASKED | APIC_LVT_LEVEL | BIT(13),
	[LVT_ERROR] = 0xff | APIC_LVT_MASKED,
};

static unsigned int lvt_index(u64 off)
{
	return (unsigned int)index_nospec((off - APIC_LVT_TIMER) >> 4, NR_LVT);
}

u32 vlapic_ldr(const struct vlapic *l)
{
	u32 id = l->vcpu->id;

	return vlapic_is_x2apic(l) ? id >> 4 << 16 | 1u << (id & 15) : READ_ONCE(l->s.ldr);
}

/* ---- reset ---- */

void vlapic_clear(struct vlapic *l)
{
	unsigned int i;

	timer_cancel(&l->timer);
	l->timer_due = 0;
	l->timer_waits = false;
	/* APIC_BASE stays, at every moment: senders look whether the APIC is on. */
	memset(&l->s.icr, 0, sizeof(l->s) - offsetof(struct vlapic_state, icr));
	WRITE_ONCE(l->s.dfr, ~0u);
	WRITE_ONCE(l->s.svr, 0xff);
	for (i = 0; i < NR_LVT; i++)
		l->s.lvt[i] = APIC_LVT_MASKED;
	vlapic_recompute(l);
}

/* ---- reading ---- */

/*
 * An access to no register, with @l locked. One by an MSR is #GP, and no error besides (Intel SDM vol. 3,
 * 11.12.8 "Error Handling in x2APIC Mode").
 */
static void no_register(struct vlapic *l)
{
	if (!vlapic_is_x2apic(l))
		vlapic_error(l, ESR_REGISTER);
}

static u32 set_word(const u32 *set, u64 off)
{
	return READ_ONCE(set[index_wrap_nospec(off >> 4, 8)]);
}

bool vlapic_reg_read(struct vlapic *l, u64 off, u32 *val)
{
	switch (off) {
	case APIC_ID:
		*val = vlapic_is_x2apic(l) ? l->vcpu->id : l->vcpu->id << 24;
		return true;
	case APIC_VERSION:
		*val = VERSION;
		return true;
	case APIC_TPR:
		*val = l->s.tpr;
		return true;
	case APIC_PPR:
		*val = l->ppr;
		return true;
	case APIC_LDR:
		*val = vlapic_ldr(l);
		return true;
	case APIC_DFR:
		*val = l->s.dfr;
		return true;
	case APIC_SVR:
		*val = l->s.svr;
		return true;
	case APIC_ISR ... APIC_ISR + 0x70:
		*val = set_word(l->s.isr, off);
		return true;
	case APIC_TMR ... APIC_TMR + 0x70:
		*val = set_word(l->s.tmr, off);
		return true;
	case APIC_IRR ... APIC_IRR + 0x70:
		*val = set_word(l->s.irr, off);
		return true;
	case APIC_ESR:
		*val = l->s.esr;
		return true;
	case APIC_ICR:
		*val = (u32)l->s.icr;
		return true;
	case APIC_ICR_HIGH:
		*val = l->s.icr >> 32;
		return true;
	case APIC_LVT_TIMER ... APIC_LVT_ERROR:
		*val = l->s.lvt[lvt_index(off)];
		return true;
	case APIC_TIMER_INIT:
		*val = l->s.timer_init;
		return true;
	case APIC_TIMER_COUNT:
		*val = vlapic_timer_count(l);
		return true;
	case APIC_TIMER_DIV:
		*val = l->s.timer_div;
		return true;
	case APIC_APR:
		*val = l->s.tpr; /* there is no bus to arbitrate for */
		return true;
	}
	*val = 0;
	spin_lock(&l->lock);
	no_register(l);
	spin_unlock(&l->lock);
	return false;
}

/* ---- writing ---- */

/* Disabled by software, all of the LVT is masked and stays so (APM vol. 2, 16.4.7). */
static void set_svr(struct vlapic *l, u32 val)
{
	unsigned int i;

	WRITE_ONCE(l->s.svr, val & SVR_VALID);
	if (vlapic_enabled(l))
		return;
	vlapic_timer_set_lvt(l, l->s.lvt[LVT_TIMER] | APIC_LVT_MASKED);
	for (i = 0; i < NR_LVT; i++)
		l->s.lvt[i] |= APIC_LVT_MASKED;
}

static void set_lvt(struct vlapic *l, unsigned int i, u32 val)
{
	val &= lvt_valid[i];
	if (!vlapic_enabled(l))
		val |= APIC_LVT_MASKED;
	if (i == LVT_TIMER)
		vlapic_timer_set_lvt(l, val);
	else
		l->s.lvt[i] = val;
	if (i == LVT_ERROR)
		vlapic_timer_retry(l);
}

/* What can be written without effects beyond the register's own; @l is locked. */
static bool write_locked(struct vlapic *l, u64 off, u32 val)
{
	switch (off) {
	case APIC_TPR:
		l->s.tpr = val & 0xff;
		vlapic_recompute(l);
		x86_set_tpr(l->vcpu, l->s.tpr);
		return true;
	case APIC_LDR:
		WRITE_ONCE(l->s.ldr, val & LDR_VALID);
		return true;
	case APIC_DFR:
		WRITE_ONCE(l->s.dfr, val | DFR_ONES);
		return true;
	case APIC_SVR:
		set_svr(l, val);
		return true;
	case APIC_ESR:
		l->s.esr = l->s.esr_next;
		l->s.esr_next = 0;
		vlapic_timer_retry(l);
		return true;
	case APIC_ICR_HIGH:
		l->s.icr = (u32)l->s.icr | (u64)(val & 0xff000000u) << 32;
		return true;
	case APIC_LVT_TIMER ... APIC_LVT_ERROR:
		set_lvt(l, lvt_index(off), val);
		return true;
	case APIC_TIMER_INIT:
		vlapic_timer_set_count(l, val);
		return true;
	case APIC_TIMER_DIV:
		vlapic_timer_set_divider(l, val & TIMER_DIV_VALID);
		return true;
	}
	no_register(l);
	return false;
}

/* What x2APIC mode lets a register's value be (APM vol. 2, 16.11.1): no reserved bit. */
static u32 writable_bits(u64 off)
{
	switch (off) {
	case APIC_TPR:
		return 0xff;
	case APIC_EOI:
	case APIC_ESR:
		return 0;
	case APIC_SVR:
		return SVR_VALID;
	case APIC_LVT_TIMER ... APIC_LVT_ERROR:
		return lvt_valid[lvt_index(off)] | APIC_LVT_PENDING;
	case APIC_TIMER_DIV:
		return TIMER_DIV_VALID;
	default:
		return ~0u;
	}
}

/* Messages that nobody took, or that were errors, may be taken from now on. */
static bool changes_delivery(u64 off)
{
	return off == APIC_SVR || off == APIC_LDR || off == APIC_DFR || off == APIC_ESR ||
	       off == APIC_LVT_ERROR;
}

bool vlapic_reg_write(struct vlapic *l, u64 off, u32 val, bool strict)
{
	u64 icr;
	bool ok;

	if (strict && (val & ~writable_bits(off)))
		return false;
	if (off == APIC_EOI) {
		vlapic_eoi(l);
		return true;
	}
	if (off == APIC_ICR) {
		spin_lock(&l->lock);
		icr = l->s.icr = (l->s.icr & ~(u64)0xffffffff) | (val & ICR_VALID);
		spin_unlock(&l->lock);
		vlapic_send(l, icr);
		return true;
	}
	spin_lock(&l->lock);
	ok = write_locked(l, off, val);
	spin_unlock(&l->lock);
	if (unlikely(changes_delivery(off)))
		vioapic_retry(l->vcpu->vm);
	return ok;
}
