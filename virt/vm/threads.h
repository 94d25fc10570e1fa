/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIRT_VM_THREADS_H
#define VIRT_VM_THREADS_H

#include <lodge/vm.h>

/** vcpu_thread() - the body of such a thread, with its vCPU (vm.c). */
void vcpu_thread(void *arg);

/**
 * vm_threads_create() - a thread for each vCPU of @vm, entitled to what its description says
 * Return: 0, -ENOMEM, or -EBUSY, -ENOSPC and -EINVAL if the host can't give them that; with @err set,
 * and what there is then for vm_threads_join().
 */
__must_check int vm_threads_create(struct vm *vm, char *err);
/**
 * vm_threads_entitle() - the threads of @vm's vCPUs get what its description says, if they have not
 * Return: as vm_threads_create(); then they have nothing of it.
 */
__must_check int vm_threads_entitle(struct vm *vm, char *err);
/**
 * vm_threads_disentitle() - they give back reservations, caps and CPUs of their own
 * And have the most weight there is: what is left for them to do is to leave.
 */
void vm_threads_disentitle(struct vm *vm);
/** vm_threads_start() - they may run from now on. */
void vm_threads_start(struct vm *vm);
/** vm_threads_join() - wait until they have ended, which they are told to if they have not started. */
void vm_threads_join(struct vm *vm);

#endif
