// SPDX-License-Identifier: Apache-2.0
/*
 * "lodge,gic": the guest's interrupt controller, a GICv3 (IHI 0069) on hosts that have one, and
 * a GICv2 (IHI 0048B) with the host's own virtual CPU interface on those that have that.
 */
#include <lodge/arch_virt.h>
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/gic.h>
#include <lodge/slab.h>
#include <lodge/vdev.h>
#include <lodge/vm.h>
#include "vgic.h"

#define GICD_SIZE 0x10000
/* Behind the distributor: where QEMU's board has them. */
#define GICR_OFFSET 0xa0000
#define GICC_OFFSET 0x10000

/* Of a bank. */
#define SGIS ((1u << GIC_NR_SGIS) - 1)

/* An interrupt specifier: its kind, its number, and that it is a level. */
#define SPEC_SPI	0
#define SPEC_LEVEL_HIGH 4

static struct vgic *to_vgic(struct vdev *v)
{
	return container_of(v, struct vgic, vdev);
}

static u64 vgic_read(struct vdev *d, struct vcpu *vcpu, u64 off, unsigned int width)
{
	struct vgic_vcpu *v = vcpu->arch.vgic;

	if (likely(off < GICD_SIZE))
		return vgic_dist_read(v, off, width);
	return off < GICR_OFFSET ? 0 : vgic_redist_read(v, off - GICR_OFFSET, width);
}

static void vgic_write(struct vdev *d, struct vcpu *vcpu, u64 off, unsigned int width, u64 val)
{
	struct vgic_vcpu *v = vcpu->arch.vgic;

	if (off < GICD_SIZE)
		vgic_dist_write(v, off, width, val);
	else if (off >= GICR_OFFSET)
		vgic_redist_write(v, off - GICR_OFFSET, width, val);
}

static void vgic_set_irq(struct vdev *d, u32 intid, bool level)
{
	struct vgic *g = to_vgic(d);
	unsigned long flags;

	if (intid < GIC_FIRST_SPI || intid >= NR_INTIDS)
		return;
	flags = spin_lock_irqsave(&d->lock);
	vgic_set_level(g, 0, intid, level);
	vgic_deliver(g);
	spin_unlock_irqrestore(&d->lock, flags);
}

/* ---- life ---- */

/* After the state was replaced: no vCPU runs, and none is loaded. */
static void forget_derived(struct vgic *g)
{
	unsigned int n;

	vgic_end_all_held(g);
	memset(g->queued, NO_VCPU, sizeof(g->queued));
	for (n = 0; n < g->nr_vcpus; n++) {
		struct vgic_vcpu *v = &g->v[n];

		if (vgic_is_here(v))
			vgic_unload(v);
		*v = (struct vgic_vcpu){ .gic = g, .vcpu = v->vcpu, .id = n };
	}
	g->dirty = 0;
}

static void vgic_reset(struct vdev *d)
{
	struct vgic *g = to_vgic(d);
	unsigned long flags = spin_lock_irqsave(&d->lock);
	/*
	 * GICv3: group 1, where non-secure software has its interrupts and expects to find them,
	 * as under a secure firmware and under KVM; the architecture leaves it open.
	 */
	u32 level[NR_WORDS - 1], group = g->v2 ? 0 : ~0u;
	unsigned int n;

	/* The lines are the devices'; those that are up ask again. */
	for (n = 0; n < NR_WORDS - 1; n++)
		level[n] = g->s.shared[n].level;
	forget_derived(g);
	memset(&g->s, 0, sizeof(g->s));
	g->s.header = (struct vdev_state_header){ STATE_VERSION, sizeof(g->s) };
	g->s.version = g->v2 ? 2 : 3;
	for (n = 0; n < NR_WORDS - 1; n++) {
		g->s.shared[n].level = level[n];
		g->s.shared[n].group = group;
	}
	for (n = 0; n < g->nr_vcpus; n++) {
		g->s.cpu[n].bank.edge = SGIS;
		g->s.cpu[n].bank.enabled = g->v2 ? SGIS : 0;
		g->s.cpu[n].bank.group = group;
		g->s.cpu[n].waker = GICR_WAKER_SLEEP | GICR_WAKER_ASLEEP;
	}
	vgic_update_all(g);
	spin_unlock_irqrestore(&d->lock, flags);
}

static const struct vdev_ops vgic_ops;

/* The guest's CPU interface is the host's virtual one. */
static int map_gicv(struct vm *vm, gpa_t base)
{
	struct region r = {
		.gpa = gpa(base.v + GICC_OFFSET),
		.size = GICC_SIZE,
		.backing = BACKING_DEVICE,
		.perm = REGION_R | REGION_W,
		.hpa = gic_info()->gicv,
	};

	return region_add(&vm->map, &r);
}

static int vgic_create(struct vm *vm, const struct vdev_config *cfg, struct vdev **out)
{
	struct vgic *g;
	unsigned int n;
	int rc;

	if (vm->cfg->nr_vcpus > VM_MAX_VCPUS || cfg->size != GICD_SIZE)
		return -EINVAL;
	g = kzalloc_for(vm->account, sizeof(*g));
	if (!g)
		return -ENOMEM;
	vdev_init(&g->vdev, &vgic_ops, vm, cfg);
	g->nr_vcpus = vm->cfg->nr_vcpus;
	g->v2 = vgic_is_v2();
	if (g->v2) {
		rc = map_gicv(vm, cfg->base);
		if (rc) {
			kfree_for(vm->account, g);
			return rc;
		}
	} else {
		g->vdev.size = GICR_OFFSET + (u64)g->nr_vcpus * GICR_STRIDE;
	}
	for (n = 0; n < g->nr_vcpus; n++) {
		g->v[n].vcpu = vm->vcpu[n];
		vm->vcpu[n]->arch.vgic = &g->v[n];
	}
	vgic_reset(&g->vdev);
	for (n = 0; n < g->nr_vcpus; n++)
		vgic_vcpu_reset(vm->vcpu[n]);
	*out = &g->vdev;
	return 0;
}

