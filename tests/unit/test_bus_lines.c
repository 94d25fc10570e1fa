// SPDX-License-Identifier: Apache-2.0
/* A VM's passed-through interrupts: requested, on while it runs, and given back. */
/* links: virt/bus/access.c virt/bus/create.c virt/bus/events.c virt/bus/unclaimed.c virt/bus/lines.c virt/bus/registers.c */
/* links: virt/mem/region.c virt/bus/fdt.c */
#include "bus_fixture.h"

static void refused(const char *message)
{
	unsigned int i;

	assert_int_equal(vm_devices_create(&vm, err), -EINVAL);
	assert_string_equal(err, message);
	assert_int_equal(vm.nr_lines, 0);
	for (i = 0; i < HOST_IRQS; i++)
		assert_null(host_irq[i].fn);
}

static void create_with_lines(void)
{
	add_line("a", 5, 40);
	add_line("b", 6, 41);
	create_two();
}

static void they_are_linked_and_off(void **state)
{
	create_with_lines();
	assert_int_equal(linked[5], 40);
	assert_int_equal(linked[6], 41);
	assert_non_null(host_irq[40].fn);
	assert_int_equal(host_irq[41].trigger, IRQ_EDGE_RISING);
	assert_false(host_irq[40].on || host_irq[41].on);
	vm_devices_destroy(&vm);
	assert_null(host_irq[40].fn);
	assert_null(host_irq[41].fn);
	/* Nobody frees the VM under a handler. */
	assert_int_equal(calls, 1);
}

static void they_reach_the_guest_while_it_runs(void **state)
{
	create_with_lines();
	vm_lines_on(&vm);
	assert_true(host_irq[40].on && host_irq[41].on);
	charged = 0;
	shim_this_cpu = host_cpus;
	host_irq[41].fn(host_irq[41].arg);
	assert_int_equal(forwarded, 6);
	/* It was for the VM, whoever was interrupted. */
	assert_int_equal(charged, 10);
	cut = 0;
	vm_lines_off(&vm);
	assert_false(host_irq[40].on || host_irq[41].on);
	assert_int_equal(cut, 3u << 5);
}

static void they_leave_a_cpu_that_is_somebody_else_s(void **state)
{
	struct sched_entity owner;

	create_with_lines();
	shim_this_cpu = &host_cpus[1];
	on_cpu.account = NULL;
	host_irq[40].fn(host_irq[40].arg);
	assert_null(routed);
	host_cpus[1].runq.owner = &owner;
	host_irq[40].fn(host_irq[40].arg);
	assert_ptr_equal(routed, &host_cpus[0]);
	assert_int_equal(forwarded, 5);
	/* It is the VM's own. */
	routed = NULL;
	on_cpu.account = &vm.timers;
	host_irq[40].fn(host_irq[40].arg);
	assert_null(routed);
	host_cpus[1].runq.owner = NULL;
	shim_this_cpu = host_cpus;
}

static void what_can_t_be_given_is_told(void **state)
{
	add("chip", "test,chip", 0xc000000, 0x600000, 0);
	add_line("a", 5, 40);
	add_line("b", 6, TAKEN);
	refused("/vms/a.dtb: /devices/b: \"host-interrupts\" is 60, which pl011 of the host has: choose another");
	cfg.line[1].host_irq = HOST_IRQS;
	refused("/vms/a.dtb: /devices/b: \"host-interrupts\" is 64, which the host's interrupt controller can't give: correct it or \"interrupt-trigger\"");
	cfg.line[1] = (struct line_config){ .device = "b", .irq = 32, .host_irq = 41 };
	refused("/vms/a.dtb: /devices/b: \"interrupts\" is 32, which chip does not have: at most 31");
	cfg.nr_devs = 0;
	refused("/vms/a.dtb: /devices/a: the VM has no interrupt controller for \"interrupts\": remove them");
}

/* Before its interrupts are requested: a driver may have them. */
static void drivers_give_up_what_it_is_given(void **state)
{
	add_claim(0x10001000, 0x1000, true);
	add_claim(0x88000000, 0x100000, false);
	create_with_lines();
	assert_int_equal(given, 0x10002000);
	assert_int_equal(stopped, 0);
	vm_devices_quiesce(&vm);
	assert_int_equal(stopped, 0x10002000);
	assert_int_equal(slept, 0);
}

static void what_a_driver_uses_is_told(void **state)
{
	add("chip", "test,chip", 0xc000000, 0x600000, 0);
	add_line("a", 5, 40);
	add_claim(0x10001000, 0x1000, true);
	give_error = -EBUSY;
	assert_int_equal(vm_devices_create(&vm, err), -EBUSY);
	assert_string_equal(
		err,
		"/vms/a.dtb: /devices/a: the host's device at 0x10001000 is /disk@1, which the virtio-mmio driver of the host uses as the boot disk: choose another");
	assert_int_equal(vm.nr_devs, 0);
	give_error = -ETIMEDOUT;
	assert_int_equal(vm_devices_create(&vm, err), -ETIMEDOUT);
	assert_string_equal(
		err,
		"/vms/a.dtb: /devices/a: the host's device at 0x10001000 is /disk@1, which does not come out of its reset: choose another");
}

static void what_no_tree_tells_of_is_told(void **state)
{
	add("chip", "test,chip", 0xc000000, 0x600000, 0);
	add_line("a", 5, 40);
	add_claim(0xfee00000, 0x1000, true);
	own = "the local APIC";
	assert_int_equal(vm_devices_create(&vm, err), -EBUSY);
	assert_string_equal(
		err,
		"/vms/a.dtb: /devices/a: at 0xfee00000 is the local APIC, which the host uses: choose another");
	assert_int_equal(vm.nr_devs, 0);
	assert_int_equal(given, 0);
	own = NULL;
}

static void what_does_dma_needs_memory_for_it(void **state)
{
	const struct region identical = { .gpa = gpa(0x90000000),
					  .hpa = hpa(0x90000000),
					  .size = 0x200000,
					  .backing = BACKING_IDENTICAL };

	add_claim(0x10001000, 0x1000, true);
	give_error = -EPERM;
	assert_int_equal(vm_devices_create(&vm, err), -EPERM);
	assert_false(given_dma);
	assert_string_equal(
		err,
		"/vms/a.dtb: /devices/a: the host's device at 0x10001000 is /disk@1, which does DMA: give the VM \"identical\" memory for that");
	give_error = 0;
	cfg.memory.r[cfg.memory.count++] = identical;
	create_two();
	assert_true(given_dma);
}

/* Its memory is not given back before. */
static void one_that_is_not_reset_is_waited_for(void **state)
{
	add_claim(0x10001000, 0x1000, true);
	create_two();
	stop_fails = 3;
	vm_devices_quiesce(&vm);
	assert_int_equal(stop_fails, 0);
	assert_int_equal(stopped, 4 * 0x10002000ul);
	assert_int_equal(slept, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(they_are_linked_and_off),
		T(they_reach_the_guest_while_it_runs),
		T(they_leave_a_cpu_that_is_somebody_else_s),
		T(what_can_t_be_given_is_told),
		T(drivers_give_up_what_it_is_given),
		T(what_a_driver_uses_is_told),
		T(what_no_tree_tells_of_is_told),
		T(what_does_dma_needs_memory_for_it),
		T(one_that_is_not_reset_is_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
