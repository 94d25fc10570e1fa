/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_IRQ_H
#define LODGE_IRQ_H

#include <lodge/types.h>

/* External interrupts of the host. Handlers run with interrupts off. */
typedef void (*irq_handler_t)(void *arg);

struct irqchip {
	const char *name;
	unsigned int nr_irqs;
	void (*enable)(struct irqchip *c, u32 irq);
	void (*disable)(struct irqchip *c, u32 irq);
	/* The calling CPU's part, when it comes up. */
	void (*cpu_init)(struct irqchip *c);
	/* Claims, calls irq_dispatch() for each, completes; on an external interrupt. */
	void (*handle)(struct irqchip *c);
};

void irqchip_register(struct irqchip *c); /* one per machine */
/* -EBUSY, -EINVAL, -ENODEV (no chip). */
__must_check int irq_request(u32 irq, irq_handler_t fn, void *arg, const char *name);
void irq_free(u32 irq);
void irq_dispatch(u32 irq);	/* chip to core */
void irq_handle_external(void); /* arch to core */
void irq_cpu_init(void);

#endif
