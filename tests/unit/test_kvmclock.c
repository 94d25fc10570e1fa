// SPDX-License-Identifier: Apache-2.0
/* kvmclock: what guests are told of their TSC, and where they may have it put. */
/* arch: x86_64 */
#include "../../arch/x86_64/virt/kvmclock.c"
#include <shim.h>

#define NR	 3
#define HZ	 2500000000ull
#define RAM	 0x10000ul
#define RAM_SIZE 0x2000ul
#define PLACE	 (RAM + 0x100)

static struct vm_config cfg;
static struct vm vm;
static struct vcpu vcpus[NR];
static u64 now, hz, wall, rtc;
static unsigned int requests[NR], crashes;
static int write_error;
static u8 ram[RAM_SIZE];

/* ---- the rest of the hypervisor ---- */

u64 time_now(void)
{
	return now;
}

u64 time_hz(void)
{
	return hz;
}

u64 wallclock_ns(void)
{
	return wall;
}

u64 vcmos_ns(struct vdev *v)
{
	return rtc;
}

void vcpu_request(struct vcpu *vcpu, u32 req)
{
	assert_int_equal(req, REQ_IRQ);
	assert_int_equal(vm.lock.locked, 0);
	requests[vcpu->id]++;
}

void vm_memory_crash(struct vcpu *vcpu, gpa_t addr, u32 access, int err)
{
	assert_int_equal(err, -ENOMEM);
	assert_int_equal(access, ACCESS_W);
	crashes++;
}

int vm_memory_check(struct vm *v, gpa_t addr, u64 len, u32 access)
{
	assert_int_equal(access, ACCESS_W);
	return addr.v >= RAM && addr.v - RAM <= RAM_SIZE - len ? 0 : -EFAULT;
}

int guest_read(struct vm *v, void *buf, gpa_t addr, size_t len)
{
	memcpy(buf, &ram[addr.v - RAM], len);
	return 0;
}

/* What a reader may find while a record is written: @old or @new, whole, if its version is even. */
static const u8 *record_at;
static size_t record_size;
static u8 old_record[32], new_record[32];
static unsigned int torn;

static void look(void)
{
	if (record_at && !(record_at[0] & 1) &&
	    memcmp(record_at + 4, old_record + 4, record_size - 4) &&
	    memcmp(record_at + 4, new_record + 4, record_size - 4))
		torn++;
}

int guest_write(struct vm *v, gpa_t addr, const void *buf, size_t len)
{
	size_t i;

	if (write_error)
		return write_error;
	for (i = 0; i < len; i++) {
		ram[addr.v - RAM + i] = ((const u8 *)buf)[i];
		look();
	}
	return 0;
}

/* ---- what a guest does ---- */

static int setup(void **state)
{
	unsigned int i;

	vm = (struct vm){ .cfg = &cfg, .nr_vcpus = NR };
	memset(vcpus, 0, sizeof(vcpus));
	memset(requests, 0, sizeof(requests));
	memset(ram, 0xaa, sizeof(ram));
	memset(ram, 0, PLACE - RAM + NR * 64);
	for (i = 0; i < NR; i++) {
		vcpus[i].vm = &vm;
		vcpus[i].id = i;
		vcpus[i].state = VCPU_RUNNING;
		vm.vcpu[i] = &vcpus[i];
	}
	now = 1000 * HZ;
	vm.arch.tsc_offset = -now;
	hz = HZ;
	wall = rtc = 1795615509123456789;
	write_error = 0;
	crashes = torn = 0;
	record_at = NULL;
	return 0;
}

static u64 place(unsigned int i)
{
	return PLACE + 64 * i;
}

static struct clock_record *record(unsigned int i)
{
	return (void *)&ram[place(i) - RAM];
}

static void enable(unsigned int i)
{
	assert_true(kvmclock_msr_write(&vcpus[i], MSR_KVM_SYSTEM_TIME, place(i) | 1));
}

static void set_adjust(unsigned int i, u64 adjust)
{
	vcpus[i].arch.guest.msr.tsc_adjust = adjust;
	kvmclock_tsc_set(&vcpus[i]);
}

static void take_requests(void)
{
	unsigned int i;

	for (i = 0; i < NR; i++)
		if (requests[i]) {
			requests[i] = 0;
			kvmclock_sync(&vcpus[i]);
		}
}

static u64 tsc(unsigned int i)
{
	return now + vm.arch.tsc_offset + vcpus[i].arch.guest.msr.tsc_adjust;
}

