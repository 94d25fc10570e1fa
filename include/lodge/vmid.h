/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_VMID_H
#define LODGE_VMID_H

#include <lodge/types.h>

/*
 * Who a VM is in the TLBs: VMIDs, or ASIDs where guests are told apart by those. Hardware has
 * a few, so they are handed out in turn. When they have run out a new generation begins: every
 * VM gets a new one when it is next loaded, and each CPU forgets all guests' translations
 * before it runs any of the new generation. So neither exits nor switches between VMs flush.
 *
 * A VM's vCPUs have one identifier, but to the guest each is a CPU with a TLB of its own: what
 * another has left on this CPU is not this one's.
 */

struct vcpu;

/**
 * struct vmid - a VM's identifier; all zero before its first vmid_use()
 * @id:		the number for hardware
 * @generation: in which it holds
 * @user:	of which vCPU each CPU may have translations under it
 */
struct vmid {
	u64 id;
	u64 generation;
	const struct vcpu *user[CONFIG_NR_CPUS];
};

#define VMID_FLUSH_ALL	 1u /* forget the translations of all guests, nested ones as well */
#define VMID_FLUSH_GUEST 2u /* forget what this identifier's guest has translated itself */

/** vmid_init() - identifiers up to @max; 0 is the host's unless it is the only one. */
void vmid_init(u64 max);
/**
 * vmid_use() - @vcpu, whose VM has @v, is about to run on this CPU; interrupts are off
 * Return: VMID_FLUSH_* that the CPU must do under v->id before it enters the guest.
 */
__must_check unsigned int vmid_use(struct vmid *v, const struct vcpu *vcpu);
/** vmid_is_current() - whether TLBs may know translations under v->id that are this VM's. */
bool vmid_is_current(const struct vmid *v);

#endif
