/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IRQCHIP_GIC_H
#define IRQCHIP_GIC_H

/* What the drivers of GICv2 and GICv3 share: a distributor, and private interrupts. */
#include <lodge/gic.h>
#include <lodge/gic_regs.h>
#include <lodge/irq.h>
#include <lodge/spinlock.h>

#define GIC_KICK     0	  /* the SGI that one CPU sends another */
#define GIC_PRIORITY 0xa0 /* of all: none of them preempts */

/*
 * Interrupts that one exception serves; the rest interrupt again. Of the console's, each takes
 * some 850 instructions with interrupts off.
 */
#define GIC_BURST 8

/**
 * struct gic - the only one
 * @lock:	   enable bits, here and in the device
 * @dist:	   registers of the distributor
 * @set_private:   the calling CPU's private interrupts: exactly those of @mask are enabled
 * @deactivate:	   one of the calling CPU's
 * @end:	   deactivate a shared one, on whichever CPU
 * @private_mask:  private interrupts that are requested, for all CPUs
 * @private_here:  what each CPU has been told of them
 * @forwarded:	   private interrupts whose handlers do not deactivate them
 */
struct gic {
	struct irqchip chip;
	struct gic_info info;
	struct spinlock lock;
	volatile u8 *dist;
	void (*set_private)(u32 mask);
	void (*deactivate)(u32 irq);
	void (*end)(u32 irq);
	u32 private_mask;
	u32 private_here[CONFIG_NR_CPUS];
	u32 forwarded;
};

extern struct gic gic;

/** gic_probe_common() - the distributor is mapped: initialise it, register the chip; -errno. */
__must_check int gic_probe_common(const void *fdt, int node,
				  void (*dist_init)(unsigned int nr_irqs));
/** gic_dist_defaults() - all shared interrupts: off, not active, one priority. */
void gic_dist_defaults(volatile u8 *dist, unsigned int first, unsigned int nr_irqs);
/** gic_wait() - until @bit of the register at @p is clear; says so when that takes too long. */
void gic_wait(const volatile u8 *p, u32 bit, const char *what);
/** gic_private_init() - when the calling CPU's part of the device is ready for it. */
void gic_private_init(void);
/** gic_private_update() - the calling CPU has been kicked: there may be new ones. */
void gic_private_update(void);
/**
 * gic_serve() - interrupt @irq is acknowledged, and its priority has been dropped: to its
 * handler, and deactivate it.
 */
void gic_serve(u32 irq);

#endif
