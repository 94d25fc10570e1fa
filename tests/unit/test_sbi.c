// SPDX-License-Identifier: Apache-2.0
/* The firmware of riscv64's guests: the SBI (version 2.0), but for IPIs and fences. */
/* flags: -I$(root)/arch/riscv64/include -DCONFIG_NR_CPUS=1 */
#include <lodge/types.h>

/* Of the host: arch/riscv64/include/asm/cpu.h */
static bool riscv_has_sstc;

#include "../../arch/riscv64/include/asm/vcpu.h"
#include "../../arch/riscv64/include/asm/vm.h"
#include "../../arch/riscv64/virt/sbi/sbi.c"
#include "../../arch/riscv64/virt/sbi/sbi_hsm.c"
#include "../../arch/riscv64/virt/sbi/sbi_sta.c"
#include "../../arch/riscv64/virt/sbi/sbi_system.c"
#include <lodge/vm.h>
#include <shim.h>

#define RAM	 0x80000000ul
#define RAM_SIZE 0x1000000ul
#define NR_VCPUS 2

u64 shim_csr[0x1000];

static struct vm vm;
static struct vcpu vcpus[NR_VCPUS];
static u32 requested;
static u64 shutdowns, resets, last_reason;
static int copy_error, power_on_error;
static u8 memory[DBCN_CHUNK];
static u64 copied;
static char said[2 * DBCN_CHUNK];
static unsigned int nr_said;
static const char *typed, *called;
static u64 timer;
static void (*told)(struct vcpu *vcpu, u64 ns, bool preempted);
static u64 record_addr;

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
	vcpu->start_pc = pc;
	vcpu->start_arg = arg;
	return power_on_error;
}

int vm_memory_check(struct vm *v, gpa_t addr, u64 len, u32 access)
{
	return addr.v >= RAM && addr.v - RAM <= RAM_SIZE && len <= RAM_SIZE - (addr.v - RAM)
		       ? 0
		       : -EFAULT;
}

int guest_read(struct vm *v, void *buf, gpa_t addr, u64 len)
{
	assert_true(len <= sizeof(memory));
	if (!copy_error)
		memcpy(buf, memory, len);
	copied = len;
	return copy_error;
}

int guest_write(struct vm *v, gpa_t addr, const void *buf, u64 len)
{
	assert_true(len <= sizeof(memory));
	if (!copy_error)
		memcpy(memory, buf, len);
	copied = len;
	return copy_error;
}

void vcpu_putc(struct vcpu *vcpu, u8 c)
{
	assert_true(nr_said < sizeof(said));
	said[nr_said++] = (char)c;
}

int vm_console_getc(struct vm *v)
{
	return typed && *typed ? *typed++ : -1;
}

void vcpu_steal_on(struct vcpu *vcpu, void (*fn)(struct vcpu *vcpu, u64 ns, bool preempted))
{
	told = fn;
}

void vcpu_steal_off(struct vcpu *vcpu)
{
	told = NULL;
}

void steal_record_write(struct vcpu *vcpu, gpa_t addr, unsigned int sequence, unsigned int time,
			u64 ns, bool preempted)
{
	assert_true(sequence == 0 && time == 8 && ns == 42 && preempted);
	record_addr = addr.v;
}

void vm_request_shutdown(struct vm *v, u64 reason)
{
	shutdowns++;
	last_reason = reason;
}

void vm_request_reset(struct vm *v, u64 reason)
{
	resets++;
	last_reason = reason;
}

u64 riscv_entry_status(void)
{
	return SSTATUS_FS_INITIAL;
}

void riscv_vtimer_set(struct vcpu *vcpu, u64 deadline)
{
	timer = deadline;
}

#define EXTENSION(name)                          \
	int name(struct vcpu *vcpu, u64 fid)     \
	{                                        \
		called = #name;                  \
		return sbi_return(vcpu, 0, fid); \
	}

EXTENSION(sbi_ipi)
EXTENSION(sbi_rfence)
EXTENSION(sbi_legacy)

/* ---- calls ---- */

static int action;

/* Of vCPU 0: the error; the value is in a1. */
static long call(int (*fn)(struct vcpu *v, u64 fid), u64 fid, u64 a0, u64 a1, u64 a2)
{
	u64 *a = &vcpus[0].arch.guest.gpr[10];

	a[0] = a0;
	a[1] = a1;
	a[2] = a2;
	action = fn(&vcpus[0], fid);
	return (long)a[0];
}

