// SPDX-License-Identifier: Apache-2.0
/* Identifiers of VMs in TLBs: handed out in turn, given out again after everybody has flushed. */
/* flags: -DCONFIG_NR_CPUS=2 */
#include "../../virt/vm/vmid.c"
#include <lodge/smp.h>
#include <lodge/vmid.h>
#include <shim.h>

static struct cpu cpus[2];

static void on_cpu(unsigned int n)
{
	cpus[n].id = n;
	shim_this_cpu = &cpus[n];
}

static const struct vcpu *const vcpu_a = (const struct vcpu *)0x1000;
static const struct vcpu *const vcpu_b = (const struct vcpu *)0x2000;

/* Whatever it has to flush. */
static void use(struct vmid *v, const struct vcpu *vcpu)
{
	assert_true(vmid_use(v, vcpu) <= (VMID_FLUSH_ALL | VMID_FLUSH_GUEST));
}

/* The first use on a CPU forgets what was there before; nobody has one yet. */
static int fresh(void **state)
{
	memset(cpus, 0, sizeof(cpus));
	on_cpu(0);
	return 0;
}

static void each_vm_has_its_own(void **state)
{
	struct vmid a = { 0 }, b = { 0 };

	vmid_init(255);
	assert_int_equal(vmid_use(&a, vcpu_a), VMID_FLUSH_ALL | VMID_FLUSH_GUEST);
	assert_int_equal(vmid_use(&b, vcpu_b), VMID_FLUSH_GUEST);
	assert_true(a.id && b.id && a.id != b.id);
	/* Neither exits nor switches between VMs flush. */
	assert_int_equal(vmid_use(&a, vcpu_a), 0);
	assert_int_equal(vmid_use(&b, vcpu_b), 0);
}

static void another_vcpu_finds_an_empty_tlb(void **state)
{
	struct vmid v = { 0 };

	vmid_init(255);
	assert_int_equal(vmid_use(&v, vcpu_a), VMID_FLUSH_ALL | VMID_FLUSH_GUEST);
	assert_int_equal(vmid_use(&v, vcpu_b), VMID_FLUSH_GUEST);
	assert_int_equal(vmid_use(&v, vcpu_b), 0);
	assert_int_equal(vmid_use(&v, vcpu_a), VMID_FLUSH_GUEST);
}

static void when_they_run_out_everybody_gets_a_new_one(void **state)
{
	struct vmid v[4] = { 0 };
	unsigned int i;

	vmid_init(3);
	for (i = 0; i < 3; i++) {
		use(&v[i], vcpu_a);
		assert_int_equal(v[i].id, i + 1);
	}
	assert_true(vmid_is_current(&v[0]));
	assert_true(vmid_use(&v[3], vcpu_a) & VMID_FLUSH_ALL);
	assert_int_equal(v[3].id, 1);
	assert_false(vmid_is_current(&v[0]));
	assert_false(vmid_use(&v[0], vcpu_a) & VMID_FLUSH_ALL);
	assert_int_equal(v[0].id, 2);
}

static void each_cpu_flushes_once_a_generation(void **state)
{
	struct vmid v[3] = { 0 };

	vmid_init(2);
	use(&v[0], vcpu_a);
	on_cpu(1);
	assert_int_equal(vmid_use(&v[0], vcpu_a), VMID_FLUSH_ALL | VMID_FLUSH_GUEST);
	use(&v[1], vcpu_a);
	use(&v[2], vcpu_a); /* a new generation */
	on_cpu(0);
	assert_true(vmid_use(&v[2], vcpu_a) & VMID_FLUSH_ALL);
	assert_int_equal(vmid_use(&v[2], vcpu_a), 0);
}

static void hardware_without_identifiers_flushes_at_each_vm(void **state)
{
	struct vmid a = { 0 }, b = { 0 };

	vmid_init(0);
	use(&a, vcpu_a);
	assert_true(vmid_use(&b, vcpu_b) & VMID_FLUSH_ALL);
	assert_true(vmid_use(&a, vcpu_a) & VMID_FLUSH_ALL);
	assert_int_equal(a.id, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(each_vm_has_its_own, fresh),
		cmocka_unit_test_setup(another_vcpu_finds_an_empty_tlb, fresh),
		cmocka_unit_test_setup(when_they_run_out_everybody_gets_a_new_one, fresh),
		cmocka_unit_test_setup(each_cpu_flushes_once_a_generation, fresh),
		cmocka_unit_test_setup(hardware_without_identifiers_flushes_at_each_vm, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
