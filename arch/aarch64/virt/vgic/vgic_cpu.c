// SPDX-License-Identifier: Apache-2.0
/*
 * The virtual CPU interface: what the run loop, the GIC's own interrupts and the trapped
 * system registers have to do with it. All with interrupts off, but for the reset.
 */
#include <asm/sysreg_gic.h>
#include <lodge/gic.h>
#include <lodge/irq.h>
#include <lodge/panic.h>
#include <lodge/printk.h>
#include <lodge/smp.h>
#include <lodge/string.h>
#include "vgic.h"
#include "vgic_hw.h"

u32 vgic_lr_mask, vgic_hcr, vgic_priority_mask;

/* Words of active priorities of each group; GICv2 has one for both. */
static unsigned int nr_aprs;

bool vgic_is_v2(void)
{
	return vgic_gich != NULL;
}

static struct vgic_vcpu *vgic_of(struct vcpu *vcpu)
{
	return vcpu->arch.vgic;
}

/* After power-on they may hold anything (IHI 0069, ICH_LR<n>_EL2). */
static bool cleared[CONFIG_NR_CPUS];

static __noinline void clear_lrs(void)
{
	unsigned int i;

	cleared[cpu_id()] = true;
	for (i = 0; vgic_lr_mask >> i & 1; i++)
		hw_lr_write(i, 0);
}

static void lock(struct vgic_vcpu *v) __acquires(v->gic->vdev.lock)
{
	spin_lock(&v->gic->vdev.lock);
}

static void unlock(struct vgic_vcpu *v) __releases(v->gic->vdev.lock)
{
	if (v->gic->dirty)
		vgic_deliver(v->gic);
	spin_unlock(&v->gic->vdev.lock);
}

/* ---- in and out of the CPU ---- */

static __noinline void load_aprs(const struct vgic_vcpu *v, const struct vgic_cpu_state *c)
{
	unsigned int i;

	for (i = 0; i < nr_aprs; i++) {
		hw_apr_write(0, i, c->ap0r[i]);
		if (!v->gic->v2)
			hw_apr_write(1, i, c->ap1r[i]);
	}
}

static __noinline void unload_aprs(const struct vgic_vcpu *v, struct vgic_cpu_state *c)
{
	unsigned int i;

	for (i = 0; i < nr_aprs; i++) {
		c->ap0r[i] = hw_apr_read(0, i);
		if (!v->gic->v2)
			c->ap1r[i] = hw_apr_read(1, i);
	}
}

void vgic_load(struct vcpu *vcpu)
{
	struct vgic_vcpu *v = vgic_of(vcpu);
	struct vgic_cpu_state *c;

	if (!v)
		return;
	if (unlikely(!cleared[cpu_id()]))
		clear_lrs();
	lock(v);
	c = &v->gic->s.cpu[v->id];
	hw_vmcr_write(c->vmcr);
	if (likely(!vgic_gich && nr_aprs == 1)) {
		write_sysreg(ICH_AP0R0_EL2, c->ap0r[0]);
		write_sysreg(ICH_AP1R0_EL2, c->ap1r[0]);
	} else {
		load_aprs(v, c);
	}
	WRITE_ONCE(v->cpu, cpu_id());
	/* RELEASE: vgic_is_here() may look without the lock, and takes no other CPU's for its own. */
	__atomic_store_n(&v->loaded, true, __ATOMIC_RELEASE);
	v->spilled = v->owing;
	v->hcr = vgic_hcr;
	hw_hcr_write(v->hcr);
	/* Its timer is about to speak for itself. */
	if (c->bank.level & irq_bit(VGIC_IRQ_VTIMER))
		vgic_set_level(v->gic, v->id, VGIC_IRQ_VTIMER, false);
	if (vgic_has_more(v))
		vgic_flush(v);
	unlock(v);
}

void vgic_unload(struct vgic_vcpu *v)
{
	struct vgic_cpu_state *c = &v->gic->s.cpu[v->id];
	u32 used = v->used;

	vgic_count_eois(v);
	if (used)
		vgic_fold_all(v);
	for (; used; used &= used - 1)
		hw_lr_write(ctz64(used), 0);
	c->vmcr = hw_vmcr_read();
	if (likely(!vgic_gich && nr_aprs == 1)) {
		c->ap0r[0] = (u32)read_sysreg(ICH_AP0R0_EL2);
		c->ap1r[0] = (u32)read_sysreg(ICH_AP1R0_EL2);
	} else {
		unload_aprs(v, c);
	}
	hw_hcr_write(0);
	v->loaded = false;
	/* Whether its line is up is asked again when it is loaded. */
	if (v->hw_held) {
		vgic_timer_release(v);
		c->bank.level &= ~irq_bit(VGIC_IRQ_VTIMER);
		if (v->ready[0] & irq_bit(VGIC_IRQ_VTIMER))
			vgic_update(v->gic, v->id, VGIC_IRQ_VTIMER);
	}
	v->gic->dirty &= ~(1u << v->id);
}

