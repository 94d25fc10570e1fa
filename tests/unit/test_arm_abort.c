// SPDX-License-Identifier: Apache-2.0
/*
 * Aborts of stage 2 (Arm ARM D19.2.39, ISS of aborts), of each kind. QEMU maintains no caches, makes
 * no external aborts and knows few reasons for a walk to end.
 */
/* flags: -I$(root)/arch/aarch64/include -DCONFIG_NR_CPUS=1 */
#include "../../arch/aarch64/include/asm/vcpu.h"
#include "../../arch/aarch64/virt/abort.c"
#include "arm_sysregs.h"
#include "exit_fixture.h"

#define PC	0x40001000ul
#define VECTORS 0x40080000ul
#define VA	0xffff800000123458ul
#define GPA	0x9000458ul /* the same offset in its page */

static struct vcpu vcpu;
static struct {
	u32 access;
	u64 addr;
} mmio;
static int va_error;
static unsigned int external, walk_aborts, emulated;
static bool nobody; /* no device is there */
static u64 stored;
static unsigned int width;

/* ---- what the handlers call ---- */

bool vm_mmio_read(struct vcpu *v, gpa_t addr, unsigned int n, u64 *val)
{
	mmio.addr = addr.v;
	mmio.access = ACCESS_R;
	width = n;
	*val = nobody ? ~0ull >> (64 - 8 * n) : 0x80;
	return !nobody;
}

bool vm_mmio_write(struct vcpu *v, gpa_t addr, unsigned int n, u64 val)
{
	mmio.addr = addr.v;
	mmio.access = ACCESS_W;
	width = n;
	stored = val;
	return !nobody;
}

int arm64_inject_external(struct vcpu *v, u64 esr)
{
	external++;
	return EXIT_RESUME;
}

int arm64_inject_walk_abort(struct vcpu *v, u64 esr)
{
	walk_aborts++;
	return EXIT_RESUME;
}

/* As a walk of the guest's own tables has it; of a permission fault HPFAR_EL2 does not tell. */
int arm64_guest_va(u64 va, gpa_t *out)
{
	assert_true(va == VA);
	*out = gpa(GPA);
	return va_error;
}

int arm64_emulate(struct vcpu *v, u64 esr, gpa_t addr)
{
	emulated++;
	assert_true(addr.v == GPA);
	return EXIT_RESUME;
}

static int fresh(void **state)
{
	arm_sysregs_clear();
	memset(&vcpu, 0, sizeof(vcpu));
	vcpu.record_next = vcpu.record;
	crash[0] = '\0';
	memset(&fault, 0, sizeof(fault));
	memset(&unclaimed, 0, sizeof(unclaimed));
	memset(&mmio, 0, sizeof(mmio));
	memory_error = va_error = 0;
	external = walk_aborts = emulated = memory_crashes = 0;
	nobody = false;
	width = unclaimed_width = 0;
	SYS(elr_el2) = PC;
	SYS(spsr_el2) = PSR_MODE_EL1H | PSR_SS;
	SYS(vbar_el1) = VECTORS;
	SYS(sctlr_el1) = SCTLR_M;
	SYS(far_el2) = VA;
	SYS(hpfar_el2) = GPA >> HPFAR_FIPA_SHIFT & HPFAR_FIPA_MASK;
	return 0;
}

#define DATA(iss)  ((u64)EC_DABT_LOWER << ESR_EC_SHIFT | ESR_IL | (iss))
#define FETCH(iss) ((u64)EC_IABT_LOWER << ESR_EC_SHIFT | ESR_IL | (iss))
#define SKIPPED	   (SYS(elr_el2) == PC + 4 && SYS(spsr_el2) == PSR_MODE_EL1H)
#define HERE	   (SYS(elr_el2) == PC)

static void data(u64 iss, int err)
{
	fresh(NULL);
	memory_error = err;
	(void)arm64_exit_data_abort(&vcpu, DATA(iss));
	assert_int_equal(vcpu.exits[EC_DABT_LOWER], 1);
}

static void fetch(u64 iss, int err)
{
	memory_error = err;
	(void)arm64_exit_fetch_abort(&vcpu, FETCH(iss));
}

/* ---- data ---- */

static void memory_is_made_and_the_access_repeated(void **state)
{
	static const u8 kinds[] = { FSC_ADDRSIZE, FSC_TRANSLATION, FSC_ACCESS, FSC_PERMISSION };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		data(kinds[i] | 3, 0);
		assert_true(HERE && fault.addr == GPA && fault.access == ACCESS_R);
		data(kinds[i] | 3 | ISS_WNR, 0);
		assert_true(HERE && fault.addr == GPA && fault.access == ACCESS_W);
		assert_true(vcpu.arch.guest.pc == PC && !external);
	}
	/* Meanwhile the guest has changed its tables. */
	fresh(state);
	va_error = -EAGAIN;
	(void)arm64_exit_data_abort(&vcpu, DATA(FSC_PERMISSION | 3));
	assert_true(HERE && !fault.access);
}

