// SPDX-License-Identifier: Apache-2.0
/* A VM's devices: made, found by address, and what happens where there is none. */
/* links: virt/bus.c virt/region.c virt/dev/fdt.c */
#include <lodge/board.h>
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
	unsigned int reads, writes, resets, inputs;
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

static const struct vdev_ops dev_ops = {
	.compatible = "test,dev",
	.create = dev_create,
	.destroy = probe_destroy,
	.reset = probe_reset,
	.read = probe_read,
	.write = probe_write,
	.input = probe_input,
	.getc = probe_getc,
};

static const struct vdev_ops chip_ops = {
	.compatible = "test,chip",
	.create = chip_create,
	.destroy = probe_destroy,
	.reset = probe_reset,
	.read = probe_read,
	.write = probe_write,
	.max_irq = 31,
	.set_irq = chip_set_irq,
};

static int dev_create(struct vm *m, const struct vdev_config *c, struct vdev **out)
{
	return probe_create_as(m, c, out, &dev_ops);
}

static int chip_create(struct vm *m, const struct vdev_config *c, struct vdev **out)
{
	return probe_create_as(m, c, out, &chip_ops);
}

/* What the linker script does. */
extern const struct vdev_ops *const __vdevs_start[], *const __vdevs_end[];
__asm__(".section .vdevs_test,\"aw\"\n.globl __vdevs_start, __vdevs_end\n__vdevs_start:\n"
	".quad dev_ops, chip_ops\n__vdevs_end:\n.previous");

static void add(const char *name, const char *compatible, u64 base, u64 size, u32 irq)
{
	struct vdev_config *c = &cfg.dev[cfg.nr_devs++];

	*c = (struct vdev_config){ .compatible = compatible,
				   .base = { base },
				   .size = size,
				   .irq = irq };
	strncpy(c->name, name, sizeof(c->name) - 1);
}

static void add_ports(const char *name, u64 first, u64 size)
{
	add(name, "test,dev", first, size, 0);
	cfg.dev[cfg.nr_devs - 1].space = VDEV_PORTS;
}

static int setup(void **state)
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
	err[0] = 0;
	return 0;
}

static int teardown(void **state)
{
	vm_devices_destroy(&vm);
	assert_int_equal(live, 0);
	assert_int_equal(vm.nr_devs, 0);
	assert_null(vm.irqchip);
	assert_null(*vdev_cache_slot(&vcpu, 0x10000000));
	assert_null(*port_cache_slot(&vcpu, 0x3f8));
	return 0;
}

static void create_two(void)
{
	add("one", "test,dev", 0x10000000, 0x100, 3);
	add("chip", "test,chip", 0xc000000, 0x600000, 0);
	assert_int_equal(vm_devices_create(&vm, err), 0);
	assert_int_equal(vm.nr_devs, 2);
}

/* Creation fails with this message, and nothing is left. */
static void refused(int code, const char *message)
{
	struct region_map before = vm.map;

	assert_int_equal(vm_devices_create(&vm, err), code);
	assert_string_equal(err, message);
	assert_int_equal(live, 0);
	assert_int_equal(vm.nr_devs, 0);
	assert_null(vm.irqchip);
	assert_int_equal(vm.map.count, before.count);
	assert_memory_equal(vm.map.r, before.r, before.count * sizeof(before.r[0]));
}

static void finds_kinds_by_name(void **state)
{
	assert_ptr_equal(vdev_find_ops("test,dev"), &dev_ops);
	assert_ptr_equal(vdev_find_ops("test,chip"), &chip_ops);
	assert_ptr_equal(vdev_find_ops("lodge,uart"), &dev_ops);
	assert_null(vdev_find_ops("lodge,rtc")); /* the board has none */
	assert_null(vdev_find_ops("test"));
	assert_null(vdev_find_ops("test,device"));
}

static void devices_become_regions(void **state)
{
	struct region *r;

	create_two();
	assert_int_equal(vm.map.count, 2);
	r = region_find(&vm.map, gpa(0x10000fff));
	assert_non_null(r);
	assert_int_equal(r->backing, BACKING_EMULATED);
	assert_ptr_equal(r->vdev, vm.dev[0]);
	assert_ptr_equal(vm.irqchip, vm.dev[1]);
}

