/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_VM_H
#define ASM_VM_H

#include <lodge/spinlock.h>
#include <lodge/types.h>
#include <lodge/vmid.h>
#include <asm/start.h>

struct vdev;

/**
 * struct arch_vm - what x86_64 adds to a VM
 * @asid:	who it is in the TLBs
 * @tsc_offset: guest's TSC less the host's
 * @memory_generation: counts changes of nested translations, atomically; who remembers a host address of
 *		the guest's memory compares it
 * @kvm_wall_clock: MSR_KVM_WALL_CLOCK
 * @kvm_clock_differs: the TSCs of those vCPUs that use kvmclock are not all the same
 * @kvm_clock_changes: how often that has changed; both are under vm->lock
 * @halt_lock:	innermost, over nmi_pending, kicked and halted of its vCPUs; see halt.h
 * @cmos:	its clock with a battery, or NULL
 * @iopm:	the I/O ports that it is given, as SVM takes them; 0 where it has none
 * @start:	how its first vCPU begins, from the image loader
 */
struct arch_vm {
	struct vmid asid;
	u64 tsc_offset;
	u64 memory_generation;
	u64 kvm_wall_clock;
	bool kvm_clock_differs;
	u32 kvm_clock_changes;
	struct spinlock halt_lock;
	struct vdev *cmos;
	hpa_t iopm;
	struct x86_start start;
};

#endif
