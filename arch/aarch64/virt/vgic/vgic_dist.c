// SPDX-License-Identifier: Apache-2.0
/*
 * The distributor's registers (IHI 0069, 12.9; IHI 0048B, 4.3). There is one security state.
 * A GICv3 has affinity routing always on, so private interrupts are in the redistributors and
 * their registers here are reserved, as are those of message-signalled interrupts and of
 * physical ones for virtual CPUs, which it does not have.
 */
#include "vgic.h"

#define CTLR_GROUPS ((u32)(GICD_CTLR_GRP0 | GICD_CTLR_GRP1))

/* GICv3: 10 bits of INTID, and an interrupt is routed to one CPU, never to any. */
#define TYPER_IDBITS ((10u - 1) << 19)
#define TYPER_NO1N   (1u << 25)
#define TYPER_LINES  (NR_WORDS - 1)
#define TYPER_CPUS   5 /* GICv2 */

/* What GICD_IROUTER keeps: the affinity. */
#define IROUTER_AFFINITY 0xff00ffffffull

u32 vgic_id_read(const struct vgic *g, u64 off)
{
	/* PIDR4 to 7, PIDR0 to 3, CIDR0 to 3 (IHI 0069, 12.1.7): a GIC, of Arm. */
	static const u8 v3[] = { 0x44, 0, 0, 0, 0x92, 0xb4, 0x3b, 0, 0x0d, 0xf0, 0x05, 0xb1 };
	static const u8 v2[] = { 0x04, 0, 0, 0, 0x90, 0xb4, 0x2b, 0, 0x0d, 0xf0, 0x05, 0xb1 };

	if (off / 4 >= sizeof(v3))
		return 0;
	return (g->v2 ? v2 : v3)[index_nospec(off / 4, sizeof(v3))];
}

static u32 typer(const struct vgic *g)
{
	if (g->v2)
		return TYPER_LINES | (g->nr_vcpus - 1) << TYPER_CPUS;
	return TYPER_LINES | TYPER_IDBITS | TYPER_NO1N;
}

static u32 fixed_read(const struct vgic *g, u64 off)
{
	switch (off) {
	case GICD_CTLR:
		return g->s.ctlr | (g->v2 ? 0 : GICD_CTLR_ARE | GICD_CTLR_DS);
	case GICD_TYPER:
		return typer(g);
	case GICD_IIDR:
		return VGIC_IIDR;
	}
	return 0;
}

static void ctlr_write(struct vgic_vcpu *v, u32 val)
{
	struct vgic *g = v->gic;
	unsigned int word;
	u32 elsewhere;

	val &= CTLR_GROUPS;
	if (val == g->s.ctlr)
		return;
	for (word = 0; word < NR_WORDS; word++) {
		unsigned int n = word ? 1 : g->nr_vcpus;

		while (n--) {
			elsewhere = vgic_recall(g, n, word, ~0u);
			vgic_ask_holders(g, n, word, elsewhere);
		}
	}
	g->s.ctlr = val;
	vgic_update_all(g);
}

/* ---- GICD_IROUTER: 64 bits, or either half ---- */

static u64 route_read(const struct vgic *g, u64 off)
{
	u32 route = g->s.route[vgic_spi((u32)(off - GICD_IROUTER) / 8)];

	return (u64)(route >> 24) << 32 | (route & 0xffffff);
}

static void route_set(struct vgic *g, u32 intid, u32 route)
{
	u32 elsewhere = vgic_recall(g, 0, intid / 32, irq_bit(intid));

	g->s.route[intid - GIC_FIRST_SPI] = route;
	vgic_update(g, 0, intid);
	vgic_ask_holders(g, 0, intid / 32, elsewhere);
}

static bool is_route(u64 off)
{
	return off >= GICD_IROUTER + 8ul * GIC_FIRST_SPI && off < GICD_IROUTER + 8ul * NR_INTIDS;
}

static u64 wide_read(struct vgic_vcpu *v, u64 off, unsigned int width)
{
	u64 val;

	if (v->gic->v2 || !is_route(off))
		return !v->gic->v2 && off >= GIC_IDREGS && width == 4
			       ? vgic_id_read(v->gic, off - GIC_IDREGS)
			       : 0;
	val = route_read(v->gic, off);
	if (width == 8)
		return val;
	return width != 4 ? 0 : off & 4 ? val >> 32 : (u32)val;
}