static void vgic_destroy(struct vdev *d)
{
	struct vgic *g = to_vgic(d);
	unsigned int n;

	/* Their functions use it, and other CPUs may run them. */
	for (n = 0; n < g->nr_vcpus; n++)
		arm64_timers_destroy(g->v[n].vcpu);
	for (n = 0; n < g->nr_vcpus; n++) {
		/* If it is loaded here, its own interrupts would wait for the lock for ever. */
		unsigned long flags = arch_irq_save();

		vgic_put(g->v[n].vcpu);
		arch_irq_restore(flags);
		g->v[n].vcpu->arch.vgic = NULL;
	}
	kfree_for(d->vm->account, g);
}

/* ---- what is told to the guest ---- */

static unsigned int vgic_irq_cells(struct vdev *d, u32 intid, u32 *cells)
{
	cells[0] = SPEC_SPI;
	cells[1] = intid - GIC_FIRST_SPI;
	cells[2] = SPEC_LEVEL_HIGH;
	return 3;
}

static int vgic_fdt(struct vdev *d, struct fdt_writer *w)
{
	struct vgic *g = to_vgic(d);
	u64 second = d->base.v + (g->v2 ? GICC_OFFSET : GICR_OFFSET);
	u64 size = g->v2 ? GICC_SIZE : (u64)g->nr_vcpus * GICR_STRIDE;
	const u32 reg[] = {
		(u32)(d->base.v >> 32), (u32)d->base.v, 0, GICD_SIZE,
		(u32)(second >> 32),	(u32)second,	0, (u32)size,
	};

	fdtw_nodef(w, "intc@%llx", (unsigned long long)d->base.v);
	fdtw_string(w, "compatible", g->v2 ? "arm,cortex-a15-gic" : "arm,gic-v3");
	fdtw_cells(w, "reg", reg, ARRAY_SIZE(reg));
	fdtw_u32(w, "phandle", GUEST_PHANDLE_IRQCHIP);
	fdtw_empty(w, "interrupt-controller");
	fdtw_u32(w, "#interrupt-cells", 3);
	fdtw_u32(w, "#address-cells", 2);
	fdtw_u32(w, "#size-cells", 2);
	if (!g->v2)
		fdtw_u32(w, "#redistributor-regions", 1);
	fdtw_end_node(w);
	return 0;
}

static int vgic_save(struct vdev *d, struct vdev_state *out)
{
	return vdev_state_put(d, out, &to_vgic(d)->s, sizeof(struct vgic_state));
}

/* Whatever was saved, only what a guest could have made comes back. */
static void sanitise(const struct vgic *g, struct vgic_state *s)
{
	unsigned int n, i;

	s->ctlr &= GICD_CTLR_GRP0 | GICD_CTLR_GRP1;
	for (n = 0; n < VM_MAX_VCPUS; n++) {
		struct vgic_cpu_state *c = &s->cpu[n];

		if (n >= g->nr_vcpus)
			*c = (struct vgic_cpu_state){ 0 };
		else
			c->bank.edge = SGIS;
		if (n < g->nr_vcpus && g->v2)
			c->bank.enabled |= SGIS;
		for (i = 0; i < 32; i++)
			c->bank.priority[i] &= vgic_priority_mask;
		for (i = 0; i < GIC_NR_SGIS; i++) {
			c->source[i] &= (1u << g->nr_vcpus) - 1;
			c->active_source[i] %= g->nr_vcpus;
			/* Pending is who has sent it. */
			if (g->v2)
				c->bank.latch &= ~(c->source[i] ? 0 : irq_bit(i));
		}
	}
	for (n = 0; n < NR_WORDS - 1; n++)
		for (i = 0; i < 32; i++)
			s->shared[n].priority[i] &= vgic_priority_mask;
	for (i = 0; i < NR_SPIS; i++) {
		s->route[i] &= g->v2 ? (1u << g->nr_vcpus) - 1 : ~0u;
		s->holder[i] %= g->nr_vcpus;
	}
}

static int vgic_restore(struct vdev *d, const struct vdev_state *in)
{
	struct vgic *g = to_vgic(d);
	struct vgic_state s;
	unsigned long flags;
	int rc = vdev_state_get(in, &s, sizeof(s), STATE_VERSION);

	if (rc)
		return rc;
	if (s.version != (g->v2 ? 2 : 3))
		return -EINVAL;
	sanitise(g, &s);
	flags = spin_lock_irqsave(&d->lock);
	forget_derived(g);
	g->s = s;
	vgic_update_all(g);
	spin_unlock_irqrestore(&d->lock, flags);
	return 0;
}

static const struct vdev_ops vgic_ops = {
	.compatible = "lodge,gic",
	.create = vgic_create,
	.destroy = vgic_destroy,
	.reset = vgic_reset,
	.read = vgic_read,
	.write = vgic_write,
	.set_irq = vgic_set_irq,
	.max_irq = NR_INTIDS - 1,
	.irq_cells = vgic_irq_cells,
	.link = vgic_link,
	.forward = vgic_forward,
	.cut = vgic_cut,
	.fdt = vgic_fdt,
	.save = vgic_save,
	.restore = vgic_restore,
};
VDEV_REGISTER(vgic_ops);
