// SPDX-License-Identifier: Apache-2.0
/* The register by which a guest ends itself. */
/* links: virt/bus/fdt.c */
#include "../../virt/dev/syscon.c"
#include "vdev_test.h"

static struct vdev *dev;
static int shutdowns, resets;
static u64 last_reason;

void vm_request_shutdown(struct vm *vm, u64 reason)
{
	assert_ptr_equal(vm, &test_vm);
	shutdowns++;
	last_reason = reason;
}

void vm_request_reset(struct vm *vm, u64 reason)
{
	assert_ptr_equal(vm, &test_vm);
	resets++;
	last_reason = reason;
}

static int setup(void **state)
{
	shutdowns = resets = 0;
	last_reason = ~(u64)0;
	dev = test_create(&finisher_ops, 0x100000, 0x1000, 0);
	return 0;
}

static int teardown(void **state)
{
	test_destroy(dev);
	return 0;
}

static void pass_shuts_down_cleanly(void **state)
{
	dev->ops->write(dev, test_vcpu, 0, 4, 0x5555);
	dev->ops->write(dev, test_vcpu, 0, 2, 0x5555);
	assert_int_equal(shutdowns, 2);
	assert_int_equal(last_reason, 0);
}

static void failure_gives_its_code(void **state)
{
	dev->ops->write(dev, test_vcpu, 0, 4, 0x3333 | 42 << 16);
	assert_int_equal(last_reason, 42);
	dev->ops->write(dev, test_vcpu, 0, 4, 0x3333 | (u64)0xffff << 16);
	assert_int_equal(last_reason, 0xffff);
	assert_int_equal(shutdowns, 2);
}

static void failure_without_a_code_is_one(void **state)
{
	dev->ops->write(dev, test_vcpu, 0, 4, 0x3333);
	assert_int_equal(last_reason, 1);
	dev->ops->write(dev, test_vcpu, 0, 2, 0x3333);
	assert_int_equal(last_reason, 1);
}

static void reset_asks_for_one(void **state)
{
	dev->ops->write(dev, test_vcpu, 0, 4, 0x7777);
	assert_int_equal(resets, 1);
	assert_int_equal(shutdowns, 0);
}

static void anything_else_does_nothing(void **state)
{
	u64 off, val;

	for (val = 0; val < 0x10000; val++)
		if (val != 0x5555 && val != 0x3333 && val != 0x7777)
			dev->ops->write(dev, test_vcpu, 0, 4, val);
	for (off = 1; off < 0x1000 - 4; off++)
		dev->ops->write(dev, test_vcpu, off, 4, 0x5555);
	dev->ops->write(dev, test_vcpu, 0, 1, 0x5555);
	dev->ops->write(dev, test_vcpu, 0, 8, 0x5555);
	assert_int_equal(dev->ops->read(dev, test_vcpu, 0, 4), 0);
	assert_int_equal(shutdowns + resets, 0);
}

static void state_is_checked(void **state)
{
	dev->ops->reset(dev);
	test_state_checks(dev);
}

static void describes_itself_as_the_board_does(void **state)
{
	assert_int_equal(dev->ops->fdt(dev, NULL), 0);
	assert_string_equal(test_fdt,
			    "test@100000 { reg = <0 0x100000 0 0x1000>; "
			    "compatible = \"sifive,test1|sifive,test0|syscon\"; "
			    "phandle = <0x101>; }; "
			    "poweroff { compatible = \"syscon-poweroff\"; regmap = <0x101>; "
			    "offset = <0>; value = <0x5555>; }; "
			    "reboot { compatible = \"syscon-reboot\"; regmap = <0x101>; "
			    "offset = <0>; value = <0x7777>; }; ");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(pass_shuts_down_cleanly),
		T(failure_gives_its_code),
		T(failure_without_a_code_is_one),
		T(reset_asks_for_one),
		T(anything_else_does_nothing),
		T(state_is_checked),
		T(describes_itself_as_the_board_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
