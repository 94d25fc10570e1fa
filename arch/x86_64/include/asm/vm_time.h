/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_VM_TIME_H
#define ASM_VM_TIME_H

/* The time of a VM: its TSC, but for what vCPUs have added to theirs. It stands while the VM is paused. */
#include <lodge/time.h>
#include <lodge/vm.h>

/** x86_vm_ticks() - the time of @vm now; it is set back as the VM goes on after a pause. */
static inline u64 x86_vm_ticks(const struct vm *vm)
{
	return time_now() + READ_ONCE(vm->arch.tsc_offset);
}

/** x86_host_ticks() - the host's time when that of @vm is @ticks, if it is not paused before. */
static inline u64 x86_host_ticks(const struct vm *vm, u64 ticks)
{
	return ticks - READ_ONCE(vm->arch.tsc_offset);
}

#endif
