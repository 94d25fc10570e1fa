// SPDX-License-Identifier: Apache-2.0
/*
 * Interrupts of the host on pins of the guest's IOAPIC. The host keeps each until the guest is done with it:
 * it is told so at the EOI of a level-triggered one, and of others when they are taken.
 */
#include <lodge/errno.h>
#include <lodge/irq.h>
#include <lodge/smp.h>
#include <lodge/vcpu.h>
#include <lodge/vm.h>
#include <asm/barrier.h>
#include "vioapic.h"

int vioapic_link(struct vdev *v, u32 irq, u32 host)
{
	struct vioapic *a = to_vioapic(v);

	if (irq >= NR_PINS)
		return -EINVAL;
	a->host[irq] = host;
	a->linked |= 1u << irq;
	return 0;
}

/*
 * What the host keeps is for the local APICs that the pin's entry names. If none takes it, it waits until
 * that may have changed, masked edges too: vioapic_retry(). One that ends with an EOI is over then.
 * Of others the IOAPIC does not hear again: they are over when they are taken.
 */
static void offer(struct vioapic *a, unsigned int pin)
{
	struct apic_msg m = vioapic_message(a->s.rte[pin]);
	u64 rte = a->s.rte[pin];

	/* Before the message, which may be taken at once, and before a look at who takes it. */
	WRITE_ONCE(a->waiting, a->waiting | 1u << pin);
	smp_mb();
	if (rte & (RTE_MASKED | RTE_REMOTE_IRR))
		return;
	if (!vioapic_is_ended_by_eoi(rte))
		apic_watch(a->vdev.vm, &m);
	if (vioapic_deliver(a, pin))
		a->owed &= ~(1u << pin);
}

/* It interrupts the CPU that has the registers of a vCPU that it is for, from the next time on. */
static void follow(const struct vioapic *a, unsigned int pin)
{
	struct apic_msg m = vioapic_message(a->s.rte[pin]);
	struct cpu *c = apic_cpu(a->vdev.vm, &m);

	if (c && c != this_cpu())
		irq_route(a->host[pin], c);
}

void vioapic_forward(struct vdev *v, u32 irq)
{
	struct vioapic *a = to_vioapic(v);
	unsigned long flags = spin_lock_irqsave(&v->lock);

	a->s.level |= 1u << irq;
	a->kept |= 1u << irq;
	a->owed |= 1u << irq;
	offer(a, irq);
	follow(a, irq);
	spin_unlock_irqrestore(&v->lock, flags);
}

void vioapic_end_host(struct vioapic *a, unsigned int pin)
{
	u32 others = ~(1u << pin);

	/* An EOI that is still to come is not the next one's. */
	a->s.rte[pin] &= ~(u64)RTE_REMOTE_IRR;
	a->s.level &= others;
	a->kept &= others;
	a->owed &= others;
	WRITE_ONCE(a->waiting, a->waiting & others);
	irq_end(a->host[pin]);
}

void vioapic_cut(struct vdev *v, u32 irq)
{
	struct vioapic *a = to_vioapic(v);
	unsigned long flags = spin_lock_irqsave(&v->lock);

	if (a->kept >> irq & 1)
		vioapic_end_host(a, irq);
	spin_unlock_irqrestore(&v->lock, flags);
}

void vioapic_retry_host(struct vioapic *a, u32 pins)
{
	unsigned int pin;

	for (pin = 0; pin < NR_PINS; pin++) {
		if (!(pins & a->kept & 1u << pin))
			continue;
		/* A level-triggered one that is taken shows it in its entry. */
		if ((a->owed >> pin & 1) || vioapic_is_ended_by_eoi(a->s.rte[pin]))
			offer(a, pin);
		else
			vioapic_end_host(a, pin);
	}
}
