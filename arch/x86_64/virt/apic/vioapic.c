// SPDX-License-Identifier: Apache-2.0
/*
 * "lodge,ioapic": the VM's interrupt controller, an 82093AA with the EOI register that later
 * ones have. Its pins are the global system interrupts of the guest's ACPI tables.
 *
 * A line that is up is asserted, whatever the polarity that the guest sets: the tables
 * tell it the right one.
 */
#include <lodge/errno.h>
#include <lodge/nospec.h>
#include <lodge/slab.h>
#include <lodge/vcpu.h>
#include <lodge/vm.h>
#include <asm/barrier.h>
#include "vioapic.h"

#define IOAPIC_WINDOW 0x1000u
#define STATE_VERSION 1

/* Registers of the window. */
#define IOREGSEL 0x00
#define IOWIN	 0x10
#define IOEOI	 0x40

/* Registers behind IOREGSEL. */
#define REG_ID	    0x00
#define REG_VERSION 0x01
#define REG_ARB	    0x02
#define REG_TABLE   0x10 /* two for each pin */

#define VERSION (0x20u | (NR_PINS - 1) << 16)

/* ---- interrupts ---- */

bool vioapic_deliver(struct vioapic *a, unsigned int pin)
{
	u64 *rte = &a->s.rte[pin];
	struct apic_msg m = vioapic_message(*rte);

	/* These are no interrupts that a pin raises (82093AA, 3.2.4). */
	if (m.mode == APIC_MODE_SIPI || m.mode == APIC_MODE_INIT || !apic_deliver(a->vdev.vm, &m))
		return false;
	if (vioapic_is_ended_by_eoi(*rte))
		*rte |= RTE_REMOTE_IRR;
	return true;
}

/* A level-triggered pin asks until its interrupt is taken, and again after its EOI. */
static void refresh_level(struct vioapic *a, unsigned int pin)
{
	u64 rte = a->s.rte[pin];

	if ((a->s.level >> pin & 1) && (rte & RTE_LEVEL) && !(rte & (RTE_MASKED | RTE_REMOTE_IRR)))
		vioapic_deliver(a, pin);
}

static void set_level(struct vioapic *a, u32 irq, bool level)
{
	bool rises = level && !(a->s.level >> irq & 1);

	a->s.level = level ? a->s.level | 1u << irq : a->s.level & ~(1u << irq);
	if (a->s.rte[irq] & RTE_LEVEL)
		refresh_level(a, irq);
	else if (rises && !(a->s.rte[irq] & RTE_MASKED))
		vioapic_deliver(a, irq);
}

static void vioapic_set_irq(struct vdev *v, u32 irq, bool level)
{
	unsigned long flags;

	if (irq >= NR_PINS)
		return;
	flags = spin_lock_irqsave(&v->lock);
	set_level(to_vioapic(v), irq, level);
	spin_unlock_irqrestore(&v->lock, flags);
}

static void eoi_locked(struct vioapic *a, u8 vector)
{
	unsigned int pin;

	for (pin = 0; pin < NR_PINS; pin++) {
		u64 *rte = &a->s.rte[pin];

		if ((u8)*rte != vector || !(*rte & RTE_REMOTE_IRR))
			continue;
		*rte &= ~(u64)RTE_REMOTE_IRR;
		if (unlikely(a->kept >> pin & 1))
			vioapic_end_host(a, pin);
		else
			refresh_level(a, pin);
	}
}

static const struct vdev_ops vioapic_ops;

static struct vioapic *vioapic_of(struct vm *vm)
{
	struct vdev *v = vm->irqchip;

	return v && v->ops == &vioapic_ops ? to_vioapic(v) : NULL;
}

void vioapic_eoi(struct vm *vm, u8 vector)
{
	struct vioapic *a = vioapic_of(vm);
	unsigned long flags;

	if (!a)
		return;
	flags = spin_lock_irqsave(&a->vdev.lock);
	eoi_locked(a, vector);
	spin_unlock_irqrestore(&a->vdev.lock, flags);
}

/* ---- pulses ---- */