static void what_is_no_fault_of_stage_2_is_the_guests(void **state)
{
	static const u8 codes[] = { FSC_EXTERNAL, FSC_EXTERNAL_S1 | 2, FSC_ALIGNMENT, 0x30, 0x35 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(codes); i++) {
		data(codes[i], 0);
		assert_true(external == 1 && !fault.access);
		fresh(state);
		fetch(codes[i], 0);
		assert_true(external == 1 && !fault.access);
	}
}

static void forbidden_or_missing_memory(void **state)
{
	data(FSC_PERMISSION | 3 | ISS_WNR, -EACCES);
	assert_int_equal(external, 1);
	assert_int_equal(memory_crashes, 0);
	data(FSC_TRANSLATION | 3, -ENOMEM);
	assert_true(memory_crashes == 1 && !external);
}

static void maintenance_of_what_no_cache_holds_is_done(void **state)
{
	/* It counts as a write, but needs no permission to. */
	data(FSC_TRANSLATION | 3 | ISS_CM | ISS_WNR, 0);
	assert_true(HERE && fault.access == ACCESS_R);
	data(FSC_TRANSLATION | 3 | ISS_CM | ISS_WNR, -ENODEV);
	assert_true(SKIPPED && !emulated && !mmio.access);
	data(FSC_PERMISSION | 3 | ISS_CM | ISS_WNR, -EACCES);
	assert_true(SKIPPED && !external && !fault.access);
}

static void devices_are_accessed_as_the_syndrome_says(void **state)
{
	u64 load = ISS_ISV | FSC_TRANSLATION | 3 | 5ul << ISS_SRT_SHIFT;

	data(load | 2ul << ISS_SAS_SHIFT, -ENODEV);
	assert_true(SKIPPED && mmio.addr == GPA && mmio.access == ACCESS_R && width == 4);
	assert_true(vcpu.arch.guest.gpr[5] == 0x80);
	/* A byte, sign-extended to 32 and 64 bits. */
	data(load | ISS_SSE, -ENODEV);
	assert_true(vcpu.arch.guest.gpr[5] == 0xffffff80);
	data(load | ISS_SSE | ISS_SF, -ENODEV);
	assert_true(vcpu.arch.guest.gpr[5] == 0xffffffffffffff80);
	/* The zero register. */
	data(ISS_ISV | FSC_TRANSLATION | 31ul << ISS_SRT_SHIFT, -ENODEV);
	assert_true(SKIPPED && vcpu.arch.guest.gpr[31] == 0);
	fresh(state);
	memory_error = -ENODEV;
	vcpu.arch.guest.gpr[20] = 0x1234;
	assert_int_equal(arm64_exit_data_abort(&vcpu,
					       DATA(ISS_ISV | ISS_WNR | FSC_TRANSLATION |
						    1ul << ISS_SAS_SHIFT | 20ul << ISS_SRT_SHIFT)),
			 EXIT_RESUME);
	assert_true(SKIPPED && mmio.access == ACCESS_W && stored == 0x1234 && width == 2);
	/* Callee-saved registers are in the CPU, which has to be told. */
	memory_error = -ENODEV;
	assert_int_equal(arm64_exit_data_abort(&vcpu, DATA(ISS_ISV | FSC_TRANSLATION |
							   20ul << ISS_SRT_SHIFT)),
			 ARM64_RESUME_RELOAD);
	/* Others are decoded. */
	data(FSC_TRANSLATION | 3, -ENODEV);
	assert_true(HERE && emulated == 1);
}

static void where_nothing_is_reads_are_ones(void **state)
{
	unsigned int write;

	for (write = 0; write < 2; write++) {
		fresh(state);
		nobody = true;
		memory_error = -ENODEV;
		(void)arm64_exit_data_abort(&vcpu,
					    DATA(ISS_ISV | FSC_TRANSLATION | (write ? ISS_WNR : 0) |
						 2ul << ISS_SAS_SHIFT));
		assert_true(SKIPPED && unclaimed.addr == GPA && unclaimed_width == 4);
		assert_int_equal(unclaimed.access, write ? ACCESS_W : ACCESS_R);
		assert_true(vcpu.arch.guest.gpr[0] == (write ? 0 : 0xffffffff));
	}
}

