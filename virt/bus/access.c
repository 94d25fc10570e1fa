// SPDX-License-Identifier: Apache-2.0
/*
 * Accesses of vCPUs to devices, which are found by address.
 *
 * A device's window is a region of vm->map, or some I/O ports. Nobody changes either while
 * vCPUs run, so looking one up takes no lock. Each vCPU remembers the devices it used last:
 * a driver's accesses come in runs.
 */
#include <lodge/board.h>
#include <lodge/vcpu.h>
#include <lodge/vdev.h>
#include <lodge/vm.h>
#include "bus_internal.h"

/* @width is 8 at most; as an int it needs no extension where registers hold those. */
static __always_inline bool vdev_covers(const struct vdev *v, u64 off, int width)
{
	return off < v->size && (u64)width <= v->size - off;
}

static __noinline struct vdev *vdev_find(struct vcpu *vcpu, gpa_t addr, unsigned int width)
{
	const struct region *r = region_find(&vcpu->vm->map, addr);

	if (!r || r->backing != BACKING_EMULATED ||
	    !vdev_covers(r->vdev, addr.v - r->vdev->base.v, (int)width))
		return NULL;
	*vdev_cache_slot(vcpu, addr.v) = r->vdev;
	return r->vdev;
}

struct vdev *vdev_at(struct vcpu *vcpu, gpa_t addr, unsigned int width)
{
	struct vdev *v = *vdev_cache_slot(vcpu, addr.v);

	if (likely(v) && likely(vdev_covers(v, addr.v - v->base.v, (int)width)))
		return v;
	return vdev_find(vcpu, addr, width);
}

/* Virtio 1.2, 4.2.2 */
#define VIRTIO_MAGIC   0x74726976u /* at 0 */
#define VIRTIO_VERSION 2u	   /* at 4 */

/* @reg: of an empty slot's registers, where a description has put nothing else. */
static bool in_empty_slot(struct vcpu *vcpu, gpa_t addr, u64 *reg)
{
	const struct virtio_slots *s = &arch_guest_board.slots;
	u64 off = addr.v - s->base;

	if (off >= (u64)s->size * s->count || region_find(&vcpu->vm->map, addr))
		return false;
	*reg = off % s->size;
	return true;
}

/*
 * Firmware that knows the board looks at all of them. 4.2.2.1 wants the first two registers, and a
 * DeviceID of 0 says that the place is empty; all others are 0 as well. A driver accesses them
 * by words only (4.2.2.2).
 */
static bool empty_slot_read(struct vcpu *vcpu, gpa_t addr, unsigned int width, u64 *val)
{
	u64 reg;

	if (!in_empty_slot(vcpu, addr, &reg))
		return false;
	*val = 0;
	if (width == 4 && reg <= 4)
		*val = !reg ? VIRTIO_MAGIC : reg == 4 ? VIRTIO_VERSION : 0;
	return true;
}

bool vm_mmio_read(struct vcpu *vcpu, gpa_t addr, unsigned int width, u64 *val)
{
	struct vdev *v = vdev_at(vcpu, addr, width);

	if (unlikely(!v)) {
		if (empty_slot_read(vcpu, addr, width, val))
			return true;
		*val = ~(u64)0 >> (64 - 8 * width);
		return false;
	}
	*val = v->ops->read(v, vcpu, vdev_offset(v, addr.v), width);
	return true;
}

bool vm_mmio_write(struct vcpu *vcpu, gpa_t addr, unsigned int width, u64 val)
{
	struct vdev *v = vdev_at(vcpu, addr, width);
	u64 reg;

	if (unlikely(!v))
		return in_empty_slot(vcpu, addr, &reg);
	v->ops->write(v, vcpu, vdev_offset(v, addr.v), width, val);
	return true;
}

__noinline struct vdev *port_find(struct vcpu *vcpu, u16 port, unsigned int width)
{
	struct vm *vm = vcpu->vm;
	unsigned int i;

	for (i = 0; i < vm->nr_devs; i++) {
		struct vdev *v = vm->dev[i];

		if (v->space == VDEV_PORTS && vdev_covers(v, port - v->base.v, (int)width)) {
			*port_cache_slot(vcpu, port) = v;
			return v;
		}
	}
	return NULL;
}

static __always_inline struct vdev *port_at(struct vcpu *vcpu, u16 port, unsigned int width)
{
	struct vdev *v = *port_cache_slot(vcpu, port);

	if (likely(v) && likely(vdev_covers(v, port - v->base.v, (int)width)))
		return v;
	return port_find(vcpu, port, width);
}

/* Whether a bus of 8 bits is behind @port, which makes several of a wider access. */
static bool is_byte_port(struct vcpu *vcpu, u16 port)
{
	const struct vdev *v = port_at(vcpu, port, 1);

	return v && v->ops->byte_ports;
}

static __always_inline bool read_port(struct vcpu *vcpu, u16 port, unsigned int width, u64 *val)
{
	struct vdev *v = port_at(vcpu, port, width);

	if (unlikely(!v)) {
		*val = ~(u64)0 >> (64 - 8 * width);
		return false;
	}
	*val = v->ops->read(v, vcpu, vdev_offset(v, port), width);
	return true;
}

static __always_inline bool write_port(struct vcpu *vcpu, u16 port, unsigned int width, u64 val)
{
	struct vdev *v = port_at(vcpu, port, width);

	if (unlikely(!v))
		return false;
	v->ops->write(v, vcpu, vdev_offset(v, port), width, val);
	return true;
}

/* The lowest port first. True if something is at all of them. */
static __noinline bool read_bytes(struct vcpu *vcpu, u16 port, unsigned int width, u64 *val)
{
	bool all = true;
	unsigned int i;
	u64 byte;

	for (i = 0, *val = 0; i < width; i++) {
		all &= read_port(vcpu, (u16)(port + i), 1, &byte);
		*val |= (byte & 0xff) << 8 * i;
	}
	return all;
}

static __noinline bool write_bytes(struct vcpu *vcpu, u16 port, unsigned int width, u64 val)
{
	bool all = true;
	unsigned int i;

	for (i = 0; i < width; i++)
		all &= write_port(vcpu, (u16)(port + i), 1, val >> 8 * i & 0xff);
	return all;
}

bool vm_port_read(struct vcpu *vcpu, u16 port, unsigned int width, u64 *val)
{
	if (unlikely(width > 1) && is_byte_port(vcpu, port))
		return read_bytes(vcpu, port, width, val);
	return read_port(vcpu, port, width, val);
}

bool vm_port_write(struct vcpu *vcpu, u16 port, unsigned int width, u64 val)
{
	if (unlikely(width > 1) && is_byte_port(vcpu, port))
		return write_bytes(vcpu, port, width, val);
	return write_port(vcpu, port, width, val);
}