/*
 * While the pin is masked, an edge is lost. Else it is pending where its message goes, as an
 * interrupt, an error or an NMI, and so is the next one until it is taken there. Of those that
 * the lowest priority finds, the one where it is pending is the focus, and remains the one (APM
 * vol. 2, 16.6.1). A level-triggered pin keeps its level.
 */
void vioapic_pulse(struct vm *vm, u32 irq)
{
	struct vioapic *a = vioapic_of(vm);
	struct apic_msg m;
	unsigned long flags;

	if (!a || irq >= NR_PINS)
		return;
	flags = spin_lock_irqsave(&a->vdev.lock);
	m = vioapic_message(a->s.rte[irq]);
	/* Before the message, which may be taken at once. */
	WRITE_ONCE(a->waiting, a->waiting | 1u << irq);
	if (!(a->s.rte[irq] & (RTE_MASKED | RTE_LEVEL)))
		apic_watch(vm, &m);
	set_level(a, irq, false);
	set_level(a, irq, true);
	spin_unlock_irqrestore(&a->vdev.lock, flags);
}

/* The devices of the lines in @pins. */
static void tell_ready(struct vm *vm, u32 pins)
{
	unsigned int i;

	for (i = 0; i < vm->nr_devs; i++) {
		struct vdev *v = vm->dev[i];

		if (v->ops->irq_ready && v->irq < NR_PINS && (pins >> v->irq & 1))
			v->ops->irq_ready(v);
	}
}

static __noinline void retry_waiting(struct vioapic *a)
{
	unsigned long flags = spin_lock_irqsave(&a->vdev.lock);
	u32 pins = a->waiting;

	WRITE_ONCE(a->waiting, 0);
	vioapic_retry_host(a, pins);
	spin_unlock_irqrestore(&a->vdev.lock, flags);
	tell_ready(a->vdev.vm, pins);
}

void vioapic_retry(struct vm *vm)
{
	struct vioapic *a = vioapic_of(vm);

	/* Of two CPUs, of which one changes what the other's message depends on, one sees what the other has done. */
	smp_mb();
	if (unlikely(a && READ_ONCE(a->waiting)))
		retry_waiting(a);
}

/* ---- registers ---- */

static u32 read_selected(const struct vioapic *a)
{
	u32 reg = a->s.select, entry = reg - REG_TABLE;

	if (reg == REG_ID || reg == REG_ARB)
		return a->s.id;
	if (reg == REG_VERSION)
		return VERSION;
	if (reg < REG_TABLE || entry >= 2 * NR_PINS)
		return 0;
	return (u32)(a->s.rte[index_nospec(entry / 2, NR_PINS)] >> (entry % 2 * 32));
}

static void write_entry(struct vioapic *a, unsigned int pin, u64 val)
{
	u64 *rte = &a->s.rte[pin];
	bool was = *rte & RTE_REMOTE_IRR;

	*rte = (val & RTE_WRITABLE) | (*rte & RTE_REMOTE_IRR);
	if (!(*rte & RTE_LEVEL))
		*rte &= ~(u64)RTE_REMOTE_IRR;
	if (likely(!(a->kept >> pin & 1))) {
		refresh_level(a, pin);
		return;
	}
	/* What forgets that it was taken asks again. */
	if (was && !(*rte & RTE_REMOTE_IRR))
		a->owed |= 1u << pin;
	WRITE_ONCE(a->waiting, a->waiting | 1u << pin);
}

static void write_selected(struct vioapic *a, u32 val)
{
	u32 reg = a->s.select, entry = reg - REG_TABLE;
	unsigned int pin;
	u64 rte;

	if (reg == REG_ID)
		a->s.id = val & 0x0f000000;
	if (reg < REG_TABLE || entry >= 2 * NR_PINS)
		return;
	pin = (unsigned int)index_nospec(entry / 2, NR_PINS);
	rte = a->s.rte[pin];
	rte = entry % 2 ? (u32)rte | (u64)val << 32 : (rte & ~(u64)0xffffffff) | val;
	write_entry(a, pin, rte);
}

