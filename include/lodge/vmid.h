/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_VMID_H
#define LODGE_VMID_H

#include <lodge/cpumask.h>
#include <lodge/smp.h>
#include <lodge/types.h>

/*
 * Who a VM is in the TLBs: VMIDs, or ASIDs where guests are told apart by those. So neither exits nor
 * switches between VMs flush. Hardware has a few, and there are two ways of giving them out:
 *
 * - In turn, on each CPU by itself: a VM's identifier on one CPU says nothing on
 *   another. When a CPU's have run out a new generation begins there: it forgets all guests'
 *   translations, and each VM gets a new one when it is next loaded. No other CPU has to know.
 * - One for the VM's life, on all CPUs (vmid_fix()), where a guest's own TLB maintenance reaches the
 *   other CPUs by it.
 *
 * A VM's vCPUs have one identifier, but to the guest each is a CPU with a TLB of its own: what
 * another has left on this CPU is not this one's, nor what it has left here itself before it ran
 * elsewhere, where it may have flushed.
 */

struct vcpu;

/**
 * struct vmid_cpu - what one CPU knows of a VM; written by that CPU with interrupts off
 * @id:		the number for hardware
 * @generation:	of the CPU's numbers, in which @id holds; 0: the VM has never been there
 * @user:	of which vCPU the CPU may have translations
 */
struct vmid_cpu {
	u64 id;
	u64 generation;
	const struct vcpu *user;
};

/**
 * struct vmid - a VM's identifiers; all zero before the first vmid_use() or vmid_fix()
 * @fixed:	the same on all CPUs; 0: each CPU has its own
 */
struct vmid {
	u64 fixed;
	struct vmid_cpu cpu[CONFIG_NR_CPUS];
};

#define VMID_FLUSH_ALL	 1u /* forget all nested translations */
#define VMID_FLUSH_GUEST 2u /* forget what this identifier's guest has translated itself */

/** vmid_init() - identifiers up to @max; 0 is the host's unless it is the only one. */
void vmid_init(u64 max);
/**
 * vmid_use() - @vcpu, whose VM has @v, is about to run on this CPU; interrupts are off
 * Return: VMID_FLUSH_* that the CPU must do under vmid_here() before it enters the guest.
 */
__must_check unsigned int vmid_use(struct vmid *v, const struct vcpu *vcpu);
/** vmid_here() - the number on this CPU, after vmid_use() there; interrupts are off. */
static inline u64 vmid_here(const struct vmid *v)
{
	return v->fixed ? v->fixed : v->cpu[cpu_id()].id;
}
/** vmid_is_current() - whether this CPU's TLB may know translations of @v, by that number. */
bool vmid_is_current(const struct vmid *v);
/**
 * vmid_cpus() - CPUs that may know something of @v
 * A vCPU that comes to another CPU meanwhile finds the nested tables there as they are before this call.
 */
cpumask_t vmid_cpus(const struct vmid *v);

/** vmid_fix() - give @v a number that no other VM has as long as it has it; -ENOSPC. */
__must_check int vmid_fix(struct vmid *v);
/** vmid_release() - the opposite; no CPU knows translations of @v. */
void vmid_release(struct vmid *v);

#endif
