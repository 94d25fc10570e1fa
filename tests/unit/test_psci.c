// SPDX-License-Identifier: Apache-2.0
/* The firmware of aarch64's guests: PSCI, SMCCC and random numbers. */
/* links: arch/aarch64/virt/psci.c arch/aarch64/virt/smccc.c arch/aarch64/virt/pvtime.c */
/* flags: -I$(root)/arch/aarch64/include */
#include <asm/smccc_guest.h>
#include <lodge/errno.h>
#include <lodge/random.h>
#include <lodge/vcpu.h>
#include <lodge/vm.h>
#include <asm/layout.h>
#include <shim.h>

#define RAM	 0x40000000ul
#define RAM_SIZE 0x1000000ul
#define NR_VCPUS 3

static struct vm vm;
static struct vcpu vcpus[NR_VCPUS];
static u32 requested;
static unsigned int shutdowns, resets;
static u64 powered_down_to, power_down_context;
static int workaround;
static unsigned int firmware_calls;
static bool seeded;
static void (*told)(struct vcpu *vcpu, u64 ns, bool preempted);
static u64 page[512], crash_addr;
static int segs;

/* ---- what the calls call ---- */

void vcpu_request(struct vcpu *vcpu, u32 req)
{
	requested |= req;
}

void vcpu_suspend(struct vcpu *vcpu)
{
	vcpu->state = VCPU_SUSPENDED;
}

int vcpu_power_on(struct vcpu *vcpu, u64 pc, u64 arg)
{
	if (vcpu->state == VCPU_START_PENDING)
		return -EBUSY;
	if (vcpu->state != VCPU_OFF || vcpu->in_loop)
		return -EEXIST;
	vcpu->start_pc = pc;
	vcpu->start_arg = arg;
	vcpu->state = VCPU_START_PENDING;
	return 0;
}

int vm_memory_check(struct vm *v, gpa_t addr, u64 len, u32 access)
{
	assert_int_equal(access, ACCESS_X);
	return addr.v >= RAM && addr.v + len <= RAM + RAM_SIZE && addr.v + len > addr.v ? 0
											: -EFAULT;
}

void vcpu_steal_on(struct vcpu *vcpu, void (*fn)(struct vcpu *vcpu, u64 ns, bool preempted))
{
	told = fn;
}

int vm_memory_segs(struct vm *v, gpa_t addr, u64 len, u32 access, struct block_seg *seg,
		   unsigned int max)
{
	assert_true(access == ACCESS_LOAD && max == 1 && len == 64);
	*seg = (struct block_seg){ kva_to_hpa((u8 *)page + (addr.v - v->info_page.v)), len };
	return segs;
}

void vm_memory_crash(struct vcpu *vcpu, gpa_t addr, u32 access, int err)
{
	crash_addr = addr.v;
}

void vm_request_shutdown(struct vm *v, u64 reason)
{
	shutdowns++;
}

void vm_request_reset(struct vm *v, u64 reason)
{
	resets++;
}

void arm64_vcpu_power_down(struct vcpu *vcpu, u64 pc, u64 context)
{
	powered_down_to = pc;
	power_down_context = context;
}

int arm64_smccc_workaround(u32 fid)
{
	return workaround;
}

void arm64_smccc_call_workaround(u32 fid)
{
	firmware_calls++;
}

bool random_bytes(void *buf, size_t size)
{
	if (seeded)
		memset(buf, 0xff, size);
	return seeded;
}

/* ---- calls ---- */

static u64 x[4];
static int action;

/* Of vCPU 0; x1 to x3 are what was given unless the call says otherwise. */
static s64 call(u32 fid, u64 a1, u64 a2, u64 a3)
{
	x[0] = fid;
	x[1] = a1;
	x[2] = a2;
	x[3] = a3;
	action = guest_smccc_call(&vcpus[0], x);
	return (s64)x[0];
}

