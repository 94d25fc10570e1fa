/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIRT_BUS_INTERNAL_H
#define VIRT_BUS_INTERNAL_H

#include <lodge/vdev.h>

/** port_find() - the device that has all of an access to I/O ports; NULL if none has. */
struct vdev *port_find(struct vcpu *vcpu, u16 port, unsigned int width);

#endif