/* As pvclock-abi.h has it. */
static u64 clock_ns(const struct clock_record *r, u64 at)
{
	u64 delta = at - r->tsc;

	delta = r->shift < 0 ? delta >> -r->shift : delta << r->shift;
	return r->ns + (u64)((unsigned __int128)delta * r->mul >> 32);
}

static u64 value(unsigned int i, u32 msr)
{
	u64 val = 0xdead;

	assert_true(kvmclock_msr_read(&vcpus[i], msr, &val));
	return val;
}

/* ---- the clock ---- */

static void its_rate_is_the_tscs(void **state)
{
	static const u64 rates[] = { 1,		 10,	     32768,	 1000000,     999999999,
				     1000000000, 1000000001, 1999999999, 2000000000,  2000000001,
				     2095986000, 3579545000, 5000000001, 100000000000 };
	unsigned int i, s;

	for (i = 0; i < ARRAY_SIZE(rates); i++) {
		hz = rates[i];
		enable(0);
		assert_int_equal(record(0)->mul >> 31, 1);
		for (s = 1; s < 100000000; s *= 10) {
			u64 ns = clock_ns(record(0), s * hz), want = s * NS_PER_SEC;

			/* Up to one in 10^9, and two ticks. */
			assert_true(ns <= want + s);
			assert_true(want <= ns + s + 2 * NS_PER_SEC / hz + 2);
		}
	}
}

static void vcpus_agree_to_the_nanosecond(void **state)
{
	unsigned int i;

	enable(0);
	now += HZ / 3;
	enable(1);
	set_adjust(2, 1234567891011);
	now += 7 * HZ + 5;
	enable(2);
	for (i = 1; i < NR; i++)
		assert_int_equal(clock_ns(record(i), tsc(i)), clock_ns(record(0), tsc(0)));
	assert_in_range(clock_ns(record(0), tsc(0)), 7333333300, 7333333336);
}

static void a_tsc_that_is_set_does_not_move_the_clock(void **state)
{
	u64 before;

	enable(0);
	now += HZ;
	before = clock_ns(record(0), tsc(0));
	set_adjust(0, 99 * HZ);
	assert_int_equal(clock_ns(record(0), tsc(0)), before);
	set_adjust(0, -(u64)77);
	assert_int_equal(clock_ns(record(0), tsc(0)), before);
}

/* One record tells another vCPU's time only while their TSCs are the same. */
static void records_are_stable_while_all_tscs_are_one(void **state)
{
	unsigned int i;

	for (i = 0; i < NR; i++)
		enable(i);
	for (i = 0; i < NR; i++)
		assert_int_equal(record(i)->flags, CLOCK_STABLE);
	set_adjust(1, 5);
	take_requests();
	for (i = 0; i < NR; i++)
		assert_int_equal(record(i)->flags, 0);
	set_adjust(0, 5);
	set_adjust(2, 5);
	take_requests();
	for (i = 0; i < NR; i++)
		assert_int_equal(record(i)->flags, CLOCK_STABLE);
	/* Who does not use the clock does not count. */
	assert_true(kvmclock_msr_write(&vcpus[1], MSR_KVM_SYSTEM_TIME, 0));
	set_adjust(1, 6);
	take_requests();
	assert_int_equal(record(0)->flags, CLOCK_STABLE);
	enable(1);
	take_requests();
	assert_int_equal(record(0)->flags | record(1)->flags | record(2)->flags, 0);
	kvmclock_reset(&vcpus[1]);
	take_requests();
	assert_int_equal(record(0)->flags & record(2)->flags, CLOCK_STABLE);
	/* Nobody is asked to look again without need. */
	set_adjust(1, 7);
	for (i = 0; i < NR; i++)
		assert_int_equal(requests[i], 0);
}

/* After a reset of the VM, the others are as they were until they start. */
static void what_a_vcpu_left_does_not_count(void **state)
{
	enable(1);
	set_adjust(1, 5);
	vcpus[1].state = VCPU_OFF;
	kvmclock_reset(&vcpus[0]);
	enable(0);
	assert_int_equal(record(0)->flags, CLOCK_STABLE);
	vcpus[1].state = VCPU_RUNNING;
	vcpus[1].arch.guest.msr.tsc_adjust = 0;
	kvmclock_reset(&vcpus[1]);
	enable(1);
	take_requests();
	assert_int_equal(record(0)->flags & record(1)->flags, CLOCK_STABLE);
}

static void nothing_else_is_asked_for_or_written(void **state)
{
	u32 version;

	enable(0);
	version = record(0)->version;
	kvmclock_sync(&vcpus[0]);
	assert_int_equal(record(0)->version, version);
	assert_int_equal(record(0)->pad, 0);
	assert_int_equal(record(0)->reserved[0] | record(0)->reserved[1], 0);
	assert_true(ram[place(0) - RAM + 32] == 0);
}

