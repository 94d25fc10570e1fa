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

#endif
