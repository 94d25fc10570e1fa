/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BUS_FIXTURE_H
#define BUS_FIXTURE_H

/*
 * What the tests of a VM's devices share: a VM, and two kinds of devices that note what reaches
 * them, of which one takes interrupts as well.
 */
#include <lodge/board.h>
#include <lodge/call.h>
#include <lodge/console.h>
#include <lodge/errno.h>
#include <lodge/printk.h>
#include <lodge/slab.h>
#include <lodge/vcpu.h>
#include <lodge/vdev.h>
#include <lodge/vm.h>
#include <shim.h>

struct probe {
	struct vdev vdev;
	unsigned int reads, writes, resets, states, inputs, quiesced;
	u64 off, val;
	unsigned int width;
};

static const struct memory_range probed_memory[] = { { 0xb0000, 0x100 } };
static const struct port_range probed[] = { { 0x20, 0x21 }, { 0x80, 0x80 } };

const struct guest_board arch_guest_board = {
	.uart = "test,dev",
	.nr_ports = 0x10000,
	.probed = probed,
	.nr_probed = ARRAY_SIZE(probed),
	.probed_memory = probed_memory,
	.nr_probed_memory = ARRAY_SIZE(probed_memory),
	.slots = { .base = 0xa0000, .size = 0x200, .count = 32 },
};

static int live, created;
static int create_error;
static struct vm_config cfg;
static struct vm vm;
static struct vcpu vcpu;
static char err[VM_ERROR_MAX];
static char warned[64][160];
static unsigned int logged;
static u32 irq_set;
static bool irq_level;
static const char *order[32];
static unsigned int order_len;

void pr_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(warned[logged++ % 64], sizeof(warned[0]), fmt, ap);
	va_end(ap);
}

static struct vcpu *woken;

void vcpu_wake(struct vcpu *v)
{
	assert_null(woken);
	woken = v;
}

static struct probe *to_probe(struct vdev *v)
{
	return container_of(v, struct probe, vdev);
}

static void probe_destroy(struct vdev *v)
{
	order[order_len++ % 32] = v->ops->compatible;
	live--;
	free(to_probe(v));
}

/* Only one of the two counts the VM's time. */
static void probe_state(struct vdev *v)
{
	to_probe(v)->states++;
}

static void probe_reset(struct vdev *v)
{
	order[order_len++ % 32] = v->ops->compatible;
	to_probe(v)->resets++;
}

static u64 probe_read(struct vdev *v, struct vcpu *c, u64 off, unsigned int width)
{
	assert_ptr_equal(c, &vcpu);
	to_probe(v)->reads++;
	to_probe(v)->off = off;
	to_probe(v)->width = width;
	return 0x1234 + off;
}

static void probe_write(struct vdev *v, struct vcpu *c, u64 off, unsigned int width, u64 val)
{
	assert_ptr_equal(c, &vcpu);
	to_probe(v)->writes++;
	to_probe(v)->off = off;
	to_probe(v)->width = width;
	to_probe(v)->val = val;
}

static void probe_input(struct vdev *v)
{
	to_probe(v)->inputs++;
}

static int probe_getc(struct vdev *v)
{
	return 'd';
}

int console_port_getc(struct console_port *p)
{
	assert_ptr_equal(p, vm.console);
	return 'p';
}

static void chip_set_irq(struct vdev *v, u32 irq, bool level)
{
	irq_set = irq;
	irq_level = level;
}

#include "bus_lines.h"

/* Ports 0x3f8 to 0x3ff are the host's own. */
const char *ioport_owner(u32 first, u32 nr)
{
	return first < 0x400 && first + nr > 0x3f8 ? "ns16550" : NULL;
}

static int probe_create_as(struct vm *m, const struct vdev_config *c, struct vdev **out,
			   const struct vdev_ops *ops)
{
	struct probe *p;

	if (create_error)
		return create_error;
	p = calloc(1, sizeof(*p));
	vdev_init(&p->vdev, ops, m, c);
	live++;
	created++;
	*out = &p->vdev;
	return 0;
}

static int dev_create(struct vm *m, const struct vdev_config *c, struct vdev **out);
static int chip_create(struct vm *m, const struct vdev_config *c, struct vdev **out);

static const struct vdev_ops dev_ops __used = {
	.compatible = "test,dev",
	.create = dev_create,
	.destroy = probe_destroy,
	.reset = probe_reset,
	.vm_state = probe_state,
	.read = probe_read,
	.write = probe_write,
	.input = probe_input,
	.getc = probe_getc,
};

static const struct vdev_ops chip_ops __used = {
	.compatible = "test,chip",
	.create = chip_create,
	.destroy = probe_destroy,
	.reset = probe_reset,
	.read = probe_read,
	.write = probe_write,
	.max_irq = 31,
	.set_irq = chip_set_irq,
	.link = chip_link,
	.forward = chip_forward,
	.cut = chip_cut,
};

static int dev_create(struct vm *m, const struct vdev_config *c, struct vdev **out)
{
	return probe_create_as(m, c, out, &dev_ops);
}

static int chip_create(struct vm *m, const struct vdev_config *c, struct vdev **out)
{
	return probe_create_as(m, c, out, &chip_ops);
}

/* What the linker script does; the compiler does not see that the asm uses the two. */
extern const struct vdev_ops *const __vdevs_start[], *const __vdevs_end[];
__asm__(".section .vdevs_test,\"aw\"\n.globl __vdevs_start, __vdevs_end\n__vdevs_start:\n"
	".quad dev_ops, chip_ops\n__vdevs_end:\n.previous");

static inline void add(const char *name, const char *compatible, u64 base, u64 size, u32 irq)
{
	struct vdev_config *c = &cfg.dev[cfg.nr_devs++];

	*c = (struct vdev_config){ .compatible = compatible,
				   .base = { base },
				   .size = size,
				   .irq = irq };
	strncpy(c->name, name, sizeof(c->name) - 1);
}

static inline void add_ports(const char *name, u64 first, u64 size)
{
	add(name, "test,dev", first, size, 0);
	cfg.dev[cfg.nr_devs - 1].space = VDEV_PORTS;
}

static inline int setup(void **state)
{
	memset(&cfg, 0, sizeof(cfg));
	memset(&vm, 0, sizeof(vm));
	memset(&vcpu, 0, sizeof(vcpu));
	strcpy(cfg.file, "/vms/a.dtb");
	strcpy(cfg.name, "a");
	vm.cfg = &cfg;
	vm.vcpu[0] = &vcpu;
	vm.nr_vcpus = 1;
	vcpu.vm = &vm;
	logged = order_len = 0;
	live = created = create_error = 0;
	irq_set = 0;
	memset(host_irq, 0, sizeof(host_irq));
	given = stopped = 0;
	give_error = 0;
	stop_fails = slept = 0;
	err[0] = 0;
	return 0;
}

static inline int teardown(void **state)
{
	vm_devices_destroy(&vm);
	assert_int_equal(live, 0);
	assert_int_equal(vm.nr_devs, 0);
	assert_null(vm.irqchip);
	assert_null(*vdev_cache_slot(&vcpu, 0x10000000));
	assert_null(*port_cache_slot(&vcpu, 0x3f8));
	return 0;
}

static inline void create_two(void)
{
	add("one", "test,dev", 0x10000000, 0x100, 3);
	add("chip", "test,chip", 0xc000000, 0x600000, 0);
	assert_int_equal(vm_devices_create(&vm, err), 0);
	assert_int_equal(vm.nr_devs, 2);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