static int fresh(void **state)
{
	unsigned int i;

	memset(&vm, 0, sizeof(vm));
	memset(vcpus, 0, sizeof(vcpus));
	vm.nr_vcpus = NR_VCPUS;
	for (i = 0; i < NR_VCPUS; i++) {
		vcpus[i].id = i;
		vcpus[i].vm = &vm;
		vm.vcpu[i] = &vcpus[i];
	}
	vcpus[0].state = VCPU_RUNNING;
	vcpus[0].in_loop = true;
	requested = shutdowns = resets = 0;
	powered_down_to = crash_addr = 0;
	told = NULL;
	segs = 1;
	seeded = true;
	workaround = SMCCC_NOT_SUPPORTED;
	return 0;
}

static void versions(void **state)
{
	assert_int_equal(call(PSCI_VERSION, 0, 0, 0), 0x10001);
	assert_int_equal(action, EXIT_RESUME);
	assert_int_equal(call(SMCCC_VERSION, 0, 0, 0), 0x10002);
	assert_int_equal(call(TRNG_VERSION, 0, 0, 0), 0x10000);
	assert_int_equal(call(PSCI_MIGRATE_INFO_TYPE, 0, 0, 0), 2);
}

static void features_tell_what_there_is(void **state)
{
	static const u32 there[] = { 0x84000000, 0x84000001, 0xc4000001, 0x84000002, 0x84000003,
				     0xc4000003, 0x84000004, 0xc4000004, 0x84000006, 0x84000008,
				     0x84000009, 0x8400000a, 0x84000012, 0xc4000012, 0x80000000 };
	static const u32 absent[] = { 0x84000005, 0xc4000005, 0x84000007, 0xc4000000, 0xc4000002,
				      0xc4000008, 0x8400000b, 0x8400000e, 0xc400000e, 0x84000010,
				      0x84000013, 0xc4000013, 0x84000050, 0,	      0xffffffff };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(there); i++)
		assert_int_equal(call(PSCI_FEATURES, there[i], 0, 0), 0);
	for (i = 0; i < ARRAY_SIZE(absent); i++)
		assert_int_equal(call(PSCI_FEATURES, absent[i], 0, 0), SMCCC_NOT_SUPPORTED);
	assert_int_equal(call(SMCCC_ARCH_FEATURES, SMCCC_VERSION, 0, 0), 0);
	assert_int_equal(call(SMCCC_ARCH_FEATURES, SMCCC_ARCH_FEATURES, 0, 0), 0);
	assert_int_equal(call(SMCCC_ARCH_FEATURES, SMCCC_ARCH_SOC_ID, 0, 0), SMCCC_NOT_SUPPORTED);
	assert_int_equal(call(TRNG_FEATURES, TRNG_RND | SMCCC_64, 0, 0), 0);
	assert_int_equal(call(TRNG_FEATURES, PSCI_VERSION, 0, 0), SMCCC_NOT_SUPPORTED);
}

static void what_is_not_there_is_not_supported(void **state)
{
	u64 seed = shim_seed(9);
	unsigned int i;

	for (i = 0; i < 100000; i++) {
		u32 fid = (u32)shim_random(&seed);

		if (i % 2) /* the services' first functions */
			fid &= 0xff00001f;
		if (guest_psci_offers(fid) || (fid & 0xbffffffc) == 0x84000050 ||
		    (fid & ~1u) == 0x80000000)
			continue;
		assert_int_equal(call(fid, 1, 2, 3), SMCCC_NOT_SUPPORTED);
		assert_int_equal(action, EXIT_RESUME);
		assert_true(x[1] == 1 && x[2] == 2 && x[3] == 3);
	}
	assert_int_equal(shutdowns + resets + requested, 0);
}

