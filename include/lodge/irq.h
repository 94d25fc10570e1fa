/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_IRQ_H
#define LODGE_IRQ_H

#include <lodge/types.h>

struct cpu;

/* What a device writes where to interrupt. */
struct msi_message {
	u64 addr;
	u32 data;
};

/* External interrupts of the host. Handlers run with interrupts off. */
typedef void (*irq_handler_t)(void *arg);

/* How an input is triggered, as the flags of most interrupt specifiers have it. */
enum irq_trigger {
	IRQ_EDGE_RISING = 1,
	IRQ_EDGE_FALLING = 2,
	IRQ_LEVEL_HIGH = 4,
	IRQ_LEVEL_LOW = 8,
};

struct irqchip {
	const char *name;
	u32 phandle;	      /* in the tree; 0: it has none */
	unsigned int nr_irqs; /* numbers are below this */
	/*
	 * It goes to CPU SCHED_HOST_CPU, which is nobody's own, unless each CPU has one of the kind:
	 * -ENODEV when that CPU can take none, -EINVAL.
	 */
	int (*enable)(struct irqchip *c, u32 irq);
	void (*disable)(struct irqchip *c, u32 irq);
	/* The calling CPU's part, when it comes up. */
	void (*cpu_init)(struct irqchip *c);
	/*
	 * The number that an interrupt specifier of @n cells in the tree means; -EINVAL.
	 * NULL: the first cell, perhaps with one of flags behind it.
	 */
	int (*xlate)(const struct irqchip *c, const u32 *cells, unsigned int n, u32 *irq);
	/* Claims, calls irq_dispatch() for each, completes; on an external interrupt. */
	void (*handle)(struct irqchip *c);
	/* Where one CPU interrupts another through it: the other calls cpu_kicked(). May be NULL. */
	void (*kick)(struct irqchip *c, struct cpu *cpu);
	/*
	 * An interrupt that has no input but is a write by a device; it goes to the same
	 * CPU. -ENOSPC when there is none left. NULL: it has no such interrupts.
	 */
	int (*msi_alloc)(struct irqchip *c, u32 *irq, struct msi_message *msg);
	/*
	 * For irq_request_kept(); NULL where interrupts can't be kept. @trigger: of one that is
	 * off; -EINVAL if the chip has no such, or as enable(), which succeeds after that. @end: one that irq_dispatch() has kept is over; on
	 * any CPU. @route: it goes to @cpu, if that takes interrupts; may be NULL. @forget: drop an edge that came
	 * while it was off, before enable(); NULL where there is no register for that.
	 */
	int (*trigger)(struct irqchip *c, u32 irq, enum irq_trigger trigger);
	void (*end)(struct irqchip *c, u32 irq);
	void (*route)(struct irqchip *c, u32 irq, struct cpu *cpu);
	void (*forget)(struct irqchip *c, u32 irq);
};

/** irqchip_register() - the machine's only interrupt controller; -ENODEV (a second), -ENOMEM. */
__must_check int irqchip_register(struct irqchip *c);
/**
 * irq_xlate() - the number of an interrupt that the tree tells of
 * @phandle: of the controller that it names
 * @cells: the specifier, @n cells
 * Return: 0, -EINVAL, or -ENODEV if that controller is not the one registered.
 */
__must_check int irq_xlate(u32 phandle, const u32 *cells, unsigned int n, u32 *irq);
/**
 * irq_request() - call @fn(@arg) at each interrupt @irq; -EBUSY, -EINVAL, -ENODEV (no chip, or
 * the CPU that serves devices takes no interrupts of it).
 */
__must_check int irq_request(u32 irq, irq_handler_t fn, void *arg, const char *name);
/**
 * irq_msi_alloc() - a number for irq_request(), and what the device has to write where to
 * cause that interrupt; -ENOSPC, -ENODEV (messages don't interrupt here). It is never given back.
 */
__must_check int irq_msi_alloc(u32 *irq, struct msi_message *msg);
/**
 * irq_request_kept() - the same for an interrupt whose handling goes on when @fn returns
 * After each interrupt the next one comes only after irq_end(). It is off until irq_on().
 * @trigger: of its input
 * Return: as irq_request(); -EINVAL also where the chip has no such trigger or can't keep it.
 */
__must_check int irq_request_kept(u32 irq, enum irq_trigger trigger, irq_handler_t fn, void *arg,
				  const char *name);
/** irq_on() - one of irq_request_kept() may come; an edge from before is forgotten where the chip can. */
void irq_on(u32 irq);
/** irq_off() - it does not come any more; another CPU may still be in its handler. */
void irq_off(u32 irq);
/** irq_end() - one that came is over. Any context, any CPU. */
void irq_end(u32 irq);
/** irq_route() - one of irq_request_kept() goes to @cpu from now on, if it can. Any context. */
void irq_route(u32 irq, struct cpu *cpu);
/** irq_name() - what the one who has requested @irq calls it, or NULL. */
const char *irq_name(u32 irq);
/** irq_free() - turn it off; its handler is not called any more by later interrupts. */
void irq_free(u32 irq);
/**
 * irq_dispatch() - from the chip, for each interrupt claimed; one without a handler is turned
 * off.
 * Return: whether it is over; else irq_end() says so.
 */
bool irq_dispatch(u32 irq);
/** irq_handle_external() - from arch, on an external interrupt, with interrupts off. */
void irq_handle_external(void);
/** irq_cpu_init() - the calling CPU's part of the chip. */
void irq_cpu_init(void);
/** irq_kick() - for arch_cpu_kick(): by the chip, if that is where such interrupts come from. */
void irq_kick(struct cpu *c);

#endif
