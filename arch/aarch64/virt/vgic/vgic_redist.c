// SPDX-License-Identifier: Apache-2.0
/*
 * The redistributors of a GICv3 (IHI 0069, 12.10 and 12.11): two frames for each vCPU, in the
 * order of their numbers. There are no LPIs, so all of their registers are reserved.
 */
#include "vgic.h"

#define TYPER_NUMBER   8
#define TYPER_AFFINITY 32

static u64 typer(const struct vgic *g, unsigned int n)
{
	return (u64)n << TYPER_AFFINITY | n << TYPER_NUMBER |
	       (n + 1 == g->nr_vcpus ? GICR_TYPER_LAST : 0);
}

static u64 control_read(const struct vgic *g, unsigned int n, u64 off, unsigned int width)
{
	if (off == GICR_TYPER && width == 8)
		return typer(g, n);
	if (width != 4)
		return 0;
	switch (off) {
	case GICR_IIDR:
		return VGIC_IIDR;
	case GICR_TYPER:
		return (u32)typer(g, n);
	case GICR_TYPER + 4:
		return typer(g, n) >> 32;
	case GICR_WAKER:
		return g->s.cpu[n].waker;
	}
	return off >= GIC_IDREGS ? vgic_id_read(g, off - GIC_IDREGS) : 0;
}

/* A private interrupt that a guest chose, in bounds under speculation as well. */
static u32 vgic_private(u64 intid)
{
	return (u32)index_wrap_nospec(intid, GIC_NR_PRIVATE);
}

static u32 private_read(struct vgic_vcpu *v, unsigned int n, u64 off, unsigned int width)
{
	if (off >= GICD_IPRIORITYR && off < GICD_IPRIORITYR + GIC_NR_PRIVATE)
		return vgic_priority_read(v->gic, n, vgic_private(off - GICD_IPRIORITYR), width);
	if (width != 4)
		return 0;
	if (off >= GICD_IGROUPR && off < GICD_IPRIORITYR && off % 0x80 == 0)
		return vgic_bits_read(v, n, 0, (enum bit_reg)(off / 0x80));
	if (off == GICD_ICFGR || off == GICD_ICFGR + 4)
		return vgic_config_read(v->gic, n, (u32)(off - GICD_ICFGR) * 4);
	return 0;
}

static void private_write(struct vgic_vcpu *v, unsigned int n, u64 off, unsigned int width, u32 val)
{
	if (off >= GICD_IPRIORITYR && off < GICD_IPRIORITYR + GIC_NR_PRIVATE)
		vgic_priority_write(v->gic, n, vgic_private(off - GICD_IPRIORITYR), width, val);
	else if (width == 4 && off >= GICD_IGROUPR && off < GICD_IPRIORITYR && off % 0x80 == 0)
		vgic_bits_write(v, n, 0, (enum bit_reg)(off / 0x80), val);
}

static bool is_access(u64 off, unsigned int width)
{
	return width != 2 && !(off & (width - 1));
}

u64 vgic_redist_read(struct vgic_vcpu *v, u64 off, unsigned int width)
{
	unsigned int n = (unsigned int)(off / GICR_STRIDE);

	off %= GICR_STRIDE;
	if (n >= v->gic->nr_vcpus || !is_access(off, width))
		return 0;
	n = index_wrap_nospec(n, VM_MAX_VCPUS);
	if (off < GICR_SGI)
		return control_read(v->gic, n, off, width);
	return width == 8 ? 0 : private_read(v, n, off - GICR_SGI, width);
}

void vgic_redist_write(struct vgic_vcpu *v, u64 off, unsigned int width, u64 val)
{
	unsigned int n = (unsigned int)(off / GICR_STRIDE);
	bool sleep = val & GICR_WAKER_SLEEP;

	off %= GICR_STRIDE;
	if (n >= v->gic->nr_vcpus || !is_access(off, width) || width == 8)
		return;
	n = index_wrap_nospec(n, VM_MAX_VCPUS);
	spin_lock(&v->gic->vdev.lock);
	/* One that sleeps would ask that its CPU be woken; that is done at once here, so what is
	 * pending is delivered in any case. */
	if (off == GICR_WAKER && width == 4)
		v->gic->s.cpu[n].waker = sleep ? GICR_WAKER_SLEEP | GICR_WAKER_ASLEEP : 0;
	else if (off >= GICR_SGI)
		private_write(v, n, off - GICR_SGI, width, (u32)val);
	vgic_deliver(v->gic);
	spin_unlock(&v->gic->vdev.lock);
}