static void workarounds_are_what_the_cpu_needs(void **state)
{
	static const u32 fid[] = { SMCCC_ARCH_WORKAROUND_1, SMCCC_ARCH_WORKAROUND_2,
				   SMCCC_ARCH_WORKAROUND_3 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fid); i++) {
		workaround = SMCCC_NOT_SUPPORTED;
		assert_int_equal(call(SMCCC_ARCH_FEATURES, fid[i], 0, 0), SMCCC_NOT_SUPPORTED);
		assert_int_equal(call(fid[i], 0, 0, 0), SMCCC_NOT_SUPPORTED);
		workaround = SMCCC_NOT_REQUIRED;
		assert_int_equal(call(SMCCC_ARCH_FEATURES, fid[i], 0, 0), 1);
		assert_int_equal(call(fid[i], 0, 0, 0), 0);
		/* Only what the CPU needs goes to the host's firmware. */
		assert_int_equal(firmware_calls, i);
		workaround = SMCCC_SUCCESS;
		assert_int_equal(call(SMCCC_ARCH_FEATURES, fid[i], 0, 0), 0);
		assert_int_equal(call(fid[i], 0, 0, 0), 0);
		assert_int_equal(firmware_calls, i + 1);
	}
}

static void a_cpu_is_switched_on_once(void **state)
{
	assert_int_equal(call(PSCI_CPU_ON | SMCCC_64, 1, RAM + 0x100, ~0ul), PSCI_SUCCESS);
	assert_true(vcpus[1].start_pc == RAM + 0x100 && vcpus[1].start_arg == ~0ul);
	assert_int_equal(call(PSCI_CPU_ON | SMCCC_64, 1, RAM, 0), PSCI_ON_PENDING);
	vcpus[1].state = VCPU_RUNNING;
	assert_int_equal(call(PSCI_CPU_ON | SMCCC_64, 1, RAM, 0), PSCI_ALREADY_ON);
	assert_int_equal(call(PSCI_CPU_ON | SMCCC_64, 0, RAM, 0), PSCI_ALREADY_ON);
}

static void a_cpu_is_switched_on_where_there_is_memory(void **state)
{
	static const u64 nowhere[] = { 0, RAM - 4, RAM + RAM_SIZE, RAM + 2, ~0ul, ~3ul };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(nowhere); i++)
		assert_int_equal(call(PSCI_CPU_ON | SMCCC_64, 1, nowhere[i], 0),
				 PSCI_INVALID_ADDRESS);
	assert_int_equal(vcpus[1].state, VCPU_OFF);
}

static void only_cpus_that_are_there_are_switched_on(void **state)
{
	static const u64 nobody[] = { NR_VCPUS, 0x100, 0x10000, 0x100000000, 0x80000001, ~0ul };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(nobody); i++)
		assert_int_equal(call(PSCI_CPU_ON | SMCCC_64, nobody[i], RAM, 0),
				 PSCI_INVALID_PARAMETERS);
}

static void arguments_of_32_bit_calls_are_of_32_bits(void **state)
{
	assert_int_equal(call(PSCI_CPU_ON, 0xabc00000001, 0x100000000 | RAM, 0x500000007),
			 PSCI_SUCCESS);
	assert_true(vcpus[1].start_pc == RAM && vcpus[1].start_arg == 7);
}

static void affinity_info_tells_each_state(void **state)
{
	assert_int_equal(call(PSCI_AFFINITY_INFO, 0, 0, 0), PSCI_AFFINITY_ON);
	assert_int_equal(action, EXIT_RESUME);
	assert_int_equal(call(PSCI_AFFINITY_INFO | SMCCC_64, 1, 0, 0), PSCI_AFFINITY_OFF);
	/* Who asks about another waits for it: it is its turn. */
	assert_int_equal(action, EXIT_YIELD);
	vcpus[1].state = VCPU_START_PENDING;
	assert_int_equal(call(PSCI_AFFINITY_INFO, 1, 0, 0), PSCI_AFFINITY_ON_PENDING);
	vcpus[1].state = VCPU_SUSPENDED;
	assert_int_equal(call(PSCI_AFFINITY_INFO, 1, 0, 0), PSCI_AFFINITY_ON);
	/* On its way out it can't be switched on yet. */
	vcpus[1].state = VCPU_OFF;
	vcpus[1].in_loop = true;
	assert_int_equal(call(PSCI_AFFINITY_INFO, 1, 0, 0), PSCI_AFFINITY_ON);
	assert_int_equal(call(PSCI_AFFINITY_INFO, NR_VCPUS, 0, 0), PSCI_INVALID_PARAMETERS);
	assert_int_equal(call(PSCI_AFFINITY_INFO, 0, 4, 0), PSCI_INVALID_PARAMETERS);
}

