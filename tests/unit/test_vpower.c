// SPDX-License-Identifier: Apache-2.0
/* The guest's sleep and reset registers. */
/* links: virt/bus/fdt.c */
/* arch: x86_64 */
#include "../../arch/x86_64/virt/pc/vpower.c"
#include "vdev_test.h"

static unsigned int shutdowns, resets;

void vm_request_shutdown(struct vm *vm, u64 reason)
{
	assert_int_equal(reason, 0);
	shutdowns++;
}

void vm_request_reset(struct vm *vm, u64 reason)
{
	resets++;
}

static bool line;

void vm_irq_set(struct vm *vm, u32 irq, bool level)
{
	assert_int_equal(irq, 9);
	line = level;
}

static void the_power_button_has_a_line(void **state)
{
	struct vdev *v = test_create(&sleep_ops, ACPI_POWER_PORTS, ACPI_POWER_NR_PORTS, 9);

	v->ops->power_button(v, true);
	assert_true(line);
	v->ops->power_button(v, false);
	assert_false(line);
	v->ops->power_button(v, true);
	v->ops->reset(v);
	assert_false(line);
	test_destroy(v);
}

static void sleeping_is_powering_off(void **state)
{
	struct vdev *v = test_create(&sleep_ops, ACPI_POWER_PORTS, ACPI_POWER_NR_PORTS, 9);

	shutdowns = 0;
	v->ops->write(v, test_vcpu, 1, 1, 0);
	v->ops->write(v, test_vcpu, 1, 1, 0x24); /* another kind of sleep */
	v->ops->write(v, test_vcpu, 0, 1, 0x20);
	v->ops->write(v, test_vcpu, 2, 1, 0x20);
	v->ops->write(v, test_vcpu, 0, 2, 0x20);
	assert_int_equal(shutdowns, 0);
	v->ops->write(v, test_vcpu, 1, 1, 0x20);
	assert_int_equal(shutdowns, 1);
	v->ops->write(v, test_vcpu, 0, 2, 0x2000);
	v->ops->write(v, test_vcpu, 0, 4, 0x2001);
	assert_int_equal(shutdowns, 3);
	assert_int_equal(v->ops->read(v, test_vcpu, 2, 1), 0);
	test_state_checks(v);
	test_destroy(v);
}

static void a_reset_is_an_edge(void **state)
{
	struct vdev *v = test_create(&reset_ops, RESET_CONTROL, 1, 0);

	resets = 0;
	v->ops->write(v, test_vcpu, 0, 1, 0x02);
	assert_int_equal(resets, 0);
	v->ops->write(v, test_vcpu, 0, 1, 0x06);
	assert_int_equal(resets, 1);
	assert_int_equal(v->ops->read(v, test_vcpu, 0, 1), 0x06);
	v->ops->write(v, test_vcpu, 0, 1, 0x0e);
	assert_int_equal(resets, 1);
	v->ops->reset(v);
	v->ops->write(v, test_vcpu, 0, 1, RESET_CONTROL_VALUE);
	assert_int_equal(resets, 2);
	test_state_checks(v);
	test_destroy(v);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_power_button_has_a_line),
		cmocka_unit_test(sleeping_is_powering_off),
		cmocka_unit_test(a_reset_is_an_edge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
