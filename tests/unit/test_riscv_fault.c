// SPDX-License-Identifier: Apache-2.0
/*
 * Guest-page faults of each kind (H extension 1.0, "Transformed instruction or pseudoinstruction for
 * mtinst or htinst"). QEMU 7.2 tells little in htinst, and takes walks for loads. What instructions do
 * to a device is for the fuzz target insn_riscv64.
 */
/* links: arch/riscv64/virt/decode.c */
/* flags: -I$(root)/arch/riscv64/include -DCONFIG_NR_CPUS=1 */
#include "../../arch/riscv64/include/asm/vcpu.h"
#include "../../arch/riscv64/include/asm/vm.h"
#include <lodge/types.h>

/* Of the host: arch/riscv64/include/asm/cpu.h */
static bool riscv_has_sstc;
static u32 code; /* what is at pc */

#include <asm/virt.h>

#define riscv_peek_insn(pc, length) ((length) == 2 ? (u64)(u16)code : (u64)code)
#include "../../arch/riscv64/virt/mmio.c"
#include <shim.h>
#include "exit_fixture.h"

#define PC	0x80201000ul
#define VECTORS 0x80300000ul
#define VA	0xffffffff00001238ul
#define GPA	0x10000238ul

#define LW_A0_A1 0x0005a503u
#define SW_A0_A1 0x00a5a023u
#define CBO_ZERO 0x0045a00fu /* cbo.zero (a1) */
#define ADD	 0x00b50533u
#define FLW	 0x0005a507u

u64 shim_csr[0x1000];

static struct vcpu vcpu;
static struct {
	u64 cause, tval;
	unsigned int count;
} injected;
static int fetch_error;
static unsigned int reads, writes, failed;

/* ---- what the handlers call ---- */

bool vm_mmio_read(struct vcpu *v, gpa_t addr, unsigned int n, u64 *val)
{
	reads++;
	*val = 0x80000001;
	return true;
}

bool vm_mmio_write(struct vcpu *v, gpa_t addr, unsigned int n, u64 val)
{
	writes++;
	return true;
}

void riscv_inject(struct vcpu *v, u64 cause, u64 tval)
{
	injected.cause = cause;
	injected.tval = tval;
	injected.count++;
}

int riscv_fetch_insn(struct vcpu *v, u64 pc, u32 *insn)
{
	assert_true(pc == v->arch.guest.pc);
	*insn = code;
	return fetch_error;
}

int riscv_fetch_failed(struct vcpu *v, int err)
{
	failed++;
	assert_int_equal(err, fetch_error);
	return err;
}

static int fresh(void **state)
{
	memset(shim_csr, 0, sizeof(shim_csr));
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&fault, 0, sizeof(fault));
	memset(&unclaimed, 0, sizeof(unclaimed));
	memset(&injected, 0, sizeof(injected));
	vcpu.record_next = vcpu.record;
	vcpu.arch.guest.pc = PC;
	crash[0] = '\0';
	memory_error = fetch_error = 0;
	memory_crashes = reads = writes = failed = 0;
	code = LW_A0_A1;
	shim_csr[CSR_VSTVEC] = VECTORS | 1;
	shim_csr[CSR_VSATP] = 8ul << 60;
	shim_csr[CSR_STVAL] = VA;
	shim_csr[CSR_HTVAL] = GPA >> 2;
	return 0;
}

static int leave(u64 cause, u64 htinst, int err)
{
	fresh(NULL);
	memory_error = err;
	shim_csr[CSR_SCAUSE] = cause;
	shim_csr[CSR_HTINST] = htinst;
	if (cause == CAUSE_FETCH_GUEST_PF)
		return riscv_exit_fetch(&vcpu);
	return cause == CAUSE_LOAD_GUEST_PF ? riscv_exit_load(&vcpu) : riscv_exit_store(&vcpu);
}

static const struct {
	u64 cause;
	u32 access;
	u64 refused; /* what the guest takes */
} kinds[] = {
	{ CAUSE_LOAD_GUEST_PF, ACCESS_R, CAUSE_LOAD_ACCESS },
	{ CAUSE_STORE_GUEST_PF, ACCESS_W, CAUSE_STORE_ACCESS },
	{ CAUSE_FETCH_GUEST_PF, ACCESS_X, CAUSE_FETCH_ACCESS },
};