/* As PSCI 1.0 and later allow: nothing keeps the power state of more than one CPU. */
static void affinity_info_has_no_level_but_that_of_cpus(void **state)
{
	static const u32 bad[] = { 1, 2, 3, 4, 0x100, 0x80000000, ~0u };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(call(PSCI_AFFINITY_INFO, 0, bad[i], 0), PSCI_INVALID_PARAMETERS);
		assert_int_equal(call(PSCI_AFFINITY_INFO | SMCCC_64, 1, bad[i], 0),
				 PSCI_INVALID_PARAMETERS);
		assert_int_equal(action, EXIT_RESUME);
	}
	/* The level has 32 bits also where the affinity has 64. */
	assert_int_equal(call(PSCI_AFFINITY_INFO | SMCCC_64, 1, 0xfeed00000000, 0),
			 PSCI_AFFINITY_OFF);
}

static void standby_waits_and_returns(void **state)
{
	assert_int_equal(call(PSCI_CPU_SUSPEND, 0, 0, 0), PSCI_SUCCESS);
	assert_int_equal(action, EXIT_BLOCK);
	assert_int_equal(vcpus[0].state, VCPU_SUSPENDED);
	assert_int_equal(powered_down_to, 0);
}

static void power_down_goes_on_elsewhere(void **state)
{
	(void)call(PSCI_CPU_SUSPEND | SMCCC_64, 0x10000, RAM + 8, 0x123456789);
	assert_int_equal(action, EXIT_BLOCK);
	assert_true(powered_down_to == RAM + 8 && power_down_context == 0x123456789);
}

static void bad_suspends_are_refused(void **state)
{
	assert_int_equal(call(PSCI_CPU_SUSPEND, 0x10000, 0, 0), PSCI_INVALID_ADDRESS);
	assert_int_equal(call(PSCI_CPU_SUSPEND, 0x20000, RAM, 0), PSCI_INVALID_PARAMETERS);
	assert_int_equal(call(PSCI_CPU_SUSPEND, 0x80000000, RAM, 0), PSCI_INVALID_PARAMETERS);
	assert_int_equal(vcpus[0].state, VCPU_RUNNING);
}

static void a_cpu_switches_itself_off(void **state)
{
	(void)call(PSCI_CPU_OFF, 0, 0, 0);
	assert_int_equal(action, EXIT_STOP);
	assert_int_equal(requested, REQ_OFF);
}

static void the_system_goes_off_and_starts_again(void **state)
{
	(void)call(PSCI_SYSTEM_OFF, 0, 0, 0);
	assert_int_equal(action, EXIT_STOP);
	assert_int_equal(shutdowns, 1);
	(void)call(PSCI_SYSTEM_RESET, 0, 0, 0);
	assert_int_equal(action, EXIT_STOP);
	(void)call(PSCI_SYSTEM_RESET2, 0, 5, 0);
	assert_int_equal(action, EXIT_STOP);
	assert_int_equal(resets, 2);
	assert_int_equal(call(PSCI_SYSTEM_RESET2, 1, 0, 0), PSCI_INVALID_PARAMETERS);
	assert_int_equal(call(PSCI_SYSTEM_RESET2 | SMCCC_64, 0x80000000, 0, 0),
			 PSCI_INVALID_PARAMETERS);
	assert_int_equal(resets, 2);
}