#define VALUE (vcpus[0].arch.guest.gpr[11])

static int fresh(void **state)
{
	unsigned int i;

	memset(&vm, 0, sizeof(vm));
	memset(vcpus, 0, sizeof(vcpus));
	memset(shim_csr, 0, sizeof(shim_csr));
	vm.nr_vcpus = NR_VCPUS;
	for (i = 0; i < NR_VCPUS; i++) {
		vcpus[i].id = i;
		vcpus[i].vm = &vm;
		vm.vcpu[i] = &vcpus[i];
	}
	vcpus[0].state = VCPU_RUNNING;
	requested = 0;
	shutdowns = resets = copied = nr_said = 0;
	copy_error = power_on_error = 0;
	typed = called = NULL;
	told = NULL;
	record_addr = 0;
	return 0;
}

/* ---- extensions ---- */

/* As an ECALL; the first argument is in a0. */
static long ecall(u64 ext, u64 fid, u64 a0)
{
	struct vcpu *v = &vcpus[0];

	v->record_next = v->record;
	v->arch.guest.pc = RAM;
	v->arch.guest.gpr[10] = a0;
	v->arch.guest.gpr[11] = 0;
	v->arch.guest.gpr[16] = fid;
	v->arch.guest.gpr[17] = ext;
	action = riscv_exit_sbi(v);
	assert_true(v->arch.guest.pc == RAM + 4);
	assert_true(v->record[0].info == ext && v->record[0].pc == RAM);
	return (long)v->arch.guest.gpr[10];
}

static const u64 extensions[] = { 0,	      8,	0x10,	    0x54494d45, 0x735049,
				  0x52464e43, 0x48534d, 0x53525354, 0x4442434e, 0x535441 };
static const u64 others[] = { 9,
			      0xf,
			      0x11,
			      0x504d55 /* PMU */,
			      0x53555350 /* SUSP */,
			      0x4e41434c /* NACL */,
			      1ul << 32 | 0x10,
			      0x09000000,
			      ~0ul };

static void calls_go_to_their_extensions(void **state)
{
	unsigned int i;

	assert_int_equal(ecall(0x54494d45, 0, 0x1234), SBI_SUCCESS);
	assert_int_equal(timer, 0x1234);
	assert_int_equal(ecall(0x54494d45, 1, 0x4321), SBI_ERR_NOT_SUPPORTED);
	assert_int_equal(timer, 0x1234);
	(void)ecall(0x735049, 0, 0);
	assert_string_equal(called, "sbi_ipi");
	(void)ecall(0x52464e43, 6, 0);
	assert_string_equal(called, "sbi_rfence");
	assert_int_equal(VALUE, 6);
	for (i = 0; i <= 8; i++) {
		(void)ecall(i, 99, 0);
		assert_string_equal(called, "sbi_legacy");
		assert_int_equal(VALUE, i);
	}
	(void)ecall(0x4442434e, SBI_DBCN_WRITE_BYTE, 'x');
	assert_int_equal(said[0], 'x');
	assert_int_equal(ecall(0x53525354, SBI_SRST_RESET, 3), SBI_ERR_INVALID_PARAM);
	assert_int_equal(ecall(0x48534d, SBI_HSM_HART_GET_STATUS, 5), SBI_ERR_INVALID_PARAM);
	called = NULL;
	for (i = 0; i < ARRAY_SIZE(others); i++)
		assert_int_equal(ecall(others[i], 0, 0), SBI_ERR_NOT_SUPPORTED);
	assert_null(called);
}

static void the_base_extension_tells_what_there_is(void **state)
{
	unsigned int i;

	assert_int_equal(ecall(SBI_EXT_BASE, SBI_BASE_GET_SPEC_VERSION, 0), SBI_SUCCESS);
	assert_int_equal(VALUE, 2 << 24);
	assert_int_equal(ecall(SBI_EXT_BASE, SBI_BASE_GET_IMPL_ID, 0), SBI_SUCCESS);
	assert_int_equal(VALUE, 0x4c6f6467);
	assert_int_equal(ecall(SBI_EXT_BASE, SBI_BASE_GET_IMPL_VERSION, 0), SBI_SUCCESS);
	assert_int_equal(VALUE, LODGE_SBI_IMPL_VERSION);
	for (i = SBI_BASE_GET_MVENDORID; i <= SBI_BASE_GET_MIMPID; i++) {
		assert_int_equal(ecall(SBI_EXT_BASE, i, 7), SBI_SUCCESS);
		assert_int_equal(VALUE, 0);
	}
	assert_int_equal(ecall(SBI_EXT_BASE, 7, 0), SBI_ERR_NOT_SUPPORTED);
	for (i = 0; i < ARRAY_SIZE(extensions); i++) {
		assert_int_equal(ecall(SBI_EXT_BASE, SBI_BASE_PROBE_EXTENSION, extensions[i]), 0);
		assert_int_equal(VALUE, 1);
	}
	for (i = 0; i < ARRAY_SIZE(others); i++) {
		assert_int_equal(ecall(SBI_EXT_BASE, SBI_BASE_PROBE_EXTENSION, others[i]), 0);
		assert_int_equal(VALUE, 0);
	}
}

