// SPDX-License-Identifier: Apache-2.0
/*
 * Registers that have a bit, a byte or a field for each interrupt. They are the same in a
 * distributor and in a redistributor, for shared and for private interrupts.
 */
#include "vgic.h"

u32 vgic_bits_read(struct vgic_vcpu *v, unsigned int vid, unsigned int word, enum bit_reg reg)
{
	const struct irq_bank *b = bank_of(v->gic, vid, word);
	u32 pending, active;

	switch (reg) {
	case REG_GROUP:
		return b->group;
	case REG_SET_ENABLE:
	case REG_CLEAR_ENABLE:
		return b->enabled;
	default:
		break;
	}
	if (unlikely(v->hw_held) && vid == v->id && !word) {
		spin_lock(&v->gic->vdev.lock);
		vgic_timer_resample(v);
		vgic_deliver(v->gic);
		spin_unlock(&v->gic->vdev.lock);
	}
	vgic_peek(v, vid, word, &pending, &active);
	return reg >= REG_SET_ACTIVE ? active : pending;
}

/*
 * SGIs of a GICv2 are not made pending by these registers (IHI 0048B, 4.3.7), and are always enabled.
 * The architecture leaves the latter open (4.3.5); software for the GIC-400, and for QEMU's GICv2,
 * does not enable them.
 */
static u32 writable(const struct vgic *g, unsigned int word)
{
	return g->v2 && !word ? ~0u << GIC_NR_SGIS : ~0u;
}

/*
 * A register makes them active: they are that vCPU's which has acknowledged them and will end
 * them, else whose they go to.
 */
static unsigned int holder_of(const struct vgic_vcpu *v, u32 intid)
{
	const struct vgic *g = v->gic;
	unsigned int n, to = vgic_target(g, intid);

	for (n = 0; n < g->nr_vcpus; n++)
		if (g->v[n].running[intid / 32] & irq_bit(intid))
			return n;
	return to == NO_VCPU ? v->id : to;
}

static void activate(struct vgic_vcpu *v, struct irq_bank *b, unsigned int word, u32 mask)
{
	struct vgic *g = v->gic;

	mask &= ~b->active;
	b->active |= mask;
	for (; word && mask; mask &= mask - 1) {
		u32 intid = 32 * word + ctz64(mask);

		g->s.holder[intid - GIC_FIRST_SPI] = (u8)holder_of(v, intid);
	}
}

static void deactivate(struct vgic *g, unsigned int vid, unsigned int word, u32 mask)
{
	struct vgic_vcpu *own = &g->v[vid];

	vgic_deactivate(g, vid, word, mask);
	/* Where it is not here, its CPU does that when it learns of it. */
	if (!word && (mask & irq_bit(VGIC_IRQ_VTIMER)) && own->hw_active && vgic_is_here(own))
		vgic_timer_release(own);
}

/* @elsewhere are in list registers of other CPUs. */
static void change(struct vgic_vcpu *v, unsigned int vid, unsigned int word, enum bit_reg reg,
		   u32 val, u32 elsewhere)
{
	struct vgic *g = v->gic;
	struct irq_bank *b = bank_of(g, vid, word);

	switch (reg) {
	case REG_GROUP:
		b->group ^= val;
		break;
	case REG_SET_ENABLE:
		b->enabled |= val;
		break;
	case REG_CLEAR_ENABLE:
		b->enabled &= ~val;
		break;
	case REG_SET_PENDING:
		b->latch |= val & writable(g, word);
		break;
	case REG_CLEAR_PENDING:
		b->latch &= ~(val & writable(g, word));
		vgic_drop(g, vid, word, elsewhere & writable(g, word), false);
		break;
	case REG_SET_ACTIVE:
		activate(v, b, word, val & ~elsewhere);
		vgic_add_active(g, vid, word, elsewhere);
		break;
	case REG_CLEAR_ACTIVE:
		deactivate(g, vid, word, val);
		break;
	}
}

void vgic_bits_write(struct vgic_vcpu *v, unsigned int vid, unsigned int word, enum bit_reg reg,
		     u32 val)
{
	struct vgic *g = v->gic;
	struct irq_bank *b = bank_of(g, vid, word);
	u32 elsewhere;

	/* Also where nothing changes: a guest that has set its timer anew may only enable it again. */
	if (!word && (val & irq_bit(VGIC_IRQ_VTIMER)))
		vgic_timer_resample(&g->v[vid]);
	/* Only of those that it changes. */
	if (reg == REG_GROUP)
		val ^= b->group;
	else if (reg == REG_SET_ENABLE)
		val &= ~b->enabled;
	else if (reg == REG_CLEAR_ENABLE)
		val &= b->enabled & writable(g, word);
	elsewhere = vgic_recall(g, vid, word, val);
	change(v, vid, word, reg, val, elsewhere);
	vgic_update_word(g, vid, word, val);
	vgic_ask_holders(g, vid, word, elsewhere);
}

/* ---- priorities: bytes ---- */

u32 vgic_priority_read(struct vgic *g, unsigned int vid, u32 intid, unsigned int width)
{
	const u8 *p = &bank_of(g, vid, intid / 32)->priority[intid % 32];

	return width == 1 ? p[0] : p[0] | p[1] << 8 | p[2] << 16 | (u32)p[3] << 24;
}

void vgic_priority_write(struct vgic *g, unsigned int vid, u32 intid, unsigned int width, u32 val)
{
	struct irq_bank *b = bank_of(g, vid, intid / 32);
	u32 mask = (width == 1 ? 1u : 0xfu) << intid % 32;
	u32 elsewhere = vgic_recall(g, vid, intid / 32, mask);
	unsigned int i;

	for (i = 0; i < width; i++)
		b->priority[intid % 32 + i] = (u8)(val >> 8 * i & vgic_priority_mask);
	vgic_update_word(g, vid, intid / 32, mask);
	vgic_ask_holders(g, vid, intid / 32, elsewhere);
}

/* ---- configuration: two bits for each of 16, of which the upper counts ---- */

u32 vgic_config_read(struct vgic *g, unsigned int vid, u32 intid)
{
	u32 edge = bank_of(g, vid, intid / 32)->edge >> intid % 32, val = 0;
	unsigned int i;

	for (i = 0; i < 16; i++)
		val |= (edge >> i & 1) << (2 * i + 1);
	return val;
}

/* That of private interrupts is fixed: the first 16 are edges, timers are levels. */
void vgic_config_write(struct vgic *g, u32 intid, u32 val)
{
	struct irq_bank *b = bank_of(g, 0, intid / 32);
	u32 mask = 0xffffu << intid % 32, edge = 0, elsewhere;
	unsigned int i;

	for (i = 0; i < 16; i++)
		edge |= (val >> (2 * i + 1) & 1) << (intid % 32 + i);
	mask &= b->edge ^ edge;
	elsewhere = vgic_recall(g, 0, intid / 32, mask);
	b->edge ^= mask;
	vgic_update_word(g, 0, intid / 32, mask);
	vgic_ask_holders(g, 0, intid / 32, elsewhere);
}