void vgic_put(struct vcpu *vcpu)
{
	struct vgic_vcpu *v = vgic_of(vcpu);

	if (!v)
		return;
	lock(v);
	if (vgic_is_here(v))
		vgic_unload(v);
	unlock(v);
}

void vgic_vcpu_reset(struct vcpu *vcpu)
{
	struct vgic_vcpu *v = vgic_of(vcpu);
	struct vgic_cpu_state *c;
	unsigned long flags;

	if (!v)
		return;
	/* A thread's work: a timer of the VM that expires here would wait for the lock for ever. */
	flags = arch_irq_save();
	lock(v);
	if (vgic_is_here(v))
		vgic_unload(v);
	c = &v->gic->s.cpu[v->id];
	c->vmcr = v->gic->v2 ? 0 : ICH_VMCR_VFIQEN; /* which is RES1 there */
	memset(c->ap0r, 0, sizeof(c->ap0r));
	memset(c->ap1r, 0, sizeof(c->ap1r));
	/* What it has acknowledged it will not end any more. */
	memset(v->running, 0, sizeof(v->running));
	memset(v->owed, 0, sizeof(v->owed));
	v->owing = false;
	unlock(v);
	arch_irq_restore(flags);
}

void vgic_sync(struct vcpu *vcpu)
{
	struct vgic_vcpu *v = vgic_of(vcpu);

	if (!v || !vgic_is_here(v))
		return;
	lock(v);
	vgic_catch_up(v);
	unlock(v);
}

/* ---- is anything signalled? ---- */

/* The highest active priority: below it nothing is signalled. */
static u32 running_priority(struct vgic_vcpu *v)
{
	const struct vgic_cpu_state *c = &v->gic->s.cpu[v->id];
	unsigned int i, levels = 32 * nr_aprs;

	for (i = 0; i < nr_aprs; i++) {
		u32 active = v->loaded ? hw_apr_read(0, i) : c->ap0r[i];

		if (!v->gic->v2)
			active |= v->loaded ? hw_apr_read(1, i) : c->ap1r[i];
		if (active)
			return (32 * i + ctz64(active)) * (256 / levels);
	}
	return 0x100;
}

static bool passes(u32 priority, bool group1, u32 vmcr, u32 *highest)
{
	if ((vmcr & (group1 ? ICH_VMCR_VENG1 : ICH_VMCR_VENG0)) && priority < vmcr >> ICH_VMCR_VPMR)
		*highest = min(*highest, priority);
	return *highest < 0x100;
}

static bool signalled(struct vgic_vcpu *v)
{
	u32 vmcr = v->loaded ? hw_vmcr_read() : v->gic->s.cpu[v->id].vmcr;
	u32 used = v->used, highest = 0x100, mask;
	unsigned int word;

	for (; used; used &= used - 1) {
		u64 lr = hw_lr_read(ctz64(used));

		if ((lr & (ICH_LR_PENDING | ICH_LR_ACTIVE)) == ICH_LR_PENDING)
			passes(LR_PRIORITY_OF(lr), lr & ICH_LR_GROUP1, vmcr, &highest);
	}
	for (word = 0; word < NR_WORDS; word++) {
		const struct irq_bank *b = bank_of(v->gic, v->id, word);

		for (mask = v->ready[word]; mask; mask &= mask - 1) {
			unsigned int n = ctz64(mask);

			passes(b->priority[n], b->group >> n & 1, vmcr, &highest);
		}
	}
	return highest < 0x100 && highest < running_priority(v);
}

bool vgic_pending(struct vcpu *vcpu)
{
	struct vgic_vcpu *v = vgic_of(vcpu);
	bool yes;

	/* Without the lock: who makes one ready wakes the vCPU after it, and this is asked again then. */
	if (!v || !(READ_ONCE(v->used) | READ_ONCE(v->ready[0]) | READ_ONCE(v->ready[1]) |
		    READ_ONCE(v->ready[2]) | READ_ONCE(v->ready[3])))
		return false;
	/* Its registers are another CPU's: the guest runs there, and does not wait. */
	if (v->loaded && !vgic_is_here(v))
		return true;
	lock(v);
	/* A guest that has set its timer anew waits for that. */
	vgic_timer_resample(v);
	yes = signalled(v);
	unlock(v);
	return yes;
}

/* ---- what guests write ---- */

