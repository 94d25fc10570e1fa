/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_VM_H
#define ASM_VM_H

#include <asm/start.h>
#include <lodge/spinlock.h>
#include <lodge/types.h>

struct arch_vm {
	u64 tsc_offset; /* of x86_64, as all that follows */
	struct spinlock halt_lock;
	u64 kvm_wall_clock;
	bool kvm_clock_differs;
	u32 kvm_clock_changes;
	struct vdev *cmos;
	struct x86_start start;
};

#endif
