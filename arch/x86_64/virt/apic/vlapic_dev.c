// SPDX-License-Identifier: Apache-2.0
/*
 * "lodge,lapic": the local APICs of a VM, one for each vCPU, which all have the same
 * page: an access is to that of the vCPU that makes it. Each can move its own. And their MSRs.
 */
#include <lodge/arch_virt.h>
#include <lodge/errno.h>
#include <lodge/slab.h>
#include <lodge/vcpu.h>
#include <lodge/vm.h>
#include "vlapic.h"

struct vlapics {
	struct vdev vdev;
	struct vlapic lapic[VM_MAX_VCPUS];
};

struct vlapics_state {
	struct vdev_state_header header;
	struct vlapic_state lapic[VM_MAX_VCPUS];
};

static struct vlapics *to_vlapics(struct vdev *v)
{
	return container_of(v, struct vlapics, vdev);
}

/* ---- its page ---- */

bool vlapic_is_on(const struct vlapic *l)
{
	return READ_ONCE(l->s.base) & APIC_BASE_ENABLE;
}

#define BASE_MODE    (APIC_BASE_ENABLE | APIC_BASE_X2APIC)
#define BASE_ADDRESS (~(u64)0xfff)

/* Where its page is. In x2APIC mode, and disabled, an APIC has none. */
static u64 page_of(const struct vlapic *l)
{
	return (l->s.base & BASE_MODE) == APIC_BASE_ENABLE ? l->s.base & BASE_ADDRESS
							   : APIC_NO_PAGE;
}

static void page_changed(struct vlapic *l)
{
	u64 page = page_of(l);

	x86_set_apic_page(l->vcpu, page == APIC_ADDRESS ? APIC_NO_PAGE : page);
}

u64 vlapic_page_read(struct vlapic *l, u64 off, unsigned int width)
{
	u32 val;

	/* Registers are 32 bits wide at 16-byte boundaries (APM vol. 2, 16.3.2). */
	if (unlikely(width != 4 || off & 15))
		return 0;
	(void)vlapic_reg_read(l, off, &val);
	return val;
}

void vlapic_page_write(struct vlapic *l, u64 off, unsigned int width, u64 val)
{
	if (likely(width == 4 && !(off & 15)))
		(void)vlapic_reg_write(l, off, (u32)val, false);
}

static u64 lapic_read(struct vdev *v, struct vcpu *vcpu, u64 off, unsigned int width)
{
	struct vlapic *l = &to_vlapics(v)->lapic[vcpu->id];

	if (unlikely(page_of(l) != APIC_ADDRESS))
		return ~(u64)0 >> (64 - 8 * width);
	return vlapic_page_read(l, off, width);
}

static void lapic_write(struct vdev *v, struct vcpu *vcpu, u64 off, unsigned int width, u64 val)
{
	struct vlapic *l = &to_vlapics(v)->lapic[vcpu->id];

	if (likely(page_of(l) == APIC_ADDRESS))
		vlapic_page_write(l, off, width, val);
}

/* ---- MSRs ---- */

/*
 * Which modes follow which (APM vol. 2, 16.9), and which bits there are (16.3.1). Whether it is the
 * first CPU's is not the guest's to say.
 */
static bool base_valid(const struct vlapic *l, u64 base)
{
	u64 mode = base & BASE_MODE, old = l->s.base & BASE_MODE;

	if (base & ~(BASE_MODE | APIC_BASE_BSP | BASE_ADDRESS) || base >> x86_phys_bits())
		return false;
	if (mode == APIC_BASE_X2APIC)
		return false;
	if (mode == (APIC_BASE_ENABLE | APIC_BASE_X2APIC) && !old)
		return false;
	return mode != APIC_BASE_ENABLE || !(old & APIC_BASE_X2APIC);
}

