// SPDX-License-Identifier: Apache-2.0
/* KVM's MSR for steal time, and the order in which its record is written. */
/* flags: -I$(root)/arch/x86_64/include -DCONFIG_NR_CPUS=1 */
#include "../../arch/x86_64/include/asm/vcpu.h"
#include "../../arch/x86_64/include/asm/vm.h"
#include <lodge/vcpu.h>
#include <lodge/vm.h>
#include <shim.h>

/* A reader may look before and after each store, also of the compiler's. */
static void look(void);
#undef WRITE_ONCE
#define WRITE_ONCE(x, v) (look(), *(volatile __typeof__(x) *)&(x) = (v), look())
#define tell		 kvmsteal_tell
#include "../../arch/x86_64/virt/kvmsteal.c"
#undef tell
#include "../../virt/vm/steal.c"

#define RAM	 0x10000ul
#define RAM_SIZE 0x1000ul

static struct vm vm;
static struct vcpu vcpu;
static u8 ram[RAM_SIZE] __aligned(4096);
static u64 waited, old_time;
static unsigned int looks, crashes;
static int error; /* of the guest's memory */

/* The record at @at of the guest's memory. */
static u64 time_at(u64 at)
{
	u64 v;

	memcpy(&v, &ram[at - RAM + STEAL_TIME], sizeof(v));
	return v;
}

static u32 version_at(u64 at)
{
	u32 v;

	memcpy(&v, &ram[at - RAM + STEAL_VERSION], sizeof(v));
	return v;
}

/* While the time is the new one and the version even, it is the last. */
static void look(void)
{
	static u32 even;

	looks++;
	if (version_at(RAM) & 1)
		return;
	if (time_at(RAM) != old_time)
		assert_true(version_at(RAM) != even);
	even = version_at(RAM);
	old_time = time_at(RAM);
}

u64 thread_waited(const struct thread *t)
{
	return waited;
}

u64 time_hz(void)
{
	return 1000000000;
}

u64 time_to_us(u64 ticks)
{
	return ticks / 1000;
}

void vm_memory_crash(struct vcpu *v, gpa_t addr, u32 access, int err)
{
	assert_int_equal(err, -ENOMEM);
	crashes++;
}

int vm_memory_segs(struct vm *v, gpa_t addr, u64 len, u32 access, struct block_seg *segs,
		   unsigned int max)
{
	assert_int_equal(access, ACCESS_W);
	assert_int_equal(len, STEAL_RECORD_SIZE);
	if (error)
		return error;
	if (addr.v < RAM || addr.v - RAM > RAM_SIZE - len)
		return -EFAULT;
	segs[0] = (struct block_seg){ hpa((u64)ram + (addr.v - RAM)), len };
	return 1;
}

static int fresh(void **state)
{
	memset(ram, 0, sizeof(ram));
	vm = (struct vm){ .nr_vcpus = 1 };
	vcpu = (struct vcpu){ .vm = &vm };
	waited = old_time = 0;
	look();
	looks = crashes = 0;
	error = 0;
	return 0;
}

static void the_version_is_odd_while_the_time_changes(void **state)
{
	assert_true(kvmsteal_write(&vcpu, RAM | STEAL_ENABLE));
	for (waited = 1; waited < 5; waited++) {
		vcpu_steal_update(&vcpu, waited & 1);
		assert_int_equal(time_at(RAM), waited);
		assert_int_equal(ram[PREEMPTED_AT], waited & 1);
		assert_int_equal(version_at(RAM), 2 + 2 * waited);
	}
	assert_true(looks);
}

static void reserved_bits_are_refused(void **state)
{
	unsigned int bit;

	assert_true(kvmsteal_write(&vcpu, RAM | STEAL_ENABLE));
	for (bit = 1; bit < 6; bit++)
		assert_false(kvmsteal_write(&vcpu, (RAM + 0x100) | STEAL_ENABLE | BIT(bit)));
	/* What was there before stays. */
	assert_true(vcpu.arch.guest.kvm_steal == (RAM | STEAL_ENABLE));
	waited = 3;
	vcpu_steal_update(&vcpu, false);
	assert_int_equal(time_at(RAM), 3);
}

static void the_record_is_where_it_was_put_last(void **state)
{
	assert_true(kvmsteal_write(&vcpu, RAM | STEAL_ENABLE));
	waited = 7;
	/* Told at once. */
	assert_true(kvmsteal_write(&vcpu, (RAM + 64) | STEAL_ENABLE));
	assert_int_equal(time_at(RAM + 64), 7);
	assert_int_equal(time_at(RAM), 0);
	assert_true(kvmsteal_write(&vcpu, RAM + 64));
	assert_null(vcpu.steal.tell);
}

static void no_ram_is_left_alone(void **state)
{
	assert_true(kvmsteal_write(&vcpu, (RAM + RAM_SIZE) | STEAL_ENABLE));
	assert_true(kvmsteal_write(&vcpu, (RAM - 64) | STEAL_ENABLE));
	error = -EACCES;
	assert_true(kvmsteal_write(&vcpu, RAM | STEAL_ENABLE));
	assert_int_equal(crashes, 0);
	error = -ENOMEM;
	assert_true(kvmsteal_write(&vcpu, RAM | STEAL_ENABLE));
	assert_int_equal(crashes, 1);
	assert_int_equal(version_at(RAM), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_version_is_odd_while_the_time_changes, fresh),
		cmocka_unit_test_setup(reserved_bits_are_refused, fresh),
		cmocka_unit_test_setup(the_record_is_where_it_was_put_last, fresh),
		cmocka_unit_test_setup(no_ram_is_left_alone, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
