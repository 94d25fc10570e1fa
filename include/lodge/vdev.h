/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_VDEV_H
#define LODGE_VDEV_H

#include <lodge/spinlock.h>
#include <lodge/types.h>

struct vm;
struct vcpu;
struct vdev;
struct fdt_writer;
struct vdev_config;

/* Registers of a device as snapshot and migration carry them. */
struct vdev_state {
	void *data;
	size_t size; /* in: room in @data; out: bytes used */
};

/**
 * struct vdev_ops - one kind of device that a guest sees
 * @compatible: what a VM description calls it ("lodge,uart")
 * @create:	makes one at @base of @size bytes with interrupt @irq; -errno with nothing left behind
 * @destroy:	frees it
 * @reset:	to the state after power-on
 * @read:	a load of @width (1, 2, 4 or 8) bytes at @off, zero-extended
 * @write:	a store of the low @width bytes of @val at @off
 * @set_irq:	for interrupt controllers: level of input line @irq
 * @fdt:	adds the device's node to the guest's tree; may be NULL
 * @save, @restore: registers to and from a flat, versioned struct; -EINVAL if it does not fit
 *
 * @off is always within the device's window, and @off + @width too; nothing
 * else about an access is guaranteed. The device takes its own lock.
 */
struct vdev_ops {
	const char *compatible;
	int (*create)(struct vm *vm, const struct vdev_config *cfg, struct vdev **out);
	void (*destroy)(struct vdev *v);
	void (*reset)(struct vdev *v);
	u64 (*read)(struct vdev *v, struct vcpu *vcpu, u64 off, unsigned int width);
	void (*write)(struct vdev *v, struct vcpu *vcpu, u64 off, unsigned int width, u64 val);
	void (*set_irq)(struct vdev *v, u32 irq, bool level);
	int (*fdt)(struct vdev *v, struct fdt_writer *w);
	int (*save)(struct vdev *v, struct vdev_state *s);
	int (*restore)(struct vdev *v, const struct vdev_state *s);
};

/* The generic part of every device; embedded in the device's own struct. */
struct vdev {
	const struct vdev_ops *ops;
	struct vm *vm;
	char name[24];
	gpa_t base;
	u64 size;
	u32 irq; /* input of the VM's interrupt controller, 0 for none */
	struct spinlock lock;
};

/* What create() is given: from the board's table, overridden by the description. */
struct vdev_config {
	char name[24];
	const char *compatible;
	gpa_t base;
	u64 size;
	u32 irq;
};

/* Registered objects are collected by the linker between __vdevs_start and __vdevs_end. */
#define VDEV_REGISTER(ops)                                                     \
	static const struct vdev_ops *const __vdev_##ops __used                \
		__section(".vdevs") = &ops

/** vdev_find_ops() - the ops registered for @compatible, or NULL. */
const struct vdev_ops *vdev_find_ops(const char *compatible);

#endif