static void accesses_reach_the_device(void **state)
{
	struct probe *one, *chip;
	u64 val;

	create_two();
	one = to_probe(vm.dev[0]);
	chip = to_probe(vm.dev[1]);
	assert_true(vm_mmio_read(&vcpu, gpa(0x10000004), 4, &val));
	assert_int_equal(val, 0x1238);
	assert_int_equal(one->width, 4);
	assert_true(vm_mmio_write(&vcpu, gpa(0xc5ffff8), 8, 77));
	assert_int_equal(chip->off, 0x5ffff8);
	assert_int_equal(chip->val, 77);
	assert_true(vm_mmio_write(&vcpu, gpa(0x100000ff), 1, 5));
	assert_int_equal(one->off, 0xff);
	assert_int_equal(one->reads + one->writes + chip->reads + chip->writes, 3);
}

static void the_last_device_is_remembered(void **state)
{
	u64 val;

	create_two();
	assert_true(vm_mmio_read(&vcpu, gpa(0x10000000), 1, &val));
	assert_ptr_equal(*vdev_cache_slot(&vcpu, 0x10000000), vm.dev[0]);
	assert_true(vm_mmio_read(&vcpu, gpa(0xc000000), 4, &val));
	/* Without looking at the map again; each page's device is remembered. */
	vm.map.count = 0;
	assert_true(vm_mmio_read(&vcpu, gpa(0x10000000), 1, &val));
	assert_true(vm_mmio_write(&vcpu, gpa(0x10000000), 1, 0));
	assert_true(vm_mmio_read(&vcpu, gpa(0xc000000), 4, &val));
	assert_false(vm_mmio_read(&vcpu, gpa(0xc201000), 4, &val));
	vm.map.count = 2;
	assert_true(vm_mmio_read(&vcpu, gpa(0xc201000), 4, &val));
}

static void only_whole_accesses_count(void **state)
{
	unsigned int width, pass;
	u64 off, val;

	create_two();
	/* With and without the device being remembered. */
	for (pass = 0; pass < 2; pass++)
		for (width = 1; width <= 8; width *= 2)
			for (off = 0xf0; off < 0x110; off++) {
				bool in = off + width <= 0x100;

				*vdev_cache_slot(&vcpu, 0x10000000) = pass ? vm.dev[0] : NULL;
				assert_int_equal(vm_mmio_read(&vcpu, gpa(0x10000000 + off), width,
							      &val),
						 in);
				*vdev_cache_slot(&vcpu, 0x10000000) = pass ? vm.dev[0] : NULL;
				assert_int_equal(
					vm_mmio_write(&vcpu, gpa(0x10000000 + off), width, 0), in);
			}
	assert_false(vm_mmio_read(&vcpu, gpa(0xfffffff), 4, &val));
	assert_false(vm_mmio_read(&vcpu, gpa(~(u64)0), 8, &val));
}

static void nothing_reads_as_ones(void **state)
{
	u64 val;

	create_two();
	assert_false(vm_mmio_read(&vcpu, gpa(0x5000), 1, &val));
	assert_int_equal(val, 0xff);
	assert_false(vm_mmio_read(&vcpu, gpa(0x5000), 4, &val));
	assert_int_equal(val, 0xffffffff);
	assert_false(vm_mmio_read(&vcpu, gpa(0x5000), 8, &val));
	assert_true(val == ~(u64)0);
	assert_false(vm_mmio_write(&vcpu, gpa(0x5000), 8, 1));
}

static void memory_is_no_device(void **state)
{
	struct region ram = { .gpa = { 0x80000000 }, .size = 0x1000, .backing = BACKING_LAZY };
	u64 val;

	assert_int_equal(region_add(&vm.map, &ram), 0);
	create_two();
	assert_false(vm_mmio_read(&vcpu, gpa(0x80000000), 4, &val));
	vm_devices_destroy(&vm);
	assert_int_equal(vm.map.count, 1);
	assert_int_equal(vm.map.r[0].backing, BACKING_LAZY);
}

static void unclaimed_accesses_are_reported_once_each(void **state)
{
	unsigned int i, round;

	for (round = 0; round < 3; round++)
		for (i = 0; i < 20; i++)
			vm_unclaimed(&vcpu, gpa(0x1000 * i), 4, i & 1);
	assert_int_equal(vm.unclaimed.count, 60);
	assert_int_equal(logged, UNCLAIMED_SHOWN + 1);
	assert_string_equal(warned[0], "vm a: nothing is at 0x0 (load of 4 bytes)");
	assert_string_equal(warned[5], "vm a: nothing is at 0x5000 (store of 4 bytes)");
	assert_string_equal(warned[16], "vm a: more unclaimed addresses are counted, not shown");
}

