// SPDX-License-Identifier: Apache-2.0
/* A VM's devices: made from its description, reset and destroyed. */
#include <lodge/board.h>
#include <lodge/errno.h>
#include <lodge/ioport.h>
#include <lodge/printf.h>
#include <lodge/string.h>
#include <lodge/vcpu.h>
#include <lodge/vdev.h>
#include <lodge/vm.h>
#include "bus_internal.h"

extern const struct vdev_ops *const __vdevs_start[], *const __vdevs_end[];

const struct vdev_ops *vdev_find_ops(const char *compatible)
{
	const char *kind = board_kind(compatible);
	const struct vdev_ops *const *p;

	for (p = __vdevs_start; p < __vdevs_end; p++)
		if (!strcmp((*p)->compatible, kind))
			return *p;
	return NULL;
}

__printf(4, 5) static int device_error(const struct vm *vm, const struct vdev_config *cfg,
				       char *err, const char *fmt, ...)
{
	va_list ap;
	int n = scnprintf(err, VM_ERROR_MAX, "%s: /devices/%s: ", vm->cfg->file, cfg->name);

	va_start(ap, fmt);
	vsnprintf(err + n, VM_ERROR_MAX - (size_t)n, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

/* The other of @vm's devices that raises @irq already, if any. */
static const struct vdev *irq_owner(const struct vm *vm, u32 irq)
{
	unsigned int i;

	for (i = 0; irq && i < vm->nr_devs; i++)
		if (vm->dev[i]->irq == irq)
			return vm->dev[i];
	return NULL;
}

/* Ports have no map: a device is looked for among the VM's few. */
static int ports_check(const struct vm *vm, const struct vdev *v)
{
	unsigned int i;

	if (v->base.v >= arch_guest_board.nr_ports ||
	    v->size > arch_guest_board.nr_ports - v->base.v)
		return -EINVAL;
	for (i = 0; i < vm->nr_devs; i++) {
		const struct vdev *d = vm->dev[i];

		if (d->space == VDEV_PORTS && d->base.v < v->base.v + v->size &&
		    v->base.v < d->base.v + d->size)
			return -EEXIST;
	}
	return 0;
}

static int device_map(struct vm *vm, struct vdev *v)
{
	struct region r = {
		.gpa = v->base,
		.size = ALIGN_UP(v->size, PAGE_SIZE),
		.backing = BACKING_EMULATED,
		.perm = REGION_R | REGION_W,
		.vdev = v,
	};

	return v->space == VDEV_PORTS ? ports_check(vm, v) : region_add(&vm->map, &r);
}

static const char *map_error(const struct vdev *v, int rc)
{
	if (rc == -EEXIST)
		return "something else of this VM is there; change reg";
	if (rc == -ENOSPC)
		return "too many regions of memory and devices";
	return v->space == VDEV_PORTS ? "the board has no such I/O ports; change reg"
				      : "devices start at whole pages; change reg";
}

static void device_unmap(struct vm *vm, const struct vdev *v)
{
	struct region_map *map = &vm->map;
	unsigned int i, kept = 0;

	for (i = 0; i < map->count; i++)
		if (map->r[i].backing != BACKING_EMULATED || map->r[i].vdev != v)
			map->r[kept++] = map->r[i];
	map->count = kept;
}

static int device_create(struct vm *vm, const struct vdev_config *cfg, char *err)
{
	const struct vdev_ops *ops = vdev_find_ops(cfg->compatible);
	const struct vdev *other = irq_owner(vm, cfg->irq);
	struct vdev *v;
	int rc;

	if (!ops)
		return device_error(vm, cfg, err, "there is no device \"%s\"; correct compatible",
				    cfg->compatible);
	if (cfg->size < (cfg->space == VDEV_PORTS ? 1 : sizeof(u64)) ||
	    cfg->size > ~(u64)0 - PAGE_SIZE)
		return device_error(vm, cfg, err, "a window of %#llx bytes; correct reg",
				    (unsigned long long)cfg->size);
	if (other)
		return device_error(vm, cfg, err, "interrupt %u belongs to %s already", cfg->irq,
				    other->name);
	if (ops->set_irq && vm->irqchip)
		return device_error(vm, cfg, err, "a second interrupt controller; remove one");
	rc = ops->create(vm, cfg, &v);
	if (rc) {
		device_error(vm, cfg, err, "%s",
			     rc == -ENOMEM ? "not enough memory for this device"
					   : "this device can't be made so; check reg and irq");
		return rc;
	}
	rc = device_map(vm, v);
	if (rc) {
		device_error(vm, cfg, err, "%#llx + %#llx: %s", (unsigned long long)cfg->base.v,
			     (unsigned long long)cfg->size, map_error(v, rc));
		ops->destroy(v);
		return rc;
	}
	vm->dev[vm->nr_devs++] = v;
	if (ops->set_irq)
		vm->irqchip = v;
	return 0;
}

/* The controller may come after devices that use it, so this is the last look. */
static int irqs_check(struct vm *vm, char *err)
{
	unsigned int i;

	for (i = 0; vm->irqchip && i < vm->nr_devs; i++)
		if (vm->dev[i]->irq > vm->irqchip->ops->max_irq)
			return device_error(vm, &vm->cfg->dev[i], err,
					    "%s has no interrupt %u; at most %u", vm->irqchip->name,
					    vm->dev[i]->irq, vm->irqchip->ops->max_irq);
	return 0;
}

/* Ports that are passed through are none that the host uses; the rest was seen when they were described. */
static int passed_ports_check(const struct vm *vm, char *err)
{
	unsigned int i;

	for (i = 0; i < vm->cfg->nr_ports; i++) {
		const struct port_config *r = &vm->cfg->port[i];
		const char *who = ioport_owner(r->first, r->nr);

		if (!who)
			continue;
		scnprintf(
			err, VM_ERROR_MAX,
			"%s: /devices/%s: \"ports\" has 0x%x to 0x%x, some of which %s of the host uses: choose others",
			vm->cfg->file, r->device, r->first, r->first + r->nr - 1, who);
		return -EINVAL;
	}
	return 0;
}

__cold int vm_devices_create(struct vm *vm, char *err)
{
	const struct vm_config *cfg = vm->cfg;
	unsigned int i;
	int rc = 0;

	vm->nr_devs = 0;
	vm->irqchip = NULL;
	vm->unclaimed = (struct unclaimed_log){ .lock = SPINLOCK_INIT };
	for (i = 0; !rc && i < min(cfg->nr_devs, (unsigned int)VM_MAX_DEVS); i++)
		rc = device_create(vm, &cfg->dev[i], err);
	if (!rc)
		rc = irqs_check(vm, err);
	if (!rc)
		rc = passed_ports_check(vm, err);
	if (!rc)
		rc = vm_registers_take(vm, err);
	if (!rc)
		rc = vm_lines_create(vm, err);
	if (rc)
		vm_devices_destroy(vm);
	return rc;
}

__cold void vm_devices_destroy(struct vm *vm)
{
	unsigned int i;

	vm_lines_destroy(vm);
	for (i = 0; i < vm->nr_vcpus; i++)
		if (vm->vcpu[i]) {
			memset(vm->vcpu[i]->vdev_cache, 0, sizeof(vm->vcpu[i]->vdev_cache));
			memset(vm->vcpu[i]->port_cache, 0, sizeof(vm->vcpu[i]->port_cache));
		}
	/* The interrupt controller goes last: the others may lower their lines. */
	while (vm->nr_devs) {
		struct vdev *v = vm->dev[--vm->nr_devs];

		device_unmap(vm, v);
		vm->dev[vm->nr_devs] = NULL;
		if (v != vm->irqchip)
			v->ops->destroy(v);
	}
	if (vm->irqchip)
		vm->irqchip->ops->destroy(vm->irqchip);
	vm->irqchip = NULL;
}

void vm_devices_quiesce(struct vm *vm)
{
	unsigned int i;

	for (i = 0; i < vm->nr_devs; i++)
		if (vm->dev[i]->ops->quiesce)
			vm->dev[i]->ops->quiesce(vm->dev[i]);
	vm_registers_stop(vm);
}

void vm_devices_reset(struct vm *vm)
{
	unsigned int i;

	for (i = 0; i < vm->nr_devs; i++)
		if (vm->dev[i] != vm->irqchip)
			vm->dev[i]->ops->reset(vm->dev[i]);
	/* Last, so that no line that was up before is latched. */
	if (vm->irqchip)
		vm->irqchip->ops->reset(vm->irqchip);
}

void vm_devices_state(struct vm *vm)
{
	unsigned int i;

	for (i = 0; i < vm->nr_devs; i++)
		if (vm->dev[i]->ops->vm_state)
			vm->dev[i]->ops->vm_state(vm->dev[i]);
}
