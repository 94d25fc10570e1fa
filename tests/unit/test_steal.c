// SPDX-License-Identifier: Apache-2.0
/* What guests are told of the time for which their vCPUs wait for a CPU. */
/* flags: -DCONFIG_NR_CPUS=1 */
#include "../../virt/vm/steal.c"
#include <shim.h>

#define HZ 10000000ull

static struct vm vm;
static struct vcpu vcpus[2];
static u64 waited[2];
static u64 told_ns;
static bool told_preempted;
static unsigned int tells;
static int segs_error, crash_error;
static u8 record[2 * STEAL_RECORD_SIZE] __aligned(STEAL_RECORD_SIZE);

/* A thread is its place in @waited. */
u64 thread_waited(const struct thread *t)
{
	return *(const u64 *)t;
}

u64 time_hz(void)
{
	return HZ;
}

u64 time_to_us(u64 ticks)
{
	return ticks / (HZ / 1000000);
}

int vm_memory_segs(struct vm *v, gpa_t addr, u64 len, u32 access, struct block_seg *segs,
		   unsigned int max)
{
	assert_int_equal(access, ACCESS_W);
	assert_int_equal(len, STEAL_RECORD_SIZE);
	assert_int_equal(max, 1);
	if (segs_error)
		return segs_error;
	*segs = (struct block_seg){ kva_to_hpa(record + addr.v), len };
	return 1;
}

void vm_memory_crash(struct vcpu *vcpu, gpa_t addr, u32 access, int err)
{
	crash_error = err;
}

static void tell(struct vcpu *vcpu, u64 ns, bool preempted)
{
	told_ns = ns;
	told_preempted = preempted;
	tells++;
}

static int setup(void **state)
{
	unsigned int i;

	memset(&vm, 0, sizeof(vm));
	memset(vcpus, 0, sizeof(vcpus));
	memset(record, 0x55, sizeof(record));
	vm.nr_vcpus = ARRAY_SIZE(vcpus);
	for (i = 0; i < ARRAY_SIZE(vcpus); i++) {
		vm.vcpu[i] = &vcpus[i];
		vcpus[i].vm = &vm;
		waited[i] = 1000 * (i + 1);
		vcpus[i].thread = (struct thread *)&waited[i];
		vcpu_steal_begin(&vcpus[i]);
	}
	tells = 0;
	segs_error = crash_error = 0;
	return 0;
}

#define T(name) cmocka_unit_test_setup(name, setup)

static void time_counts_from_the_start_of_the_vm(void **state)
{
	vcpu_steal_on(&vcpus[1], tell);
	assert_int_equal(tells, 1);
	assert_int_equal(told_ns, 0);
	waited[1] += 7;
	vcpu_steal_update(&vcpus[1], true);
	assert_int_equal(told_ns, 700);
	assert_true(told_preempted);
	/* A guest that asks later hears of all of it. */
	vcpu_steal_off(&vcpus[1]);
	assert_null(vcpus[1].steal.tell);
	waited[1] += 3;
	vcpu_steal_on(&vcpus[1], tell);
	assert_int_equal(told_ns, 1000);
	assert_false(told_preempted);
}

static void centuries_do_not_overflow(void **state)
{
	vcpu_steal_on(&vcpus[0], tell);
	waited[0] += HZ * 86400 * 365 * 200 + 1;
	vcpu_steal_update(&vcpus[0], false);
	assert_true(told_ns == 86400ull * 365 * 200 * 1000000000 + 100);
}

static void the_report_has_all_vcpus(void **state)
{
	waited[0] += 50000;
	waited[1] += 30;
	assert_int_equal(vm_steal_us(&vm), 0);
	vcpu_steal_end(&vcpus[0]);
	vcpu_steal_end(&vcpus[1]);
	assert_int_equal(vm_steal_us(&vm), 5003);
	/* The next life of the VM is another. */
	vcpu_steal_begin(&vcpus[0]);
	assert_int_equal(vm_steal_us(&vm), 3);
}

static u32 word(unsigned int off)
{
	return *(u32 *)(record + off);
}

static void a_record_is_counted_on(void **state)
{
	memset(record, 0, sizeof(record));
	steal_record_write(&vcpus[0], gpa(64), 0, 8, 12345678901ull, true);
	assert_int_equal(word(64), 2);
	assert_int_equal(*(u64 *)(record + 72), 12345678901ull);
	assert_int_equal(record[80], 1);
	steal_record_write(&vcpus[0], gpa(64), 8, 0, 3, false);
	assert_int_equal(*(u64 *)(record + 64), 3);
	assert_int_equal(record[80], 0);
	assert_int_equal(word(0) | word(60) | word(84), 0);
	/* An odd number, as the guest may leave there, is no number to end with. */
	*(u32 *)record = 7;
	steal_record_write(&vcpus[0], gpa(0), 0, 8, 1, false);
	assert_int_equal(word(0), 10);
	*(u32 *)record = ~0u;
	steal_record_write(&vcpus[0], gpa(0), 0, 8, 1, false);
	assert_int_equal(word(0), 2);
}

static void what_cannot_be_written_is_left_alone(void **state)
{
	static const int errors[] = { -EFAULT, -EACCES };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		segs_error = errors[i];
		steal_record_write(&vcpus[0], gpa(0), 0, 8, 1, true);
		assert_int_equal(crash_error, 0);
	}
	segs_error = -ENOMEM;
	steal_record_write(&vcpus[0], gpa(0), 0, 8, 1, true);
	assert_int_equal(crash_error, -ENOMEM);
	for (i = 0; i < sizeof(record); i++)
		assert_int_equal(record[i], 0x55);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(time_counts_from_the_start_of_the_vm),
		T(centuries_do_not_overflow),
		T(the_report_has_all_vcpus),
		T(a_record_is_counted_on),
		T(what_cannot_be_written_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