static void addresses_that_are_often_looked_at_are_not_reported(void **state)
{
	vm_unclaimed(&vcpu, gpa(0xb0000), 4, false);
	vm_unclaimed(&vcpu, gpa(0xb00fc), 4, true);
	assert_int_equal(logged, 0);
	vm_unclaimed(&vcpu, gpa(0xafffc), 4, false);
	vm_unclaimed(&vcpu, gpa(0xb0100), 4, false);
	assert_int_equal(logged, 2);
	/* Something is there, which does not do that. */
	add("dev", "test,dev", 0xb0000, 0x1000, 0);
	assert_int_equal(vm_devices_create(&vm, err), 0);
	vm_unclaimed(&vcpu, gpa(0xb0000), 16, false);
	assert_int_equal(logged, 3);
}

static void empty_slots_have_no_device_in_them(void **state)
{
	u64 val, slot, reg;

	add("dev", "test,dev", 0xa1000, 0x1000, 0);
	assert_int_equal(vm_devices_create(&vm, err), 0);
	for (slot = 0xa0000; slot < 0xa4000; slot += slot == 0xa0e00 ? 0x1200 : 0x200) {
		assert_true(vm_mmio_read(&vcpu, gpa(slot), 4, &val));
		assert_int_equal(val, 0x74726976);
		assert_true(vm_mmio_read(&vcpu, gpa(slot + 4), 4, &val));
		assert_int_equal(val, 2);
		for (reg = 8; reg < 0x200; reg += 4) {
			assert_true(vm_mmio_read(&vcpu, gpa(slot + reg), 4, &val));
			assert_int_equal(val, 0);
		}
		assert_true(vm_mmio_read(&vcpu, gpa(slot), 1, &val));
		assert_int_equal(val, 0);
		assert_true(vm_mmio_write(&vcpu, gpa(slot + 0x70), 4, 1));
	}
	/* What a description has there comes first, and nothing is around them. */
	assert_true(vm_mmio_read(&vcpu, gpa(0xa1008), 4, &val));
	assert_int_equal(to_probe(vm.dev[0])->reads, 1);
	assert_false(vm_mmio_read(&vcpu, gpa(0x9fffc), 4, &val));
	assert_false(vm_mmio_read(&vcpu, gpa(0xa4000), 4, &val));
	assert_int_equal(val, 0xffffffff);
	assert_false(vm_mmio_write(&vcpu, gpa(0xa4000), 4, 1));
}

/* ---- I/O ports ---- */

static void ports_reach_the_device(void **state)
{
	struct probe *one, *two;
	u64 val;

	add_ports("one", 0x3f8, 8);
	add_ports("two", 0x61, 1);
	assert_int_equal(vm_devices_create(&vm, err), 0);
	assert_int_equal(vm.map.count, 0);
	one = to_probe(vm.dev[0]);
	two = to_probe(vm.dev[1]);
	assert_true(vm_port_read(&vcpu, 0x3fd, 1, &val));
	assert_int_equal(val, 0x1239);
	assert_true(vm_port_write(&vcpu, 0x61, 1, 3));
	assert_int_equal(two->val, 3);
	assert_true(vm_port_write(&vcpu, 0x3f8, 4, 9));
	assert_int_equal(one->width, 4);
	assert_int_equal(one->off, 0);
}

static void ports_are_no_addresses(void **state)
{
	u64 val;

	add_ports("ports", 0x1000, 0x1000);
	add("memory", "test,dev", 0x1000, 0x1000, 0);
	assert_int_equal(vm_devices_create(&vm, err), 0);
	assert_true(vm_port_read(&vcpu, 0x1000, 4, &val));
	assert_true(vm_mmio_read(&vcpu, gpa(0x1000), 4, &val));
	assert_true(vm_mmio_read(&vcpu, gpa(0x1008), 4, &val));
	assert_int_equal(to_probe(vm.dev[0])->reads, 1);
	assert_int_equal(to_probe(vm.dev[1])->reads, 2);
}

