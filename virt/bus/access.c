// SPDX-License-Identifier: Apache-2.0
/*
 * A VM's devices: made from its description, found by address.
 *
 * A device's window is a region of vm->map, or some I/O ports. Nobody changes either while
 * vCPUs run, so looking one up takes no lock. Each vCPU remembers the devices it used last:
 * a driver's accesses come in runs.
 */
#include <lodge/board.h>
#include <lodge/console.h>
#include <lodge/errno.h>
#include <lodge/printf.h>
#include <lodge/printk.h>
#include <lodge/string.h>
#include <lodge/vcpu.h>
#include <lodge/vdev.h>
#include <lodge/vm.h>

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

/* ---- making and unmaking ---- */

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

__cold int vm_devices_create(struct vm *vm, char *err)
{
	const struct vm_config *cfg = vm->cfg;
	unsigned int i;
	int rc = 0;

	vm->nr_devs = 0;
	vm->irqchip = NULL;
	vm->unclaimed = (struct unclaimed_log){ 0 };
	for (i = 0; !rc && i < min(cfg->nr_devs, (unsigned int)VM_MAX_DEVS); i++)
		rc = device_create(vm, &cfg->dev[i], err);
	if (!rc)
		rc = irqs_check(vm, err);
	if (rc)
		vm_devices_destroy(vm);
	return rc;
}

__cold void vm_devices_destroy(struct vm *vm)
{
	unsigned int i;

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

void vm_devices_input(void *arg)
{
	struct vm *vm = arg;
	unsigned int i;

	for (i = 0; i < vm->nr_devs; i++)
		if (vm->dev[i]->ops->input)
			vm->dev[i]->ops->input(vm->dev[i]);
	for (i = 0; i < vm->nr_vcpus; i++)
		if (READ_ONCE(vm->vcpu[i]->waits_output))
			vcpu_wake(vm->vcpu[i]);
}

int vm_console_getc(struct vm *vm)
{
	unsigned int i;

	for (i = 0; i < vm->nr_devs; i++)
		if (vm->dev[i]->ops->getc)
			return vm->dev[i]->ops->getc(vm->dev[i]);
	return console_port_getc(vm->console);
}

void vm_irq_set(struct vm *vm, u32 irq, bool level)
{
	struct vdev *chip = vm->irqchip;

	if (irq && chip)
		chip->ops->set_irq(chip, irq, level);
}

/* ---- accesses ---- */

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

static __noinline struct vdev *port_find(struct vcpu *vcpu, u16 port, unsigned int width)
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

bool vm_port_read(struct vcpu *vcpu, u16 port, unsigned int width, u64 *val)
{
	struct vdev *v = port_at(vcpu, port, width);

	if (unlikely(!v)) {
		*val = ~(u64)0 >> (64 - 8 * width);
		return false;
	}
	*val = v->ops->read(v, vcpu, vdev_offset(v, port), width);
	return true;
}

bool vm_port_write(struct vcpu *vcpu, u16 port, unsigned int width, u64 val)
{
	struct vdev *v = port_at(vcpu, port, width);

	if (unlikely(!v))
		return false;
	v->ops->write(v, vcpu, vdev_offset(v, port), width, val);
	return true;
}

/* ---- what nothing claims ---- */

/* Whether @addr is to be reported, and with @last whether nothing will be after it. */
static bool unclaimed_is_new(struct unclaimed_log *log, u64 addr, bool *last)
{
	unsigned int i;

	*last = false;
	for (i = 0; i < log->shown; i++)
		if (log->addr[i] == addr)
			return false;
	if (log->shown < UNCLAIMED_SHOWN) {
		log->addr[log->shown++] = addr;
		return true;
	}
	*last = !log->full_reported;
	log->full_reported = true;
	return *last;
}

/* Counts it; whether there is something to say, which is said here if it is the last. */
static bool unclaimed_count(struct vm *vm, u64 key)
{
	struct unclaimed_log *log = &vm->unclaimed;
	unsigned long flags = spin_lock_irqsave(&log->lock);
	bool last, report = unclaimed_is_new(log, key, &last);

	log->count++;
	spin_unlock_irqrestore(&log->lock, flags);
	if (last)
		pr_warn("vm %s: more unclaimed addresses are counted, not shown", vm->cfg->name);
	return report && !last;
}

static bool address_is_probed(struct vcpu *vcpu, gpa_t addr)
{
	const struct guest_board *b = &arch_guest_board;
	unsigned int i;

	for (i = 0; i < b->nr_probed_memory; i++)
		if (addr.v - b->probed_memory[i].base < b->probed_memory[i].size)
			return !region_find(&vcpu->vm->map, addr);
	return false;
}

void vm_unclaimed(struct vcpu *vcpu, gpa_t addr, unsigned int width, bool write)
{
	const char *why = "nothing is at";

	if (address_is_probed(vcpu, addr) || !unclaimed_count(vcpu->vm, addr.v))
		return;
	if (region_is_memory(region_find(&vcpu->vm->map, addr)))
		why = "memory is read-only at";
	else if (vdev_find(vcpu, addr, 1))
		why = "no device emulates such an access at";
	pr_warn("vm %s: %s 0x%llx (%s of %u bytes)", vcpu->vm->cfg->name, why,
		(unsigned long long)addr.v, write ? "store" : "load", width);
}

static bool port_is_probed(u16 port)
{
	const struct guest_board *b = &arch_guest_board;
	unsigned int i;

	for (i = 0; i < b->nr_probed; i++)
		if (port >= b->probed[i].first && port <= b->probed[i].last)
			return true;
	return false;
}

/* No guest-physical address is so high. */
#define PORT_KEY ((u64)1 << 63)

void vm_port_unclaimed(struct vcpu *vcpu, u16 port, unsigned int width, bool write)
{
	if (port_is_probed(port) || !unclaimed_count(vcpu->vm, PORT_KEY | port))
		return;
	pr_warn("vm %s: %s I/O port 0x%x (%s of %u bytes)", vcpu->vm->cfg->name,
		port_find(vcpu, port, 1) ? "no device emulates such an access at" : "nothing is at",
		port, write ? "output" : "input", width);
}
