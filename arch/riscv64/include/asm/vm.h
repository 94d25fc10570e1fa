/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_VM_H
#define ASM_VM_H

#include <lodge/types.h>
#include <lodge/vmid.h>

/**
 * struct arch_vm - what riscv64 adds to a VM
 * @hgatp_base:	   mode and root, without the VMID
 * @vmid:	   who it is in the TLBs
 * @clean_boot:	   vm->boots of when its memory was last written back from caches
 * @time_delta:	   guest time is host time plus this (htimedelta)
 */
struct arch_vm {
	u64 hgatp_base;
	struct vmid vmid;
	u64 time_delta;
	u64 clean_boot;
};

#endif