static bool set_base(struct vlapic *l, u64 base)
{
	u64 mode = base & BASE_MODE, old = l->s.base & BASE_MODE;
	unsigned long flags;

	if (!base_valid(l, base))
		return false;
	flags = spin_lock_irqsave(&l->lock);
	WRITE_ONCE(l->s.base, (base & (BASE_MODE | BASE_ADDRESS)) | (l->s.base & APIC_BASE_BSP));
	if (mode != old && !mode)
		vlapic_clear(l);
	spin_unlock_irqrestore(&l->lock, flags);
	page_changed(l);
	x86_set_tpr(l->vcpu, l->s.tpr);
	vioapic_retry(l->vcpu->vm);
	return true;
}

/* A register of x2APIC mode; ICR is one of 64 bits there, and DFR none at all. */
static u64 msr_offset(u32 msr)
{
	return (u64)(msr - MSR_X2APIC) << 4;
}

bool vlapic_msr_read(struct vlapic *l, u32 msr, u64 *val)
{
	u64 off = msr_offset(msr);
	u32 low;

	if (msr == MSR_APIC_BASE) {
		*val = l->s.base;
		return true;
	}
	if (msr == MSR_TSC_DEADLINE) {
		*val = vlapic_timer_deadline(l);
		return true;
	}
	if (msr < MSR_X2APIC || !vlapic_is_x2apic(l))
		return false;
	if (off == APIC_ICR) {
		*val = l->s.icr;
		return true;
	}
	if (off == APIC_ICR_HIGH || off == APIC_DFR || off == APIC_APR ||
	    !vlapic_reg_read(l, off, &low))
		return false;
	*val = low;
	return true;
}

#define ICR_RESERVED 0xfff32000u

static bool write_x2apic(struct vlapic *l, u64 off, u64 val)
{
	if (off == APIC_ICR) {
		if (val & ICR_RESERVED)
			return false;
		spin_lock(&l->lock);
		l->s.icr = val & ~(u64)APIC_ICR_PENDING;
		spin_unlock(&l->lock);
		vlapic_send(l, val);
		return true;
	}
	if (val >> 32)
		return false;
	if (off == APIC_SELF_IPI) {
		if (val & ~0xfful)
			return false;
		vlapic_send(l, (u64)APIC_SHORTHAND_SELF << APIC_ICR_SHORTHAND_SHIFT | val);
		return true;
	}
	if (off == APIC_ICR_HIGH || off == APIC_DFR || off == APIC_LDR)
		return false;
	return vlapic_reg_write(l, off, (u32)val, true);
}

bool vlapic_msr_write(struct vlapic *l, u32 msr, u64 val)
{
	if (msr == MSR_APIC_BASE)
		return set_base(l, val);
	if (msr == MSR_TSC_DEADLINE) {
		unsigned long flags = spin_lock_irqsave(&l->lock);

		vlapic_timer_set_deadline(l, val);
		spin_unlock_irqrestore(&l->lock, flags);
		return true;
	}
	if (msr < MSR_X2APIC || !vlapic_is_x2apic(l))
		return false;
	return write_x2apic(l, msr_offset(msr), val);
}

/* ---- life ---- */

void vlapic_reset(struct vlapic *l)
{
	unsigned long flags = spin_lock_irqsave(&l->lock);

	/* INIT leaves the mode, and the page, as they are (APM vol. 2, 14.1.3). */
	if (!l->s.after_init) {
		WRITE_ONCE(l->s.base, APIC_ADDRESS | APIC_BASE_ENABLE);
		if (l->vcpu->id == 0)
			l->s.base |= APIC_BASE_BSP;
	}
	vlapic_clear(l);
	spin_unlock_irqrestore(&l->lock, flags);
	page_changed(l);
}

static void lapic_reset(struct vdev *v)
{
	struct vlapics *a = to_vlapics(v);
	unsigned int i;

	for (i = 0; i < v->vm->nr_vcpus; i++) {
		a->lapic[i].s.after_init = false;
		vlapic_reset(&a->lapic[i]);
	}
}

static const struct vdev_ops lapic_ops;

