// SPDX-License-Identifier: Apache-2.0
/* The distributor's registers that only a GICv2 has (IHI 0048B, 4.3). */
#include "vgic.h"

static u32 all_cpus(const struct vgic *g)
{
	return (1u << g->nr_vcpus) - 1;
}

/*
 * GICD_ITARGETSR (4.3.12): a private one's is who reads. With one CPU they may be RAZ/WI;
 * software that has seen only controllers for several is better off like this, and
 * vgic_target() sends all to that CPU.
 */
static u32 target_read(const struct vgic_vcpu *v, u32 intid)
{
	const struct vgic *g = v->gic;

	if (intid >= NR_INTIDS)
		return 0;
	return intid < GIC_NR_PRIVATE ? 1u << v->id : g->s.route[vgic_spi(intid)];
}

static void target_write(struct vgic *g, u32 intid, u32 val)
{
	u32 elsewhere;

	val &= all_cpus(g);
	if (intid < GIC_FIRST_SPI || intid >= NR_INTIDS)
		return;
	intid = GIC_FIRST_SPI + vgic_spi(intid);
	if (val == g->s.route[intid - GIC_FIRST_SPI])
		return;
	elsewhere = vgic_recall(g, 0, intid / 32, irq_bit(intid));
	g->s.route[intid - GIC_FIRST_SPI] = val;
	vgic_update(g, 0, intid);
	vgic_ask_holders(g, 0, intid / 32, elsewhere);
}

/* Who has sent an SGI that is pending, with what is in a list register here. */
static u32 source_read(struct vgic_vcpu *v, u32 sgi)
{
	vgic_recall(v->gic, v->id, 0, irq_bit(sgi));
	vgic_update(v->gic, v->id, sgi);
	return v->gic->s.cpu[v->id].source[sgi];
}

static void source_write(struct vgic_vcpu *v, u32 sgi, u32 val, bool set)
{
	struct vgic_cpu_state *c = &v->gic->s.cpu[v->id];

	val &= all_cpus(v->gic);
	vgic_recall(v->gic, v->id, 0, irq_bit(sgi));
	c->source[sgi] = (u8)(set ? c->source[sgi] | val : c->source[sgi] & ~val);
	if (c->source[sgi])
		c->bank.latch |= irq_bit(sgi);
	else
		c->bank.latch &= ~irq_bit(sgi);
	vgic_update(v->gic, v->id, sgi);
}

/* One byte of a register that has one for each interrupt. */
static u32 byte_read(struct vgic_vcpu *v, u64 off)
{
	if (off >= GICD_ITARGETSR && off < GICD_ICFGR)
		return target_read(v, (u32)(off - GICD_ITARGETSR));
	if (off >= GICD_CPENDSGIR && off < GICD_SPENDSGIR + GIC_NR_SGIS)
		return source_read(v, (u32)off % GIC_NR_SGIS);
	return 0;
}

static void byte_write(struct vgic_vcpu *v, u64 off, u32 val)
{
	if (off >= GICD_ITARGETSR && off < GICD_ICFGR)
		target_write(v->gic, (u32)(off - GICD_ITARGETSR), val);
	else if (off >= GICD_CPENDSGIR && off < GICD_SPENDSGIR + GIC_NR_SGIS)
		source_write(v, (u32)off % GIC_NR_SGIS, val, off >= GICD_SPENDSGIR);
}

u32 vgic_v2_read(struct vgic_vcpu *v, u64 off, unsigned int width)
{
	u32 val = 0;
	unsigned int i;

	if (off >= GICD_IDREGS_2)
		return width == 4 ? vgic_id_read(v->gic, off - GICD_IDREGS_2) : 0;
	spin_lock(&v->gic->vdev.lock);
	for (i = 0; i < width; i++)
		val |= byte_read(v, off + i) << 8 * i;
	/* What was looked at came out of its list register. */
	vgic_deliver(v->gic);
	spin_unlock(&v->gic->vdev.lock);
	return val;
}

void vgic_v2_write(struct vgic_vcpu *v, u64 off, unsigned int width, u32 val)
{
	unsigned int i;

	for (i = 0; i < width; i++)
		byte_write(v, off + i, val >> 8 * i & 0xff);
}