static void only_whole_accesses_of_ports_count(void **state)
{
	unsigned int width, pass, port;
	u64 val;

	add_ports("one", 0x3f8, 8);
	assert_int_equal(vm_devices_create(&vm, err), 0);
	for (pass = 0; pass < 2; pass++)
		for (width = 1; width <= 4; width *= 2)
			for (port = 0x3f0; port < 0x408; port++) {
				bool in = port >= 0x3f8 && port + width <= 0x400;

				*port_cache_slot(&vcpu, port) = pass ? vm.dev[0] : NULL;
				assert_int_equal(vm_port_read(&vcpu, port, width, &val), in);
				*port_cache_slot(&vcpu, port) = pass ? vm.dev[0] : NULL;
				assert_int_equal(vm_port_write(&vcpu, port, width, 0), in);
			}
}

static void absent_ports_read_as_ones(void **state)
{
	u64 val;

	assert_int_equal(vm_devices_create(&vm, err), 0);
	assert_false(vm_port_read(&vcpu, 0xffff, 1, &val));
	assert_int_equal(val, 0xff);
	assert_false(vm_port_read(&vcpu, 0xffff, 2, &val));
	assert_int_equal(val, 0xffff);
	assert_false(vm_port_read(&vcpu, 0xffff, 4, &val));
	assert_int_equal(val, 0xffffffff);
}

static void ports_that_are_often_looked_at_are_not_reported(void **state)
{
	vm_port_unclaimed(&vcpu, 0x21, 1, true);
	vm_port_unclaimed(&vcpu, 0x80, 1, true);
	assert_int_equal(logged, 0);
	vm_port_unclaimed(&vcpu, 0x22, 1, true);
	vm_port_unclaimed(&vcpu, 0x22, 1, false);
	/* The same number as an address is another thing. */
	vm_unclaimed(&vcpu, gpa(0x22), 1, true);
	assert_int_equal(logged, 2);
	assert_string_equal(warned[0], "vm a: nothing is at I/O port 0x22 (output of 1 bytes)");
	assert_string_equal(warned[1], "vm a: nothing is at 0x22 (store of 1 bytes)");
}

static void odd_windows_of_ports_are_refused(void **state)
{
	add_ports("one", 0x60, 8);
	add_ports("two", 0x67, 1);
	refused(-EEXIST, "/vms/a.dtb: /devices/two: 0x67 + 0x1: something else of this VM is "
			 "there; change reg");
	cfg.dev[1].base.v = 0xfff8;
	cfg.dev[1].size = 9;
	refused(-EINVAL, "/vms/a.dtb: /devices/two: 0xfff8 + 0x9: the board has no such I/O "
			 "ports; change reg");
	cfg.dev[1].base.v = 0x10000;
	refused(-EINVAL, "/vms/a.dtb: /devices/two: 0x10000 + 0x9: the board has no such I/O "
			 "ports; change reg");
	cfg.dev[1].size = 0;
	refused(-EINVAL, "/vms/a.dtb: /devices/two: a window of 0 bytes; correct reg");
}

/* ---- the rest ---- */

static void interrupts_go_to_the_chip(void **state)
{
	vm_irq_set(&vm, 3, true); /* none yet */
	assert_int_equal(irq_set, 0);
	create_two();
	vm_irq_set(&vm, 3, true);
	assert_int_equal(irq_set, 3);
	assert_true(irq_level);
	vm_irq_set(&vm, 0, false); /* a device without an interrupt */
	assert_int_equal(irq_set, 3);
}

static void reset_reaches_all_the_chip_last(void **state)
{
	add("chip", "test,chip", 0xc000000, 0x600000, 0);
	add("one", "test,dev", 0x10000000, 0x100, 3);
	assert_int_equal(vm_devices_create(&vm, err), 0);
	vm_devices_reset(&vm);
	assert_int_equal(order_len, 2);
	assert_string_equal(order[0], "test,dev");
	assert_string_equal(order[1], "test,chip");
	vm_devices_destroy(&vm);
	assert_string_equal(order[2], "test,dev");
	assert_string_equal(order[3], "test,chip");
}

static void input_reaches_who_wants_it(void **state)
{
	create_two();
	vm_devices_input(&vm);
	assert_int_equal(to_probe(vm.dev[0])->inputs, 1);
	assert_int_equal(to_probe(vm.dev[1])->inputs, 0);
}

static void firmware_reads_behind_the_device(void **state)
{
	assert_int_equal(vm_console_getc(&vm), 'p');
	create_two();
	assert_int_equal(vm_console_getc(&vm), 'd');
}

