/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_VM_H
#define ASM_VM_H

#include <lodge/types.h>

struct vcpu;

/**
 * struct arch_vm - what riscv64 adds to a VM
 * @hgatp_base:	   mode and root, without the VMID
 * @vmid, @vmid_generation: who it is in the TLBs; stale when the generation is
 * @tlb_user:	   the vCPU whose translations each CPU may have under @vmid
 * @time_delta:	   guest time is host time plus this (htimedelta)
 */
struct arch_vm {
	u64 hgatp_base;
	u64 vmid;
	u64 vmid_generation;
	const struct vcpu *tlb_user[CONFIG_NR_CPUS];
	u64 time_delta;
};

#endif
