// SPDX-License-Identifier: Apache-2.0
/* Identifiers of VMs in TLBs: handed out in turn by each CPU, or for life. */
/* arch: riscv64 */
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

static struct vcpu one, other;
static struct vcpu *const vcpu_a = &one, *const vcpu_b = &other;

unsigned int cpu_count(void)
{
	return 2;
}

/* What @vcpu has to flush before it runs here. */
static unsigned int use(struct vmid *v, struct vcpu *vcpu)
{
	unsigned int flush = vmid_use(v, vcpu);

	vcpu->last = this_cpu();
	return flush;
}

/* The first use on a CPU forgets what was there before; nobody has one yet. */
static int fresh(void **state)
{
	memset(cpus, 0, sizeof(cpus));
	memset(&one, 0, sizeof(one));
	memset(&other, 0, sizeof(other));
	memset(fixed, 0, sizeof(fixed));
	on_cpu(0);
	return 0;
}

static void each_vm_has_its_own(void **state)
{
	struct vmid a = { 0 }, b = { 0 };

	vmid_init(255);
	assert_int_equal(use(&a, vcpu_a), VMID_FLUSH_ALL | VMID_FLUSH_GUEST);
	assert_int_equal(use(&b, vcpu_b), VMID_FLUSH_GUEST);
	assert_true(vmid_here(&a) && vmid_here(&b) && vmid_here(&a) != vmid_here(&b));
	/* Neither exits nor switches between VMs flush. */
	assert_int_equal(use(&a, vcpu_a), 0);
	assert_int_equal(use(&b, vcpu_b), 0);
}

static void another_vcpu_finds_an_empty_tlb(void **state)
{
	struct vmid v = { 0 };

	vmid_init(255);
	assert_int_equal(use(&v, vcpu_a), VMID_FLUSH_ALL | VMID_FLUSH_GUEST);
	assert_int_equal(use(&v, vcpu_b), VMID_FLUSH_GUEST);
	assert_int_equal(use(&v, vcpu_b), 0);
	assert_int_equal(use(&v, vcpu_a), VMID_FLUSH_GUEST);
}

/* It may have flushed where it was: what it has left here is old. */
static void who_was_elsewhere_finds_an_empty_tlb(void **state)
{
	struct vmid v = { 0 };

	vmid_init(255);
	(void)use(&v, vcpu_a);
	on_cpu(1);
	assert_int_equal(use(&v, vcpu_a), VMID_FLUSH_ALL | VMID_FLUSH_GUEST);
	on_cpu(0);
	assert_int_equal(use(&v, vcpu_a), VMID_FLUSH_GUEST);
	assert_int_equal(use(&v, vcpu_a), 0);
}

static void when_they_run_out_everybody_gets_a_new_one(void **state)
{
	struct vmid v[4] = { 0 };
	unsigned int i;

	vmid_init(3);
	for (i = 0; i < 3; i++) {
		(void)use(&v[i], vcpu_a);
		assert_int_equal(vmid_here(&v[i]), i + 1);
	}
	assert_true(vmid_is_current(&v[0]));
	assert_true(use(&v[3], vcpu_a) & VMID_FLUSH_ALL);
	assert_int_equal(vmid_here(&v[3]), 1);
	assert_false(vmid_is_current(&v[0]));
	assert_false(use(&v[0], vcpu_a) & VMID_FLUSH_ALL);
	assert_int_equal(vmid_here(&v[0]), 2);
}

/*
 * A new number may have been another VM's, and what that has translated itself is no nested translation:
 * those who flush all nested ones have not forgotten it (riscv64: hfence.gvma, H extension 1.0).
 */
