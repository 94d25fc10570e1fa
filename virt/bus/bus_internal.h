/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIRT_BUS_INTERNAL_H
#define VIRT_BUS_INTERNAL_H

#include <lodge/vdev.h>

/** port_find() - the device that has all of an access to I/O ports; NULL if none has. */
struct vdev *port_find(struct vcpu *vcpu, u16 port, unsigned int width);

/**
 * vm_registers_take() - have the host's drivers give up the devices whose registers @vm is given
 * In the thread that makes VMs. Return: 0, or -errno with @err set: a driver uses one.
 */
__must_check int vm_registers_take(struct vm *vm, char *err);
/**
 * vm_registers_stop() - none of the passed-through devices that Lodge can reset reaches memory any more
 * It waits for that as long as it takes. No vCPU runs. A thread, holding no lock.
 */
void vm_registers_stop(struct vm *vm);

#endif