static void memory_is_made_and_the_access_repeated(void **state)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		assert_int_equal(leave(kinds[i].cause, 0, 0), EXIT_RESUME);
		assert_true(fault.addr == GPA && fault.access == kinds[i].access);
		assert_true(vcpu.arch.guest.pc == PC && !injected.count);
	}
}

static void forbidden_or_missing_memory(void **state)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		assert_int_equal(leave(kinds[i].cause, 0, -EACCES), EXIT_RESUME);
		assert_true(injected.cause == kinds[i].refused && injected.tval == VA);
		assert_true(vcpu.arch.guest.pc == PC);
		assert_int_equal(leave(kinds[i].cause, 0, -ENOMEM), EXIT_STOP);
		assert_true(memory_crashes == 1 && !injected.count);
	}
}

/* ---- the walk of the guest's own tables ---- */

static void a_walk_asks_for_what_it_does(void **state)
{
	static const struct {
		u64 htinst;
		u32 access;
	} walks[] = {
		{ HTINST_PTE_READ64, ACCESS_R },
		{ HTINST_PTE_WRITE64, ACCESS_W },
		{ HTINST_PTE_READ32, ACCESS_R },
		{ HTINST_PTE_WRITE32, ACCESS_W },
	};
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(walks); i++) {
		for (k = 0; k < ARRAY_SIZE(kinds); k++) {
			assert_int_equal(leave(kinds[k].cause, walks[i].htinst, 0), EXIT_RESUME);
			assert_int_equal(fault.access, walks[i].access);
			assert_int_equal(injected.count, 0);
			/* Where there is no memory, or none that flags can be written to. */
			assert_int_equal(leave(kinds[k].cause, walks[i].htinst, -ENODEV),
					 EXIT_RESUME);
			assert_true(injected.cause == kinds[k].refused && injected.tval == VA);
			assert_int_equal(unclaimed.access, walks[i].access);
			assert_int_equal(leave(kinds[k].cause, walks[i].htinst, -EACCES),
					 EXIT_RESUME);
			assert_true(injected.cause == kinds[k].refused);
			assert_int_equal(leave(kinds[k].cause, walks[i].htinst, -ENOMEM),
					 EXIT_STOP);
			assert_true(memory_crashes == 1 && !injected.count);
		}
	}
}

static u64 walk_for(u32 insn, int err)
{
	fresh(NULL);
	code = insn;
	fetch_error = err;
	memory_error = -ENODEV;
	shim_csr[CSR_SCAUSE] = CAUSE_LOAD_GUEST_PF;
	shim_csr[CSR_HTINST] = HTINST_PTE_READ64;
	assert_int_equal(riscv_exit_load(&vcpu), EXIT_RESUME);
	return injected.cause;
}

/* QEMU says load of each. */
static void the_instruction_tells_what_a_walk_was_for(void **state)
{
	assert_int_equal(walk_for(LW_A0_A1, 0), CAUSE_LOAD_ACCESS);
	assert_int_equal(walk_for(SW_A0_A1, 0), CAUSE_STORE_ACCESS);
	assert_int_equal(walk_for(CBO_ZERO, 0), CAUSE_STORE_ACCESS);
	/* Its own walk fails, but for another address: the data's. */
	assert_int_equal(walk_for(LW_A0_A1, -EFAULT), CAUSE_LOAD_ACCESS);
	assert_int_equal(walk_for(SW_A0_A1, -EAGAIN), CAUSE_LOAD_ACCESS);
	fresh(state);
	fetch_error = -EFAULT;
	memory_error = -ENODEV;
	shim_csr[CSR_STVAL] = PC + 2; /* its second half is on the next page */
	shim_csr[CSR_SCAUSE] = CAUSE_LOAD_GUEST_PF;
	shim_csr[CSR_HTINST] = HTINST_PTE_READ64;
	(void)riscv_exit_load(&vcpu);
	assert_true(injected.cause == CAUSE_FETCH_ACCESS && injected.tval == PC + 2);
}