static void random_numbers_have_so_many_bits(void **state)
{
	assert_int_equal(call(TRNG_RND, 96, 0, 0), SMCCC_SUCCESS);
	assert_true(x[1] == 0xffffffff && x[2] == 0xffffffff && x[3] == 0xffffffff);
	assert_int_equal(call(TRNG_RND, 33, 7, 7), SMCCC_SUCCESS);
	assert_true(x[1] == 0 && x[2] == 1 && x[3] == 0xffffffff);
	assert_int_equal(call(TRNG_RND | SMCCC_64, 192, 0, 0), SMCCC_SUCCESS);
	assert_true(x[1] == ~0ul && x[2] == ~0ul && x[3] == ~0ul);
	assert_int_equal(call(TRNG_RND | SMCCC_64, 8, 7, 7), SMCCC_SUCCESS);
	assert_true(x[1] == 0 && x[2] == 0 && x[3] == 0xff);
	assert_int_equal(call(TRNG_RND, 0, 0, 0), TRNG_INVALID_PARAMETERS);
	assert_int_equal(call(TRNG_RND, 97, 0, 0), TRNG_INVALID_PARAMETERS);
	assert_int_equal(call(TRNG_RND | SMCCC_64, 193, 0, 0), TRNG_INVALID_PARAMETERS);
}

static void without_a_seed_there_is_no_entropy(void **state)
{
	seeded = false;
	assert_int_equal(call(TRNG_RND, 32, 0, 0), TRNG_NO_ENTROPY);
}

/* DEN0057, 3.2 and 3.3 */
static void stolen_time_has_a_place_for_each_pe(void **state)
{
	static const u32 known[] = { PV_TIME_FEATURES, PV_TIME_ST };
	unsigned int i;

	/* Where there was no room for the page, there is no such call. */
	assert_int_equal(call(SMCCC_ARCH_FEATURES, PV_TIME_FEATURES, 0, 0), SMCCC_NOT_SUPPORTED);
	assert_int_equal(call(PV_TIME_FEATURES, PV_TIME_ST, 0, 0), SMCCC_NOT_SUPPORTED);
	assert_int_equal(call(PV_TIME_ST, 0, 0, 0), SMCCC_NOT_SUPPORTED);
	assert_null(told);
	vm.info_page = gpa(0x90a0000);
	assert_int_equal(call(SMCCC_ARCH_FEATURES, PV_TIME_FEATURES, 0, 0), SMCCC_SUCCESS);
	for (i = 0; i < ARRAY_SIZE(known); i++)
		assert_int_equal(call(PV_TIME_FEATURES, known[i], 0, 0), SMCCC_SUCCESS);
	assert_int_equal(call(PV_TIME_FEATURES, PV_TIME_ST + 1, 0, 0), SMCCC_NOT_SUPPORTED);
	assert_int_equal(call(PV_TIME_ST, 0, 0, 0), 0x90a0000);
	assert_non_null(told);
	memset(page, 0, sizeof(page));
	told(&vcpus[2], 77, false);
	for (i = 0; i < ARRAY_SIZE(page); i++)
		assert_int_equal(page[i], i == (2 * 64 + 8) / 8 ? 77 : 0);
	told(&vcpus[2], 99, true);
	assert_int_equal(page[17], 77);
	segs = -ENOMEM;
	told(&vcpus[1], 1, false);
	assert_int_equal(crash_addr, 0x90a0040);
}

int main(void)
{
#define psci_test(t) cmocka_unit_test_setup(t, fresh)
	const struct CMUnitTest tests[] = {
		psci_test(versions),
		psci_test(features_tell_what_there_is),
		psci_test(what_is_not_there_is_not_supported),
		psci_test(workarounds_are_what_the_cpu_needs),
		psci_test(a_cpu_is_switched_on_once),
		psci_test(a_cpu_is_switched_on_where_there_is_memory),
		psci_test(only_cpus_that_are_there_are_switched_on),
		psci_test(arguments_of_32_bit_calls_are_of_32_bits),
		psci_test(affinity_info_tells_each_state),
		psci_test(affinity_info_has_no_level_but_that_of_cpus),
		psci_test(standby_waits_and_returns),
		psci_test(power_down_goes_on_elsewhere),
		psci_test(bad_suspends_are_refused),
		psci_test(a_cpu_switches_itself_off),
		psci_test(the_system_goes_off_and_starts_again),
		psci_test(random_numbers_have_so_many_bits),
		psci_test(without_a_seed_there_is_no_entropy),
		psci_test(stolen_time_has_a_place_for_each_pe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