static void room_wakes_who_waits_for_it(void **state)
{
	static struct vcpu other;

	create_two();
	vm.vcpu[1] = &other;
	vm.nr_vcpus = 2;
	other.waits_output = true;
	woken = NULL;
	vm_devices_input(&vm);
	assert_ptr_equal(woken, &other);
	vm.vcpu[1] = NULL;
}

static void an_unknown_kind_is_refused(void **state)
{
	add("one", "test,dev", 0x10000000, 0x100, 3);
	add("two", "test,what", 0x20000000, 0x100, 0);
	refused(-EINVAL,
		"/vms/a.dtb: /devices/two: there is no device \"test,what\"; correct compatible");
}

static void overlaps_are_refused(void **state)
{
	struct region ram = { .gpa = { 0x10000000 }, .size = 0x1000, .backing = BACKING_LAZY };

	add("one", "test,dev", 0x20000000, 0x100, 3);
	add("two", "test,dev", 0x10000000, 0x100, 0);
	assert_int_equal(region_add(&vm.map, &ram), 0);
	refused(-EEXIST, "/vms/a.dtb: /devices/two: 0x10000000 + 0x100: something else of this VM "
			 "is there; change reg");
	assert_int_equal(created, 2);
}

static void odd_windows_are_refused(void **state)
{
	add("one", "test,dev", 0x20000100, 0x100, 3);
	refused(-EINVAL, "/vms/a.dtb: /devices/one: 0x20000100 + 0x100: devices start at whole "
			 "pages; change reg");
	cfg.dev[0].size = 0;
	refused(-EINVAL, "/vms/a.dtb: /devices/one: a window of 0 bytes; correct reg");
	cfg.dev[0].size = 7; /* the widest access must fit */
	refused(-EINVAL, "/vms/a.dtb: /devices/one: a window of 0x7 bytes; correct reg");
	cfg.dev[0].size = ~(u64)0;
	refused(-EINVAL, "/vms/a.dtb: /devices/one: a window of 0xffffffffffffffff bytes; "
			 "correct reg");
}

static void an_interrupt_belongs_to_one(void **state)
{
	add("one", "test,dev", 0x20000000, 0x100, 3);
	add("two", "test,dev", 0x30000000, 0x100, 3);
	refused(-EINVAL, "/vms/a.dtb: /devices/two: interrupt 3 belongs to one already");
}

static void an_interrupt_must_exist(void **state)
{
	add("one", "test,dev", 0x20000000, 0x100, 32);
	add("chip", "test,chip", 0xc000000, 0x600000, 0);
	refused(-EINVAL, "/vms/a.dtb: /devices/one: chip has no interrupt 32; at most 31");
}

static void one_chip_is_enough(void **state)
{
	add("chip", "test,chip", 0xc000000, 0x600000, 0);
	add("chip2", "test,chip", 0xd000000, 0x600000, 0);
	refused(-EINVAL, "/vms/a.dtb: /devices/chip2: a second interrupt controller; remove one");
}

static void failing_creation_is_told(void **state)
{
	add("one", "test,dev", 0x20000000, 0x100, 3);
	create_error = -ENOMEM;
	refused(-ENOMEM, "/vms/a.dtb: /devices/one: not enough memory for this device");
	create_error = -EINVAL;
	refused(-EINVAL,
		"/vms/a.dtb: /devices/one: this device can't be made so; check reg and irq");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(finds_kinds_by_name),
		T(devices_become_regions),
		T(accesses_reach_the_device),
		T(the_last_device_is_remembered),
		T(only_whole_accesses_count),
		T(nothing_reads_as_ones),
		T(memory_is_no_device),
		T(unclaimed_accesses_are_reported_once_each),
		T(addresses_that_are_often_looked_at_are_not_reported),
		T(empty_slots_have_no_device_in_them),
		T(interrupts_go_to_the_chip),
		T(reset_reaches_all_the_chip_last),
		T(input_reaches_who_wants_it),
		T(firmware_reads_behind_the_device),
		T(room_wakes_who_waits_for_it),
		T(an_unknown_kind_is_refused),
		T(overlaps_are_refused),
		T(odd_windows_are_refused),
		T(an_interrupt_belongs_to_one),
		T(an_interrupt_must_exist),
		T(one_chip_is_enough),
		T(failing_creation_is_told),
		T(ports_reach_the_device),
		T(ports_are_no_addresses),
		T(absent_ports_read_as_ones),
		T(only_whole_accesses_of_ports_count),
		T(odd_windows_of_ports_are_refused),
		T(ports_that_are_often_looked_at_are_not_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
