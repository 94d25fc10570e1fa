/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_GIC_H
#define LODGE_GIC_H

#include <lodge/types.h>

/*
 * What a virtual GIC wants to know of the host's, beyond an irqchip. Interrupt numbers are
 * INTIDs.
 */

/**
 * struct gic_info - the host's interrupt controller
 * @version:	     2 or 3; 0 while there is none
 * @maintenance_irq: what the virtual CPU interface says is an interrupt to its host; 0: nothing
 * @gich:	     GICv2: registers of the virtual interface control, or NULL
 * @gicv, @gicv_size: GICv2: where the virtual CPU interface is, for guests
 */
struct gic_info {
	unsigned int version;
	u32 maintenance_irq;
	volatile u8 *gich;
	hpa_t gicv;
	u64 gicv_size;
};

/** gic_info() - of the machine's GIC. */
const struct gic_info *gic_info(void);

/**
 * gic_forward() - leave private interrupt @irq active when its handler returns
 * It can't happen again until somebody deactivates it: a guest that has it as a hardware
 * interrupt in a list register, or gic_deactivate().
 */
void gic_forward(u32 irq);
/** gic_deactivate() - one of this CPU's that gic_forward() has left active; else no effect. */
void gic_deactivate(u32 irq);

#endif
