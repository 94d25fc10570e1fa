// SPDX-License-Identifier: Apache-2.0
/* The time of a guest stands still while its VM is paused and no vCPU is in the guest. */
#include <lodge/arch_virt.h>
#include <lodge/time.h>
#include "life.h"

void vm_clock_stop(struct vm *vm)
{
	unsigned int i;

	if (vm->state != VM_PAUSED || vm->stands)
		return;
	for (i = 0; i < vm->nr_vcpus; i++)
		if (!vcpu_is_out(vm->vcpu[i]))
			return;
	vm->stood = time_now();
	/* RELEASE: behind all that its vCPUs have left; see vm_pause(). */
	__atomic_store_n(&vm->stands, true, __ATOMIC_RELEASE);
}

void vm_clock_go(struct vm *vm)
{
	if (!vm->stands)
		return;
	WRITE_ONCE(vm->stands, false);
	arch_vm_set_back(vm, time_now() - vm->stood);
}