void vgic_dir(struct vcpu *vcpu, u64 val)
{
	struct vgic_vcpu *v = vgic_of(vcpu);
	u32 intid = val & GIC_INTID_MASK_3;

	if (!v || intid >= NR_INTIDS || !vgic_is_here(v))
		return;
	intid = vgic_intid(intid);
	lock(v);
	/* With EOImode 0 it has no effect (IHI 0069, ICC_DIR_EL1). */
	if (hw_vmcr_read() & ICH_VMCR_VEOIM) {
		if (v->inlr[intid / 32] & irq_bit(intid))
			vgic_take_back(v, intid);
		v->owed[intid / 32] &= ~irq_bit(intid);
		v->running[intid / 32] &= ~irq_bit(intid);
		vgic_deactivate(v->gic, v->id, intid / 32, irq_bit(intid));
		if (intid == VGIC_IRQ_VTIMER && v->hw_active)
			vgic_timer_release(v);
		vgic_refill(v);
	}
	unlock(v);
}

void vgic_set_ppi(struct vcpu *vcpu, u32 intid, bool level)
{
	struct vgic_vcpu *v = vgic_of(vcpu);
	unsigned long flags;

	/* Each line has one timer that tells of it: nobody else changes it meanwhile. */
	if (!v || level == !!(READ_ONCE(v->gic->s.cpu[v->id].bank.level) & irq_bit(intid)))
		return;
	flags = spin_lock_irqsave(&v->gic->vdev.lock);
	if (intid != VGIC_IRQ_VTIMER || !v->loaded)
		vgic_set_level(v->gic, v->id, intid, level);
	vgic_deliver(v->gic);
	spin_unlock_irqrestore(&v->gic->vdev.lock, flags);
}

/* ---- interrupts of the host ---- */

static struct vgic_vcpu *loaded_here(void)
{
	struct vcpu *vcpu = this_cpu()->loaded;
	struct vgic_vcpu *v = vcpu ? vgic_of(vcpu) : NULL;

	return v && vgic_is_here(v) ? v : NULL;
}

/* A level-sensitive one has ended, there is room again, or one that was in none has ended. */
static void maintenance_interrupt(void *arg)
{
	struct vgic_vcpu *v = loaded_here();

	if (!v) {
		hw_hcr_write(0);
		return;
	}
	lock(v);
	vgic_refill(v);
	unlock(v);
}

/* It stays active, and so can't come again, until the guest or we end it. */
static void vtimer_interrupt(void *arg)
{
	struct vgic_vcpu *v = loaded_here();
	u32 bit = irq_bit(VGIC_IRQ_VTIMER);

	if (!v) {
		/* Nobody can be told: quiet, until it is set again. */
		write_sysreg(CNTV_CTL_EL0, read_sysreg(CNTV_CTL_EL0) | CNT_CTL_IMASK);
		gic_deactivate(VGIC_IRQ_VTIMER);
		return;
	}
	lock(v);
	/* That it came means that what it was before has ended. */
	if (v->inlr[0] & bit)
		vgic_take_back(v, VGIC_IRQ_VTIMER);
	v->hw_held = true;
	vgic_set_level(v->gic, v->id, VGIC_IRQ_VTIMER, true);
	unlock(v);
}

static void request(u32 irq, irq_handler_t fn, const char *name)
{
	if (!irq || irq_request(irq, fn, NULL, name))
		panic_plain("the GIC's %s interrupt is in use already", name);
}

void vgic_init(void)
{
	const struct gic_info *info = gic_info();
	unsigned int levels;
	u32 vtr;

	if (!info->version)
		panic_plain("found no GIC that Lodge supports, and guests need one");
	if (info->version == 2 && !info->gich)
		panic_plain("the GIC has no virtual CPU interface (GICH, GICV) for guests");
	vgic_gich = info->gich;
	vtr = hw_vtr_read();
	vgic_lr_mask = (u32)((1ul << min((vtr & 0x1f) + 1, MAX_LRS)) - 1);
	/*
	 * In EOImode 1 any CPU may deactivate what another has acknowledged (IHI 0069, 4.1.2). Its own
	 * list registers don't have that, so each write of ICC_DIR_EL1 has to be seen.
	 */
	vgic_hcr = ICH_HCR_EN | (!vgic_gich && (vtr & ICH_VTR_TDS) ? ICH_HCR_TDIR : 0);
	levels = (vtr >> ICH_VTR_PREBITS & 7) + 1;
	nr_aprs = vgic_gich || levels <= 5 ? 1 : 1u << (levels - 5);
	vgic_priority_mask = 0xff & ~(0xffu >> (vgic_gich ? 5 : (vtr >> ICH_VTR_PRIBITS & 7) + 1));
	hw_hcr_write(0);
	gic_forward(VGIC_IRQ_VTIMER);
	request(info->maintenance_irq, maintenance_interrupt, "maintenance");
	request(VGIC_IRQ_VTIMER, vtimer_interrupt, "virtual timer");
}