/* ---- readers beside writers ---- */

static void watch(unsigned int i, size_t size)
{
	record_at = &ram[place(i) - RAM];
	record_size = size;
	memcpy(old_record, record_at, size);
}

static void a_reader_never_finds_half_a_record(void **state)
{
	static const u32 versions[] = { 0,	1,	0xfe,	    0xff,      0x100,
					0xfffe, 0xffff, 0xfffffffe, 0xffffffff };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(versions); i++) {
		setup(NULL);
		vcpus[0].arch.guest.msr.tsc_adjust = 0x1122334455667788;
		enable(0);
		memcpy(new_record, record(0), 32);
		setup(NULL);
		memset(record(0), 0x77, 32);
		record(0)->version = versions[i];
		vcpus[0].arch.guest.msr.tsc_adjust = 0x1122334455667788;
		watch(0, 32);
		enable(0);
		assert_int_equal(torn, 0);
		assert_int_equal(record(0)->version % 2, 0);
		assert_int_not_equal(record(0)->version, versions[i]);
		assert_memory_equal(&record(0)->pad, new_record + 4, 28);
	}
}

static void nor_half_a_time_of_day(void **state)
{
	assert_true(kvmclock_msr_write(&vcpus[0], MSR_KVM_WALL_CLOCK, place(0)));
	memcpy(new_record, record(0), 12);
	setup(NULL);
	memset(record(0), 0x78, 12);
	watch(0, 12);
	assert_true(kvmclock_msr_write(&vcpus[0], MSR_KVM_WALL_CLOCK, place(0)));
	assert_int_equal(torn, 0);
	assert_int_equal(record(0)->version, 0x7878787a);
	assert_memory_equal(&record(0)->pad, new_record + 4, 8);
	assert_int_equal(ram[place(0) - RAM + 12], 0);
}

/* ---- the time of day ---- */

static u64 time_of_day(void)
{
	const struct wall_record *r = (void *)record(1);

	assert_true(kvmclock_msr_write(&vcpus[1], MSR_KVM_WALL_CLOCK, place(1)));
	return r->sec * NS_PER_SEC + r->nsec;
}

static void the_time_of_day_is_the_rtcs(void **state)
{
	u64 began = wall;
	struct vdev cmos;

	now += 100 * HZ + HZ / 2;
	wall += 100500000000;
	assert_int_equal(time_of_day(), began);
	vm.arch.cmos = &cmos;
	rtc = wall + 3600 * NS_PER_SEC;
	assert_int_equal(time_of_day(), began + 3600 * NS_PER_SEC);
	/* It is given again when it is asked for, and not before. */
	rtc += 5;
	assert_int_equal(time_of_day(), began + 3600 * NS_PER_SEC + 5);
}

/* ---- MSRs ---- */

static void msrs_read_back(void **state)
{
	enable(1);
	assert_int_equal(value(1, MSR_KVM_SYSTEM_TIME), place(1) | 1);
	assert_int_equal(value(1, MSR_KVM_SYSTEM_TIME_OLD), place(1) | 1);
	assert_int_equal(value(0, MSR_KVM_SYSTEM_TIME), 0);
	(void)time_of_day();
	/* That one is the VM's. */
	assert_int_equal(value(0, MSR_KVM_WALL_CLOCK), place(1));
	assert_int_equal(value(2, MSR_KVM_WALL_CLOCK_OLD), place(1));
}

static void the_old_ones_are_the_same(void **state)
{
	assert_true(kvmclock_msr_write(&vcpus[0], MSR_KVM_SYSTEM_TIME_OLD, place(0) | 1));
	assert_int_equal(record(0)->version, 2);
	assert_true(kvmclock_msr_write(&vcpus[0], MSR_KVM_WALL_CLOCK_OLD, place(1)));
	assert_int_equal(record(1)->version, 2);
}

static void others_are_not_its(void **state)
{
	static const u32 msrs[] = { 0x10,	0x13,	    0x4b564cff, 0x4b564d02, 0x4b564d03,
				    0x4b564d04, 0x4b564d05, 0x4b564d06, 0x4b564d07, 0x4b564d08 };
	unsigned int i;
	u64 val;

	for (i = 0; i < ARRAY_SIZE(msrs); i++) {
		assert_false(kvmclock_msr_read(&vcpus[0], msrs[i], &val));
		assert_false(kvmclock_msr_write(&vcpus[0], msrs[i], place(0) | 1));
	}
}