/* ---- the walk of the guest's own tables ---- */

#define TABLE (GPA & ~(PAGE_SIZE - 1)) /* of a walk no more than the page is known */

static void a_walk_through_missing_memory_is_repeated(void **state)
{
	data(ISS_S1PTW | FSC_TRANSLATION | 2 | ISS_WNR, 0);
	assert_true(HERE && fault.addr == TABLE && fault.access == ACCESS_R && !walk_aborts);
	fetch(ISS_S1PTW | FSC_TRANSLATION | 2, 0);
	assert_true(HERE && fault.addr == TABLE && fault.access == ACCESS_R && !walk_aborts);
}

static void a_walk_through_no_memory_aborts(void **state)
{
	static const struct {
		u64 iss;
		int err;
	} cases[] = {
		{ FSC_TRANSLATION | 1, -ENODEV },
		{ FSC_TRANSLATION | 1, -EACCES },
		/* Flags that can't be set, or a table in a device; nothing to be made. */
		{ FSC_PERMISSION | 1, 0 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		data(cases[i].iss | ISS_S1PTW, cases[i].err);
		assert_true(walk_aborts == 1 && !external);
		assert_true(unclaimed.addr == TABLE && unclaimed.access == ACCESS_R &&
			    unclaimed_width == 8);
		fresh(state);
		fetch(cases[i].iss | ISS_S1PTW, cases[i].err);
		assert_true(walk_aborts == 1 && !crash[0]);
	}
	data(ISS_S1PTW | FSC_TRANSLATION | 1, -ENOMEM);
	assert_true(memory_crashes == 1 && !walk_aborts);
}

static void a_walk_for_the_vector_itself_ends_the_vm(void **state)
{
	fresh(state);
	vcpu.arch.guest.pc = VECTORS + 0x200;
	fetch(ISS_S1PTW | FSC_TRANSLATION | 1, -ENODEV);
	assert_non_null(strstr(crash, "exception vector"));
	assert_int_equal(walk_aborts, 0);
	/* One for data is an exception like any other. */
	data(ISS_S1PTW | FSC_TRANSLATION | 1, -ENODEV);
	assert_int_equal(walk_aborts, 1);
}

/* ---- fetches ---- */

static void fetches_need_memory_that_can_be_executed(void **state)
{
	fetch(FSC_TRANSLATION | 3, 0);
	assert_true(HERE && fault.addr == GPA && fault.access == ACCESS_X);
	fetch(FSC_PERMISSION | 3, -EACCES);
	assert_true(external == 1 && !memory_crashes);
	fetch(FSC_TRANSLATION | 3, -ENOMEM);
	assert_int_equal(memory_crashes, 1);
	va_error = -EAGAIN;
	fault.access = 0;
	fetch(FSC_PERMISSION | 3, 0);
	assert_true(HERE && !fault.access);
}

static void who_runs_where_nothing_is_takes_an_abort_or_ends(void **state)
{
	vcpu.arch.guest.pc = PC;
	fetch(FSC_TRANSLATION | 3, -ENODEV);
	assert_true(external == 1 && !crash[0] && unclaimed.addr == GPA && unclaimed_width == 4);
	/* With its translation off it has run astray, and at its vectors it would come back. */
	SYS(sctlr_el1) = 0;
	fetch(FSC_TRANSLATION | 3, -ENODEV);
	assert_true(external == 1 && crash[0]);
	SYS(sctlr_el1) = SCTLR_M;
	crash[0] = '\0';
	vcpu.arch.guest.pc = VECTORS + 0x7fc;
	fetch(FSC_TRANSLATION | 3, -ENODEV);
	assert_true(external == 1 && crash[0]);
	crash[0] = '\0';
	vcpu.arch.guest.pc = VECTORS + 0x800;
	fetch(FSC_TRANSLATION | 3, -ENODEV);
	assert_true(external == 2 && !crash[0]);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, fresh)
	const struct CMUnitTest tests[] = {
		T(memory_is_made_and_the_access_repeated),
		T(what_is_no_fault_of_stage_2_is_the_guests),
		T(forbidden_or_missing_memory),
		T(maintenance_of_what_no_cache_holds_is_done),
		T(devices_are_accessed_as_the_syndrome_says),
		T(where_nothing_is_reads_are_ones),
		T(a_walk_through_missing_memory_is_repeated),
		T(a_walk_through_no_memory_aborts),
		T(a_walk_for_the_vector_itself_ends_the_vm),
		T(fetches_need_memory_that_can_be_executed),
		T(who_runs_where_nothing_is_takes_an_abort_or_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
