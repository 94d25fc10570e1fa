/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIRT_VM_LIFE_H
#define VIRT_VM_LIFE_H

#include <lodge/vcpu.h>
#include <lodge/vm.h>

/* vm.c */

/** vcpu_set_state() - with the VM's lock. */
void vcpu_set_state(struct vcpu *vcpu, enum vcpu_state state);
/** vcpu_live() - in the thread of @vcpu: its starts and stops until the VM ends. */
void vcpu_live(struct vcpu *vcpu);

/* life.c */

/** vm_main() - from its start to its end; in the thread of vCPU 0. */
void vm_main(struct vm *vm);

#endif