/* ---- harts ---- */

static void a_hart_has_each_state(void **state)
{
	static const struct {
		enum vcpu_state state;
		bool in_loop;
		u64 status;
	} cases[] = {
		{ VCPU_OFF, false, SBI_HSM_STOPPED },
		{ VCPU_OFF, true, SBI_HSM_STOP_PENDING },
		{ VCPU_START_PENDING, false, SBI_HSM_START_PENDING },
		{ VCPU_RUNNING, true, SBI_HSM_STARTED },
		{ VCPU_SUSPENDED, true, SBI_HSM_SUSPENDED },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		vcpus[1].state = cases[i].state;
		vcpus[1].in_loop = cases[i].in_loop;
		assert_int_equal(call(sbi_hsm, SBI_HSM_HART_GET_STATUS, 1, 0, 0), SBI_SUCCESS);
		assert_int_equal(VALUE, cases[i].status);
		/* The one that asks waits for the other. */
		assert_int_equal(action, EXIT_YIELD);
	}
	assert_int_equal(call(sbi_hsm, SBI_HSM_HART_GET_STATUS, 0, 0, 0), SBI_SUCCESS);
	assert_int_equal(action, EXIT_RESUME);
	assert_int_equal(call(sbi_hsm, SBI_HSM_HART_GET_STATUS, 2, 0, 0), SBI_ERR_INVALID_PARAM);
}

static void a_hart_is_started_where_it_can_run(void **state)
{
	assert_int_equal(call(sbi_hsm, SBI_HSM_HART_START, 1, RAM + 6, ~0ul), SBI_SUCCESS);
	assert_true(vcpus[1].start_pc == RAM + 6 && vcpus[1].start_arg == ~0ul);
	assert_int_equal(call(sbi_hsm, SBI_HSM_HART_START, 1, RAM + 1, 0), SBI_ERR_INVALID_ADDRESS);
	assert_int_equal(call(sbi_hsm, SBI_HSM_HART_START, 1, RAM - 2, 0), SBI_ERR_INVALID_ADDRESS);
	assert_int_equal(call(sbi_hsm, SBI_HSM_HART_START, 2, RAM, 0), SBI_ERR_INVALID_PARAM);
	power_on_error = -EBUSY;
	assert_int_equal(call(sbi_hsm, SBI_HSM_HART_START, 1, RAM, 0), SBI_ERR_ALREADY_AVAILABLE);
	assert_int_equal(sbi_from_errno(-ENOMEM), SBI_ERR_FAILED);
}

/* SBI 2.0, 9.4, table 24: types of a platform are valid, and this one has none. */
static void suspend_types_are_told_apart(void **state)
{
	static const u32 reserved[] = { 1, 0x0fffffff, 0x80000001, 0x8fffffff };
	static const u32 platform[] = { 0x10000000, 0x7fffffff, 0x90000000, 0xffffffff };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(reserved); i++) {
		assert_int_equal(call(sbi_hsm, SBI_HSM_HART_SUSPEND, reserved[i], RAM, 0),
				 SBI_ERR_INVALID_PARAM);
		assert_int_equal(call(sbi_hsm, SBI_HSM_HART_SUSPEND, platform[i], RAM, 0),
				 SBI_ERR_NOT_SUPPORTED);
		assert_int_equal(action, EXIT_RESUME);
	}
	assert_int_equal(vcpus[0].state, VCPU_RUNNING);
	/* Only 32 bits of it count. */
	(void)call(sbi_hsm, SBI_HSM_HART_SUSPEND, 1ul << 32, RAM, 0);
	assert_int_equal(action, EXIT_BLOCK);
	assert_int_equal(vcpus[0].state, VCPU_SUSPENDED);
}

