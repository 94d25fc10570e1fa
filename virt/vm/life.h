/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIRT_VM_LIFE_H
#define VIRT_VM_LIFE_H

#include <lodge/vcpu.h>
#include <lodge/vm.h>

/* vm.c */

/** vcpu_set_state() - with the VM's lock. */
void vcpu_set_state(struct vcpu *vcpu, enum vcpu_state state);

/* life.c */

/** vm_thread() - the body of the VM's own thread: from its start to its end. */
void vm_thread(void *arg);

#endif