static void it_is_written_only_while_it_is_on(void **state)
{
	assert_true(kvmclock_msr_write(&vcpus[0], MSR_KVM_SYSTEM_TIME, place(0)));
	assert_int_equal(record(0)->version, 0);
	enable(0);
	assert_int_equal(record(0)->version, 2);
	assert_true(kvmclock_msr_write(&vcpus[0], MSR_KVM_SYSTEM_TIME, 0));
	set_adjust(0, 1);
	assert_int_equal(record(0)->version, 2);
	assert_true(kvmclock_msr_write(&vcpus[0], MSR_KVM_WALL_CLOCK, 0));
	assert_int_equal(ram[0], 0);
}

static void reset_and_init_switch_it_off(void **state)
{
	enable(1);
	(void)time_of_day();
	kvmclock_reset(&vcpus[1]);
	assert_int_equal(value(1, MSR_KVM_SYSTEM_TIME), 0);
	assert_int_equal(value(1, MSR_KVM_WALL_CLOCK), place(1));
	set_adjust(1, 1);
	assert_int_equal(record(1)->version, 4);
	kvmclock_reset(&vcpus[0]);
	assert_int_equal(value(0, MSR_KVM_WALL_CLOCK), 0);
}

/* ---- places that are none ---- */

static void only_ram_is_written(void **state)
{
	static const u64 bad[] = {
		0,	 4,	    RAM - 4,	RAM - 28, RAM + RAM_SIZE - 8, RAM + RAM_SIZE,
		RAM + 2, PLACE + 2, 0xfee00000, BIT(52),  BIT(63) + RAM,      ~3ull,
		~7ull
	};
	u8 before[RAM_SIZE];
	unsigned int i;

	memcpy(before, ram, sizeof(ram));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_true(kvmclock_msr_write(&vcpus[0], MSR_KVM_SYSTEM_TIME, bad[i] | 1));
		assert_int_equal(value(0, MSR_KVM_SYSTEM_TIME), bad[i] | 1);
		assert_true(kvmclock_msr_write(&vcpus[0], MSR_KVM_WALL_CLOCK, bad[i] | 1));
		assert_true(kvmclock_msr_write(&vcpus[0], MSR_KVM_WALL_CLOCK, bad[i]));
		set_adjust(0, i);
	}
	assert_memory_equal(before, ram, sizeof(ram));
	assert_int_equal(crashes, 0);
	/* Up to the last byte it is. */
	assert_true(kvmclock_msr_write(&vcpus[0], MSR_KVM_SYSTEM_TIME, (RAM + RAM_SIZE - 32) | 1));
	assert_memory_not_equal(before, ram, sizeof(ram));
}

static void one_place_for_all_is_their_own_trouble(void **state)
{
	unsigned int i;

	for (i = 0; i < NR; i++)
		assert_true(
			kvmclock_msr_write(&vcpus[i], MSR_KVM_SYSTEM_TIME, (place(0) + 4 * i) | 1));
	for (i = 0; i < NR; i++)
		set_adjust(i, i);
	take_requests();
	for (i = 64; i < 128; i++)
		assert_int_equal(ram[PLACE - RAM + i], 0);
}

static void memory_that_cant_be_had_ends_the_vm(void **state)
{
	write_error = -ENOMEM;
	enable(0);
	assert_int_equal(crashes, 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(its_rate_is_the_tscs, setup),
		cmocka_unit_test_setup(vcpus_agree_to_the_nanosecond, setup),
		cmocka_unit_test_setup(a_tsc_that_is_set_does_not_move_the_clock, setup),
		cmocka_unit_test_setup(records_are_stable_while_all_tscs_are_one, setup),
		cmocka_unit_test_setup(what_a_vcpu_left_does_not_count, setup),
		cmocka_unit_test_setup(nothing_else_is_asked_for_or_written, setup),
		cmocka_unit_test_setup(a_reader_never_finds_half_a_record, setup),
		cmocka_unit_test_setup(nor_half_a_time_of_day, setup),
		cmocka_unit_test_setup(the_time_of_day_is_the_rtcs, setup),
		cmocka_unit_test_setup(msrs_read_back, setup),
		cmocka_unit_test_setup(the_old_ones_are_the_same, setup),
		cmocka_unit_test_setup(others_are_not_its, setup),
		cmocka_unit_test_setup(it_is_written_only_while_it_is_on, setup),
		cmocka_unit_test_setup(reset_and_init_switch_it_off, setup),
		cmocka_unit_test_setup(only_ram_is_written, setup),
		cmocka_unit_test_setup(one_place_for_all_is_their_own_trouble, setup),
		cmocka_unit_test_setup(memory_that_cant_be_had_ends_the_vm, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