static void a_new_number_knows_nothing_of_who_had_it_before(void **state)
{
	struct vmid v[3] = { 0 };

	vmid_init(2);
	(void)use(&v[0], vcpu_a);
	(void)use(&v[1], vcpu_b);
	(void)use(&v[2], vcpu_b); /* a new generation */
	assert_int_equal(use(&v[0], vcpu_a), VMID_FLUSH_GUEST);
	assert_int_equal(vmid_here(&v[0]), 2); /* that was v[1]'s */
	assert_int_equal(use(&v[1], vcpu_b), VMID_FLUSH_ALL | VMID_FLUSH_GUEST);
	vmid_init(0);
	(void)use(&v[0], vcpu_a);
	(void)use(&v[1], vcpu_b);
	assert_int_equal(use(&v[0], vcpu_a), VMID_FLUSH_ALL | VMID_FLUSH_GUEST);
}

/* A VM that runs on one CPU keeps its number there whatever another CPU does with its own. */
static void cpus_have_numbers_of_their_own(void **state)
{
	struct vmid v[3] = { 0 };
	u64 number;

	vmid_init(2);
	(void)use(&v[0], vcpu_a);
	number = vmid_here(&v[0]);
	on_cpu(1);
	(void)use(&v[1], vcpu_a);
	(void)use(&v[2], vcpu_a);
	assert_true(use(&v[0], vcpu_b) & VMID_FLUSH_ALL); /* a new generation here */
	on_cpu(0);
	assert_true(vmid_is_current(&v[0]));
	assert_int_equal(vmid_here(&v[0]), number);
	assert_int_equal(use(&v[0], vcpu_a), VMID_FLUSH_GUEST);
}

static void whoever_may_know_a_vm_is_known(void **state)
{
	struct vmid v = { 0 };

	vmid_init(255);
	assert_int_equal(vmid_cpus(&v).bits, 0);
	on_cpu(1);
	(void)use(&v, vcpu_a);
	assert_int_equal(vmid_cpus(&v).bits, 2);
	on_cpu(0);
	(void)use(&v, vcpu_a);
	assert_int_equal(vmid_cpus(&v).bits, 3);
}

static void hardware_without_identifiers_flushes_at_each_vm(void **state)
{
	struct vmid a = { 0 }, b = { 0 };

	vmid_init(0);
	(void)use(&a, vcpu_a);
	assert_true(use(&b, vcpu_b) & VMID_FLUSH_ALL);
	assert_true(use(&a, vcpu_a) & VMID_FLUSH_ALL);
	assert_int_equal(vmid_here(&a), 0);
}

static void a_number_for_life_is_one_on_all_cpus(void **state)
{
	struct vmid v[256] = { 0 };
	unsigned int i;

	vmid_init(255);
	for (i = 1; i < 256; i++) {
		assert_int_equal(vmid_fix(&v[i]), 0);
		assert_int_equal(v[i].fixed, i);
	}
	assert_int_equal(vmid_fix(&v[0]), -ENOSPC);
	assert_int_equal(use(&v[7], vcpu_a), VMID_FLUSH_ALL | VMID_FLUSH_GUEST);
	assert_int_equal(use(&v[8], vcpu_b), VMID_FLUSH_GUEST);
	on_cpu(1);
	assert_int_equal(use(&v[7], vcpu_a), VMID_FLUSH_ALL | VMID_FLUSH_GUEST);
	assert_int_equal(vmid_here(&v[7]), 7);
	vmid_release(&v[7]);
	assert_int_equal(vmid_fix(&v[0]), 0);
	assert_int_equal(v[0].fixed, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(each_vm_has_its_own, fresh),
		cmocka_unit_test_setup(another_vcpu_finds_an_empty_tlb, fresh),
		cmocka_unit_test_setup(when_they_run_out_everybody_gets_a_new_one, fresh),
		cmocka_unit_test_setup(a_new_number_knows_nothing_of_who_had_it_before, fresh),
		cmocka_unit_test_setup(who_was_elsewhere_finds_an_empty_tlb, fresh),
		cmocka_unit_test_setup(cpus_have_numbers_of_their_own, fresh),
		cmocka_unit_test_setup(whoever_may_know_a_vm_is_known, fresh),
		cmocka_unit_test_setup(a_number_for_life_is_one_on_all_cpus, fresh),
		cmocka_unit_test_setup(hardware_without_identifiers_flushes_at_each_vm, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
