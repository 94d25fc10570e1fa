// SPDX-License-Identifier: Apache-2.0
/* A VM's devices in the space of I/O ports. */
/* links: virt/bus/access.c virt/bus/create.c virt/bus/events.c virt/bus/unclaimed.c virt/bus/lines.c virt/bus/registers.c */
/* links: virt/mem/region.c virt/bus/fdt.c */
#include "bus_fixture.h"

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

/* As a PC's bus does: a word at the index of the clock's memory is the index and what goes there. */
static void wide_accesses_of_byte_ports_are_several(void **state)
{
	struct vdev_ops bytes;
	struct probe *p;
	u64 val;

	add_ports("bytes", 0x70, 4);
	add_ports("one", 0x74, 1);
	assert_int_equal(vm_devices_create(&vm, err), 0);
	p = to_probe(vm.dev[0]);
	bytes = *p->vdev.ops;
	bytes.byte_ports = true;
	p->vdev.ops = &bytes;
	assert_true(vm_port_write(&vcpu, 0x70, 4, 0x44332211));
	assert_int_equal(p->writes, 4);
	assert_int_equal(p->width, 1);
	assert_int_equal(p->off, 3);
	assert_int_equal(p->val, 0x44);
	assert_true(vm_port_read(&vcpu, 0x71, 2, &val));
	assert_int_equal(p->reads, 2);
	assert_int_equal(val, 0x3635);
	/* The last is another's, and then nobody's. */
	assert_true(vm_port_write(&vcpu, 0x73, 2, 0x8877));
	assert_int_equal(p->val, 0x77);
	assert_int_equal(to_probe(vm.dev[1])->val, 0x88);
	assert_false(vm_port_read(&vcpu, 0x72, 4, &val));
	assert_int_equal(val, 0xff343736);
	p->vdev.ops = to_probe(vm.dev[1])->vdev.ops;
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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(ports_reach_the_device),
		T(ports_are_no_addresses),
		T(wide_accesses_of_byte_ports_are_several),
		T(absent_ports_read_as_ones),
		T(only_whole_accesses_of_ports_count),
		T(ports_that_are_often_looked_at_are_not_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
