/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_VM_H
#define ASM_VM_H

#include <lodge/types.h>
#include <lodge/vmid.h>
#include <asm/start.h>

/**
 * struct arch_vm - what x86_64 adds to a VM
 * @asid:	who it is in the TLBs
 * @tsc_offset: guest's TSC less the host's
 * @memory_generation: counts changes of nested translations; who remembers a host address of
 *		the guest's memory compares it
 * @start:	how its first vCPU begins, from the image loader
 */
struct arch_vm {
	struct vmid asid;
	u64 tsc_offset;
	u64 memory_generation;
	struct x86_start start;
};

#endif
