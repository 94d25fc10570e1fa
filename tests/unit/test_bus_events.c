// SPDX-License-Identifier: Apache-2.0
/* A VM's devices: interrupts, reset, input and whom they wake. */
/* links: virt/bus/access.c virt/bus/create.c virt/bus/events.c virt/bus/unclaimed.c virt/bus/lines.c virt/bus/registers.c */
/* links: virt/mem/region.c virt/bus/fdt.c */
#include "bus_fixture.h"

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

static void who_counts_the_vms_time_learns_of_its_state(void **state)
{
	create_two();
	vm_devices_state(&vm);
	vm_devices_state(&vm);
	assert_int_equal(to_probe(vm.dev[0])->states, 2);
	assert_int_equal(to_probe(vm.dev[1])->states, 0);
}

static void quiesce(struct vdev *v)
{
	to_probe(v)->quiesced++;
}

static void all_that_have_something_under_way_are_drained(void **state)
{
	static struct vdev_ops ops; /* used until the devices are destroyed */

	create_two();
	/* The first has nothing to drain. */
	vm_devices_quiesce(&vm);
	ops = *vm.dev[1]->ops;
	ops.quiesce = quiesce;
	vm.dev[1]->ops = &ops;
	vm_devices_quiesce(&vm);
	assert_int_equal(to_probe(vm.dev[0])->quiesced, 0);
	assert_int_equal(to_probe(vm.dev[1])->quiesced, 1);
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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(interrupts_go_to_the_chip),
		T(reset_reaches_all_the_chip_last),
		T(who_counts_the_vms_time_learns_of_its_state),
		T(all_that_have_something_under_way_are_drained),
		T(input_reaches_who_wants_it),
		T(firmware_reads_behind_the_device),
		T(room_wakes_who_waits_for_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