static int lapic_create(struct vm *vm, const struct vdev_config *cfg, struct vdev **out)
{
	struct vlapics *a;
	unsigned int i;

	if (cfg->base.v != APIC_ADDRESS || cfg->size != APIC_WINDOW || vm->vcpu[0]->arch.lapic)
		return -EINVAL;
	a = kzalloc_for(vm->account, sizeof(*a));
	if (!a)
		return -ENOMEM;
	vdev_init(&a->vdev, &lapic_ops, vm, cfg);
	for (i = 0; i < vm->nr_vcpus; i++) {
		a->lapic[i].vcpu = vm->vcpu[i];
		spin_lock_init(&a->lapic[i].lock, "vlapic->lock");
		vlapic_timer_init(&a->lapic[i]);
		vm->vcpu[i]->arch.lapic = &a->lapic[i];
	}
	lapic_reset(&a->vdev);
	*out = &a->vdev;
	return 0;
}

static void lapic_destroy(struct vdev *v)
{
	struct vlapics *a = to_vlapics(v);
	unsigned int i;

	for (i = 0; i < v->vm->nr_vcpus; i++) {
		timer_cancel_sync(&a->lapic[i].timer);
		v->vm->vcpu[i]->arch.lapic = NULL;
	}
	kfree_for(v->vm->account, a);
}

static int lapic_save(struct vdev *v, struct vdev_state *out)
{
	struct vlapics *a = to_vlapics(v);
	struct vlapics_state s = { .header = { APIC_STATE_VERSION, sizeof(s) } };
	unsigned int i;

	for (i = 0; i < v->vm->nr_vcpus; i++) {
		struct vlapic *l = &a->lapic[i];
		unsigned long flags = spin_lock_irqsave(&l->lock);

		s.lapic[i] = l->s;
		s.lapic[i].elapsed = l->s.timer_init ? vlapic_timer_elapsed(l) : 0;
		spin_unlock_irqrestore(&l->lock, flags);
	}
	return vdev_state_put(v, out, &s, sizeof(s));
}

/* Whatever was saved, only what a guest could have brought about comes back. */
static void restore_one(struct vlapic *l, struct vlapic_state *s)
{
	unsigned long flags;
	unsigned int i;

	s->base = (s->base & (BASE_MODE | (BASE_ADDRESS & (((u64)1 << x86_phys_bits()) - 1)))) |
		  (l->s.base & APIC_BASE_BSP);
	if (!(s->base & APIC_BASE_ENABLE))
		s->base &= ~APIC_BASE_X2APIC;
	s->tpr &= 0xff;
	s->irr[0] &= ~0xffffu;
	s->isr[0] &= ~0xffffu;
	flags = spin_lock_irqsave(&l->lock);
	vlapic_clear(l);
	l->s = *s;
	l->s.elapsed = 0;
	for (i = 0; i < NR_LVT; i++)
		l->s.lvt[i] &= ~APIC_LVT_PENDING;
	vlapic_recompute(l);
	vlapic_timer_resume(l, s->elapsed);
	spin_unlock_irqrestore(&l->lock, flags);
	page_changed(l);
	x86_set_tpr(l->vcpu, l->s.tpr);
}

static int lapic_restore(struct vdev *v, const struct vdev_state *in)
{
	struct vlapics *a = to_vlapics(v);
	struct vlapics_state s;
	unsigned int i;
	int rc = vdev_state_get(in, &s, sizeof(s), APIC_STATE_VERSION);

	for (i = 0; !rc && i < v->vm->nr_vcpus; i++)
		restore_one(&a->lapic[i], &s.lapic[i]);
	/* What was pending before is not any more. */
	vioapic_retry(v->vm);
	return rc;
}

static const struct vdev_ops lapic_ops = {
	.compatible = "lodge,lapic",
	.create = lapic_create,
	.destroy = lapic_destroy,
	.reset = lapic_reset,
	.read = lapic_read,
	.write = lapic_write,
	.save = lapic_save,
	.restore = lapic_restore,
};
VDEV_REGISTER(lapic_ops);