static u64 vioapic_read(struct vdev *v, struct vcpu *vcpu, u64 off, unsigned int width)
{
	struct vioapic *a = to_vioapic(v);
	u64 val = 0;

	if (off == IOREGSEL)
		return a->s.select;
	if (off != IOWIN || width != 4)
		return 0;
	spin_lock(&v->lock);
	val = read_selected(a);
	spin_unlock(&v->lock);
	return val;
}

static void vioapic_write(struct vdev *v, struct vcpu *vcpu, u64 off, unsigned int width, u64 val)
{
	struct vioapic *a = to_vioapic(v);

	spin_lock(&v->lock);
	if (off == IOREGSEL)
		a->s.select = val & 0xff;
	else if (off == IOWIN && width == 4)
		write_selected(a, (u32)val);
	else if (off == IOEOI)
		eoi_locked(a, (u8)val);
	spin_unlock(&v->lock);
	/* Its mask or its destination may have kept a pin's pulses from having an effect. */
	if (off == IOWIN)
		vioapic_retry(v->vm);
}

/* ---- life ---- */

static void vioapic_reset(struct vdev *v)
{
	struct vioapic *a = to_vioapic(v);
	unsigned long flags = spin_lock_irqsave(&v->lock);
	unsigned int i;

	/* The lines are the devices'. */
	a->s = (struct vioapic_state){
		.header = { STATE_VERSION, sizeof(a->s) },
		.level = a->s.level,
	};
	for (i = 0; i < NR_PINS; i++)
		a->s.rte[i] = RTE_MASKED;
	a->owed = a->kept;
	WRITE_ONCE(a->waiting, a->kept); /* reset devices pulse no more */
	spin_unlock_irqrestore(&v->lock, flags);
}

static int vioapic_create(struct vm *vm, const struct vdev_config *cfg, struct vdev **out)
{
	struct vioapic *a;

	if (cfg->size < IOAPIC_WINDOW)
		return -EINVAL;
	a = kzalloc_for(vm->account, sizeof(*a));
	if (!a)
		return -ENOMEM;
	vdev_init(&a->vdev, &vioapic_ops, vm, cfg);
	vioapic_reset(&a->vdev);
	*out = &a->vdev;
	return 0;
}

static void vioapic_destroy(struct vdev *v)
{
	kfree_for(v->vm->account, to_vioapic(v));
}

static int vioapic_save(struct vdev *v, struct vdev_state *out)
{
	unsigned long flags = spin_lock_irqsave(&v->lock);
	struct vioapic_state s = to_vioapic(v)->s;

	spin_unlock_irqrestore(&v->lock, flags);
	return vdev_state_put(v, out, &s, sizeof(s));
}

static int vioapic_restore(struct vdev *v, const struct vdev_state *in)
{
	struct vioapic *a = to_vioapic(v);
	struct vioapic_state s;
	unsigned long flags;
	unsigned int i;
	int rc = vdev_state_get(in, &s, sizeof(s), STATE_VERSION);

	if (rc)
		return rc;
	s.select &= 0xff;
	s.id &= 0x0f000000;
	s.level &= BIT(NR_PINS) - 1;
	for (i = 0; i < NR_PINS; i++)
		s.rte[i] &= RTE_WRITABLE | (s.rte[i] & RTE_LEVEL ? RTE_REMOTE_IRR : 0);
	flags = spin_lock_irqsave(&v->lock);
	a->s = s;
	a->s.level = (s.level & ~a->linked) | a->kept;
	a->owed = a->kept;
	WRITE_ONCE(a->waiting, a->waiting | a->kept);
	spin_unlock_irqrestore(&v->lock, flags);
	vioapic_retry(v->vm);
	return 0;
}

static const struct vdev_ops vioapic_ops = {
	.compatible = "lodge,ioapic",
	.create = vioapic_create,
	.destroy = vioapic_destroy,
	.reset = vioapic_reset,
	.read = vioapic_read,
	.write = vioapic_write,
	.set_irq = vioapic_set_irq,
	.max_irq = NR_PINS - 1,
	.link = vioapic_link,
	.forward = vioapic_forward,
	.cut = vioapic_cut,
	.save = vioapic_save,
	.restore = vioapic_restore,
};
VDEV_REGISTER(vioapic_ops);