static void a_walk_for_the_handler_itself_ends_the_vm(void **state)
{
	vcpu.arch.guest.pc = VECTORS;
	memory_error = -ENODEV;
	shim_csr[CSR_SCAUSE] = CAUSE_FETCH_GUEST_PF;
	shim_csr[CSR_HTINST] = HTINST_PTE_READ64;
	assert_int_equal(riscv_exit_fetch(&vcpu), EXIT_STOP);
	assert_non_null(strstr(crash, "trap vector"));
	assert_int_equal(injected.count, 0);
}

/* ---- fetches where nothing is ---- */

static void who_runs_where_nothing_is_takes_a_fault_or_ends(void **state)
{
	assert_int_equal(leave(CAUSE_FETCH_GUEST_PF, 0, -ENODEV), EXIT_RESUME);
	assert_true(injected.cause == CAUSE_FETCH_ACCESS && unclaimed.addr == GPA);
	/* Without translation it has run astray; at its vector it would come back. */
	shim_csr[CSR_VSATP] = 0;
	assert_int_equal(riscv_exit_fetch(&vcpu), EXIT_STOP);
	assert_non_null(strstr(crash, "where it has no memory"));
	(void)leave(CAUSE_FETCH_GUEST_PF, 0, 0);
	memory_error = -ENODEV;
	vcpu.arch.guest.pc = VECTORS;
	assert_int_equal(riscv_exit_fetch(&vcpu), EXIT_STOP);
	assert_true(crash[0] && !injected.count);
}

/* ---- devices ---- */

static void what_is_no_load_or_store_is_refused(void **state)
{
	static const u32 insns[] = { FLW, ADD, CBO_ZERO, SW_A0_A1 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(insns); i++) {
		fresh(state);
		code = insns[i];
		memory_error = -ENODEV;
		assert_int_equal(riscv_exit_load(&vcpu), EXIT_RESUME);
		assert_true(injected.cause == CAUSE_LOAD_ACCESS && injected.tval == VA);
		assert_true(unclaimed.addr == GPA && !reads && !writes && vcpu.arch.guest.pc == PC);
	}
	fresh(state);
	memory_error = -ENODEV;
	assert_int_equal(riscv_exit_store(&vcpu), EXIT_RESUME);
	assert_true(injected.cause == CAUSE_STORE_ACCESS && !reads && !writes);
}

static void one_that_can_not_be_read_is_not_done(void **state)
{
	unsigned int write;

	for (write = 0; write < 2; write++) {
		fresh(state);
		memory_error = -ENODEV;
		fetch_error = -EAGAIN;
		assert_int_equal((write ? riscv_exit_store : riscv_exit_load)(&vcpu), -EAGAIN);
		assert_true(failed == 1 && !reads && !writes && vcpu.arch.guest.pc == PC);
	}
}

static void an_access_of_two_pages_is_refused(void **state)
{
	/* The part that faults is the end of the first page, or the start of the second. */
	static const u64 ends[] = { 0x10000ffe, 0x10001000 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		fresh(state);
		memory_error = -ENODEV;
		shim_csr[CSR_HTVAL] = ends[i] >> 2;
		shim_csr[CSR_STVAL] = VA | (ends[i] & 3);
		vcpu.arch.guest.gpr[11] = 0x4ffe;
		assert_int_equal(riscv_exit_load(&vcpu), EXIT_RESUME);
		assert_true(injected.cause == CAUSE_LOAD_ACCESS && !reads);
		/* All of it is in the second. */
		vcpu.arch.guest.gpr[11] = 0x5000;
		if (i)
			assert_true(riscv_exit_load(&vcpu) == EXIT_RESUME && reads == 1);
	}
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, fresh)
	const struct CMUnitTest tests[] = {
		T(memory_is_made_and_the_access_repeated),
		T(forbidden_or_missing_memory),
		T(a_walk_asks_for_what_it_does),
		T(the_instruction_tells_what_a_walk_was_for),
		T(a_walk_for_the_handler_itself_ends_the_vm),
		T(who_runs_where_nothing_is_takes_a_fault_or_ends),
		T(what_is_no_load_or_store_is_refused),
		T(one_that_can_not_be_read_is_not_done),
		T(an_access_of_two_pages_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
