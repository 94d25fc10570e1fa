/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RISCV64_VIRT_VPLIC_H
#define RISCV64_VIRT_VPLIC_H

#include <lodge/plic_regs.h>
#include <lodge/vdev.h>
#include <lodge/vm_config.h>

#define NR_SOURCES   95 /* 1..95; 0 means none */
#define NR_WORDS     2	/* of 64 sources */
#define MAX_PRIORITY 7

#define CLAIM_FIRST (PLIC_CONTEXT + PLIC_CONTEXT_STRIDE + PLIC_CLAIM) /* of hart 0 */

#define IRQ_S_EXT     9
#define IRQ_NONE      0xffffffff
#define STATE_VERSION 1

/* riscv_set_external() - level of the controller's line into @vcpu; any context, any CPU. */
void riscv_set_external(struct vcpu *vcpu, bool level);

struct source_set {
	u64 w[NR_WORDS];
};

/**
 * struct vplic_state - the guest-visible state, as it is saved
 * @level:   input lines that are up
 * @pending: requests not yet claimed
 * @active:  claimed and not completed; their gateways are shut
 */
struct vplic_state {
	struct vdev_state_header header;
	struct source_set level, pending, active;
	struct source_set enable[VM_MAX_VCPUS];
	u8 threshold[VM_MAX_VCPUS];
	u8 priority[64 * NR_WORDS];
};

/* What follows from the state for one context: enabled sources that it may claim, and
 * those among them that interrupt it. */
struct vplic_context {
	struct source_set claimable, notify;
};

/**
 * struct vplic - the controller of one VM
 * @nr_ctx:  S-mode contexts in use, one for each vCPU
 * @raised:  bit n: the line into vCPU n is up
 * @quick_claim: offset of the only context's claim register; none where there are more
 * @above:   sources whose priority is more than the index
 * @host:    the host's interrupts that sources are; 0 where there is none. The level of such a source says
 *	     that the host's is kept
 */
struct vplic {
	struct vdev vdev;
	unsigned int nr_ctx;
	u32 raised;
	u64 quick_claim;
	struct vplic_context ctx[VM_MAX_VCPUS];
	struct vplic_state s;
	struct source_set above[MAX_PRIORITY + 1];
	u32 host[NR_SOURCES + 1];
};

static inline struct vplic *to_vplic(struct vdev *v)
{
	return container_of(v, struct vplic, vdev);
}

static inline u64 source_bit(u32 irq)
{
	return (u64)1 << (irq & 63);
}

static inline bool source_in(const struct source_set *set, u32 irq)
{
	return set->w[irq >> 6] & source_bit(irq);
}

static inline void source_set_to(struct source_set *set, u32 irq, bool on)
{
	if (on)
		set->w[irq >> 6] |= source_bit(irq);
	else
		set->w[irq >> 6] &= ~source_bit(irq);
}

/* ---- vplic.c ---- */

/* What is pending has changed: the lines into the vCPUs. @p is locked. */
void vplic_refresh(struct vplic *p);
void vplic_set_irq(struct vdev *v, u32 irq, bool level);

/* ---- vplic_host.c: of the device's contract ---- */

int vplic_link(struct vdev *v, u32 irq, u32 host);
void vplic_forward(struct vdev *v, u32 irq);
void vplic_cut(struct vdev *v, u32 irq);
/* The guest has completed @irq, which the host has kept; @p is locked. If the device's line is still up, it comes again. */
void vplic_end_host(struct vplic *p, u32 irq);
/* Under the lock: @s is about to become the state; what the host keeps stays what it is. */
void vplic_restore_host(const struct vplic *p, struct vplic_state *s);

#endif