static void a_hart_that_resumes_begins_anew(void **state)
{
	shim_csr[CSR_VSATP] = 1;
	shim_csr[CSR_VSSTATUS] = SSTATUS_SIE | SSTATUS_SUM;
	(void)call(sbi_hsm, SBI_HSM_HART_SUSPEND, SBI_HSM_SUSPEND_NON_RETENTIVE, RAM + 2, 0x55);
	assert_int_equal(action, EXIT_BLOCK);
	assert_true(vcpus[0].arch.guest.pc == RAM + 2);
	assert_true(vcpus[0].arch.guest.gpr[10] == 0 && vcpus[0].arch.guest.gpr[11] == 0x55);
	assert_true(shim_csr[CSR_VSATP] == 0);
	assert_true(shim_csr[CSR_VSSTATUS] == (SSTATUS_SUM | SSTATUS_FS_INITIAL));
	assert_true(shim_csr[CSR_SSTATUS] == SSTATUS_SPP);
	assert_int_equal(call(sbi_hsm, SBI_HSM_HART_SUSPEND, SBI_HSM_SUSPEND_NON_RETENTIVE, RAM + 1,
			      0),
			 SBI_ERR_INVALID_ADDRESS);
}

static void a_hart_stops_itself(void **state)
{
	(void)call(sbi_hsm, SBI_HSM_HART_STOP, 0, 0, 0);
	assert_int_equal(action, EXIT_STOP);
	assert_int_equal(requested, REQ_OFF);
	assert_int_equal(call(sbi_hsm, 4, 0, 0, 0), SBI_ERR_NOT_SUPPORTED);
}

/* ---- reset ---- */

static void a_reset_has_a_type_and_a_reason(void **state)
{
	static const u32 bad[][2] = { { 3, 0 },
				      { 0, 2 },
				      { 0, 0xdfffffff },
				      { 0xf0000000, 0 },
				      { 0xffffffff, 0 } };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(call(sbi_srst, SBI_SRST_RESET, bad[i][0], bad[i][1], 0),
				 SBI_ERR_INVALID_PARAM);
	assert_int_equal(call(sbi_srst, 1, 0, 0, 0), SBI_ERR_NOT_SUPPORTED);
	assert_int_equal(shutdowns + resets, 0);
	(void)call(sbi_srst, SBI_SRST_RESET, SBI_SRST_SHUTDOWN, SBI_SRST_REASON_SYSFAIL, 0);
	assert_true(action == EXIT_STOP && shutdowns == 1 && last_reason == 1);
	(void)call(sbi_srst, SBI_SRST_RESET, SBI_SRST_COLD_REBOOT, 0xe0000001, 0);
	(void)call(sbi_srst, SBI_SRST_RESET, SBI_SRST_WARM_REBOOT, 0, 0);
	assert_true(action == EXIT_STOP && resets == 2 && shutdowns == 1);
}

/* ---- console ---- */

static void what_is_long_is_written_in_parts(void **state)
{
	memset(memory, 'x', sizeof(memory));
	assert_int_equal(call(sbi_dbcn, SBI_DBCN_WRITE, 3, RAM, 0), SBI_SUCCESS);
	assert_true(VALUE == 3 && nr_said == 3);
	assert_int_equal(call(sbi_dbcn, SBI_DBCN_WRITE, RAM_SIZE, RAM, 0), SBI_SUCCESS);
	assert_true(VALUE == DBCN_CHUNK && nr_said == DBCN_CHUNK + 3);
	assert_int_equal(call(sbi_dbcn, SBI_DBCN_WRITE, RAM_SIZE + 1, RAM, 0),
			 SBI_ERR_INVALID_PARAM);
	assert_int_equal(call(sbi_dbcn, SBI_DBCN_WRITE, 1, RAM, 1), SBI_ERR_INVALID_PARAM);
	assert_int_equal(call(sbi_dbcn, SBI_DBCN_WRITE_BYTE, 0x1234, 0, 0), SBI_SUCCESS);
	assert_int_equal(said[nr_said - 1], 0x34);
	assert_int_equal(call(sbi_dbcn, 3, 0, 0, 0), SBI_ERR_NOT_SUPPORTED);
}

