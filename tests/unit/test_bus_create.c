// SPDX-License-Identifier: Apache-2.0
/* A VM's devices: made as it is configured, or refused. */
/* links: virt/bus/access.c virt/bus/create.c virt/bus/events.c virt/bus/unclaimed.c virt/bus/lines.c virt/bus/registers.c */
/* links: virt/mem/region.c virt/bus/fdt.c */
#include "bus_fixture.h"

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

static void passed_ports_of_the_host_are_refused(void **state)
{
	cfg.port[0] = (struct port_config){ .device = "a", .first = 0x2f8, .nr = 8 };
	cfg.port[1] = (struct port_config){ .device = "b", .first = 0x3f0, .nr = 9 };
	cfg.nr_ports = 2;
	refused(-EINVAL,
		"/vms/a.dtb: /devices/b: \"ports\" has 0x3f0 to 0x3f8, some of which ns16550 of the host uses: choose others");
	cfg.port[1].nr = 8;
	assert_int_equal(vm_devices_create(&vm, err), 0);
	vm_devices_destroy(&vm);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(finds_kinds_by_name),
		T(devices_become_regions),
		T(an_unknown_kind_is_refused),
		T(overlaps_are_refused),
		T(odd_windows_are_refused),
		T(an_interrupt_belongs_to_one),
		T(an_interrupt_must_exist),
		T(one_chip_is_enough),
		T(failing_creation_is_told),
		T(odd_windows_of_ports_are_refused),
		T(passed_ports_of_the_host_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