static void wide_write(struct vgic_vcpu *v, u64 off, unsigned int width, u64 val)
{
	u64 old;

	if (v->gic->v2 || !is_route(off) || (width != 8 && width != 4))
		return;
	old = route_read(v->gic, off);
	if (width == 4)
		val = off & 4 ? (u32)old | val << 32 : (old & ~(u64)0xffffffff) | (u32)val;
	val &= IROUTER_AFFINITY;
	if (val != old)
		route_set(v->gic, GIC_FIRST_SPI + vgic_spi((u32)(off - GICD_IROUTER) / 8),
			  (u32)(val >> 32) << 24 | (u32)(val & 0xffffff));
}

/* ---- registers of the first page ---- */

/* Whether word @word is here at all: private interrupts of a GICv3 are elsewhere. */
static bool has_word(const struct vgic *g, u64 word)
{
	return word < NR_WORDS && (word || g->v2);
}

static u32 narrow_read(struct vgic_vcpu *v, u64 off, unsigned int width)
{
	struct vgic *g = v->gic;
	u64 intid;

	if (off >= GICD_IGROUPR && off < GICD_IPRIORITYR) {
		u64 word = off % 0x80 / 4;

		return width == 4 && has_word(g, word) ? vgic_bits_read(v, v->id, vgic_word(word),
									(enum bit_reg)(off / 0x80))
						       : 0;
	}
	if (off >= GICD_IPRIORITYR && off < GICD_ITARGETSR) {
		intid = off - GICD_IPRIORITYR;
		return has_word(g, intid / 32)
			       ? vgic_priority_read(g, v->id, vgic_intid(intid), width)
			       : 0;
	}
	if (off >= GICD_ICFGR && off < GICD_IGRPMODR) {
		intid = (off - GICD_ICFGR) * 4;
		return width == 4 && has_word(g, intid / 32)
			       ? vgic_config_read(g, v->id, vgic_intid(intid))
			       : 0;
	}
	if (g->v2)
		return vgic_v2_read(v, off, width);
	return 0;
}

static void narrow_write(struct vgic_vcpu *v, u64 off, unsigned int width, u32 val)
{
	struct vgic *g = v->gic;
	u64 intid;

	if (off >= GICD_IGROUPR && off < GICD_IPRIORITYR) {
		u64 word = off % 0x80 / 4;

		if (width == 4 && has_word(g, word))
			vgic_bits_write(v, v->id, vgic_word(word), (enum bit_reg)(off / 0x80), val);
	} else if (off >= GICD_IPRIORITYR && off < GICD_ITARGETSR) {
		intid = off - GICD_IPRIORITYR;
		if (has_word(g, intid / 32))
			vgic_priority_write(g, v->id, vgic_intid(intid), width, val);
	} else if (off >= GICD_ICFGR && off < GICD_IGRPMODR) {
		intid = (off - GICD_ICFGR) * 4;
		if (width == 4 && intid >= GIC_FIRST_SPI && intid < NR_INTIDS)
			vgic_config_write(g, vgic_intid(intid), val);
	} else if (off == GICD_CTLR && width == 4) {
		ctlr_write(v, val);
	} else if (g->v2) {
		vgic_v2_write(v, off, width, val);
	}
}

/* Halves, and what is not aligned, do not exist (IHI 0069, 12.1.3). */
static bool is_narrow(u64 off, unsigned int width)
{
	return off < 0x1000 && (width == 1 || (width == 4 && !(off & 3)));
}

/* A word or a byte is read whole: that takes no lock. */
u64 vgic_dist_read(struct vgic_vcpu *v, u64 off, unsigned int width)
{
	if (off < GICD_IGROUPR)
		return width == 4 ? fixed_read(v->gic, off) : 0;
	if (likely(is_narrow(off, width)))
		return narrow_read(v, off, width);
	return off >= 0x1000 && !(off & (width - 1)) ? wide_read(v, off, width) : 0;
}

void vgic_dist_write(struct vgic_vcpu *v, u64 off, unsigned int width, u64 val)
{
	spin_lock(&v->gic->vdev.lock);
	/* How a GICv2's CPUs interrupt each other, all the time. */
	if (off == GICD_SGIR && width == 4 && v->gic->v2)
		vgic_v2_sgi(v, (u32)val);
	else if (is_narrow(off, width))
		narrow_write(v, off, width, (u32)val);
	else if (off >= 0x1000 && !(off & (width - 1)))
		wide_write(v, off, width, val);
	if (v->gic->dirty)
		vgic_deliver(v->gic);
	spin_unlock(&v->gic->vdev.lock);
}