static void what_is_typed_is_read_up_to_the_end(void **state)
{
	typed = "typed";
	assert_int_equal(call(sbi_dbcn, SBI_DBCN_READ, 3, RAM, 0), SBI_SUCCESS);
	assert_int_equal(VALUE, 3);
	assert_memory_equal(memory, "typ", 3);
	assert_int_equal(call(sbi_dbcn, SBI_DBCN_READ, RAM_SIZE, RAM, 0), SBI_SUCCESS);
	assert_int_equal(VALUE, 2);
	assert_memory_equal(memory, "ed", 2);
	copied = 99;
	assert_int_equal(call(sbi_dbcn, SBI_DBCN_READ, 16, RAM, 0), SBI_SUCCESS);
	assert_int_equal(VALUE, 0);
	assert_int_equal(copied, 99);
	assert_int_equal(call(sbi_dbcn, SBI_DBCN_READ, 0, 0, 0), SBI_SUCCESS);
}

/* The host may have no memory left for the guest's page. */
static void a_buffer_that_can_not_be_had_fails_the_call(void **state)
{
	copy_error = -ENOMEM;
	assert_int_equal(call(sbi_dbcn, SBI_DBCN_WRITE, 3, RAM, 0), SBI_ERR_FAILED);
	assert_int_equal(nr_said, 0);
	typed = "x";
	assert_int_equal(call(sbi_dbcn, SBI_DBCN_READ, 3, RAM, 0), SBI_ERR_FAILED);
	assert_int_equal(action, EXIT_RESUME);
}

/* ---- steal time ---- */

static long set_shmem(u64 lo, u64 hi, u64 flags)
{
	return call(sbi_sta, SBI_STA_SET_SHMEM, lo, hi, flags);
}

static void a_record_begins_as_zeroes(void **state)
{
	unsigned int i;

	memset(memory, 'x', sizeof(memory));
	assert_int_equal(set_shmem(RAM + 64, 0, 0), SBI_SUCCESS);
	assert_int_equal(VALUE, 0);
	assert_int_equal(copied, 64);
	for (i = 0; i < sizeof(memory); i++)
		assert_int_equal(memory[i], i < 64 ? 0 : 'x');
	told(&vcpus[0], 42, true);
	assert_int_equal(record_addr, RAM + 64);
	assert_int_equal(set_shmem(~0ul, ~0ul, 0), SBI_SUCCESS);
	assert_null(told);
	assert_true(vcpus[0].arch.guest.sta == ~0ul);
}

static void what_is_no_place_for_a_record_is_refused(void **state)
{
	static const struct {
		u64 lo, hi, flags;
		int write, error;
	} cases[] = {
		{ RAM, 0, 1, 0, SBI_ERR_INVALID_PARAM },
		{ ~0ul, ~0ul, 1ul << 63, 0, SBI_ERR_INVALID_PARAM },
		{ RAM + 32, 0, 0, 0, SBI_ERR_INVALID_PARAM },
		{ ~0ul, 0, 0, 0, SBI_ERR_INVALID_PARAM },
		{ RAM, 1, 0, 0, SBI_ERR_INVALID_ADDRESS },
		{ RAM, ~0ul, 0, 0, SBI_ERR_INVALID_ADDRESS },
		{ RAM, 0, 0, -EFAULT, SBI_ERR_INVALID_ADDRESS },
		{ RAM, 0, 0, -EACCES, SBI_ERR_INVALID_ADDRESS },
		{ RAM, 0, 0, -ENOMEM, SBI_ERR_FAILED },
	};
	unsigned int i;

	assert_int_equal(set_shmem(RAM + 128, 0, 0), SBI_SUCCESS);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		copy_error = cases[i].write;
		assert_int_equal(set_shmem(cases[i].lo, cases[i].hi, cases[i].flags),
				 cases[i].error);
		assert_int_equal(VALUE, 0);
		/* The one before stays. */
		assert_non_null(told);
		assert_true(vcpus[0].arch.guest.sta == RAM + 128);
	}
	assert_int_equal(call(sbi_sta, 1, RAM, 0, 0), SBI_ERR_NOT_SUPPORTED);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, fresh)
	const struct CMUnitTest tests[] = {
		T(calls_go_to_their_extensions),
		T(the_base_extension_tells_what_there_is),
		T(a_hart_has_each_state),
		T(a_hart_is_started_where_it_can_run),
		T(suspend_types_are_told_apart),
		T(a_hart_that_resumes_begins_anew),
		T(a_hart_stops_itself),
		T(a_reset_has_a_type_and_a_reason),
		T(what_is_long_is_written_in_parts),
		T(what_is_typed_is_read_up_to_the_end),
		T(a_buffer_that_can_not_be_had_fails_the_call),
		T(a_record_begins_as_zeroes),
		T(what_is_no_place_for_a_record_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
