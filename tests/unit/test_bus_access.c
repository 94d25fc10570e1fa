// SPDX-License-Identifier: Apache-2.0
/* A VM's devices: found by address, and what happens where there is none. */
/* links: virt/bus/access.c virt/bus/create.c virt/bus/events.c virt/bus/unclaimed.c virt/bus/lines.c virt/bus/registers.c */
/* links: virt/mem/region.c virt/bus/fdt.c */
#include "bus_fixture.h"

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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(accesses_reach_the_device),
		T(the_last_device_is_remembered),
		T(only_whole_accesses_count),
		T(nothing_reads_as_ones),
		T(memory_is_no_device),
		T(unclaimed_accesses_are_reported_once_each),
		T(addresses_that_are_often_looked_at_are_not_reported),
		T(empty_slots_have_no_device_in_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
