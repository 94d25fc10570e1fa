// SPDX-License-Identifier: Apache-2.0
/* The threads of a VM's vCPUs. */
#include <lodge/errno.h>
#include <lodge/printf.h>
#include <lodge/vcpu.h>
#include "threads.h"

int vm_threads_create(struct vm *vm, char *err)
{
	unsigned int i;

	for (i = 0; i < vm->nr_vcpus; i++) {
		struct vcpu *v = vm->vcpu[i];

		v->thread = thread_create_any(vm->cfg->name, vcpu_thread, v);
		if (!v->thread) {
			scnprintf(err, VM_ERROR_MAX, "%s: not enough memory for a vCPU's stack",
				  vm->cfg->file);
			return -ENOMEM;
		}
	}
	return 0;
}

void vm_threads_start(struct vm *vm)
{
	unsigned int i;

	for (i = 0; i < vm->nr_vcpus; i++)
		thread_start(vm->vcpu[i]->thread);
}

void vm_threads_join(struct vm *vm)
{
	unsigned int i;

	WRITE_ONCE(vm->over, true);
	for (i = 0; i < vm->nr_vcpus; i++) {
		struct vcpu *v = vm->vcpu[i];

		if (!v->thread)
			continue;
		if (vm->state == VM_CREATED)
			thread_start(v->thread);
		waitq_wake(&v->wait);
		thread_join(v->thread);
		v->thread = NULL;
	}
}
