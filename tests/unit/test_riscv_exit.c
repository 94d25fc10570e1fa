// SPDX-License-Identifier: Apache-2.0
/*
 * From a trap's cause to its handler, and exceptions that the guest takes itself. No device of
 * QEMU's refuses an access, nor does its hart have all instructions that could be virtual.
 */
/* flags: -I$(root)/arch/riscv64/include -DCONFIG_NR_CPUS=1 */
#include <lodge/types.h>

/* Of the host: arch/riscv64/include/asm/cpu.h */
static bool riscv_has_sstc;

#include "../../arch/riscv64/include/asm/vcpu.h"
#include "../../arch/riscv64/include/asm/vm.h"
#include "../../arch/riscv64/virt/exit.c"
#include "../../arch/riscv64/virt/inject.c"
#include "handler_fixture.h"

#define PC	0x80201000ul
#define VECTORS 0x80300000ul
#define ADDRESS 0x12345678ul

u64 shim_csr[0x1000];

static unsigned int interrupts;
static u32 code; /* what is at PC */
static int fetch_error, fetch_result;

/* ---- what the handlers call ---- */

const char *riscv_cause_name(u64 scause)
{
	return "a cause";
}

void riscv_handle_interrupt(u64 cause)
{
	assert_true(cause >> 63);
	interrupts++;
}

int riscv_fetch_insn(struct vcpu *v, u64 pc, u32 *insn)
{
	assert_true(pc == PC);
	*insn = code;
	return fetch_error;
}

int riscv_fetch_failed(struct vcpu *v, int err)
{
	assert_int_equal(err, fetch_error);
	return fetch_result;
}

HANDLER(riscv_exit_sbi)
HANDLER(riscv_exit_load)
HANDLER(riscv_exit_store)
HANDLER(riscv_exit_fetch)

static int fresh(void **state)
{
	memset(shim_csr, 0, sizeof(shim_csr));
	memset(&vcpu, 0, sizeof(vcpu));
	vcpu.record_next = vcpu.record;
	vcpu.arch.guest.pc = PC;
	crash[0] = '\0';
	called = NULL;
	interrupts = 0;
	fetch_error = 0;
	shim_csr[CSR_VSTVEC] = VECTORS | 1; /* vectored: exceptions go to its start all the same */
	shim_csr[CSR_STVAL] = ADDRESS;
	shim_csr[CSR_SSTATUS] = SSTATUS_SPP;
	return 0;
}

static int leave(u64 cause)
{
	shim_csr[CSR_SCAUSE] = cause;
	return riscv_exit(&vcpu, cause);
}

static void assert_taken(u64 cause, u64 tval)
{
	assert_true(shim_csr[CSR_VSCAUSE] == cause);
	assert_true(shim_csr[CSR_VSTVAL] == tval);
	assert_true(shim_csr[CSR_VSEPC] == PC);
	assert_true(vcpu.arch.guest.pc == VECTORS);
	/* It is entered as a supervisor. */
	assert_true(shim_csr[CSR_SSTATUS] & SSTATUS_SPP);
	assert_true(shim_csr[CSR_HSTATUS] & HSTATUS_SPVP);
}

/* ---- the table ---- */

static void causes_have_their_handlers(void **state)
{
	static const struct {
		u64 cause;
		const char *handler;
	} cases[] = {
		{ CAUSE_ECALL_VS, "riscv_exit_sbi" },
		{ CAUSE_FETCH_GUEST_PF, "riscv_exit_fetch" },
		{ CAUSE_LOAD_GUEST_PF, "riscv_exit_load" },
		{ CAUSE_STORE_GUEST_PF, "riscv_exit_store" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(leave(cases[i].cause), EXIT_YIELD);
		assert_string_equal(called, cases[i].handler);
		assert_int_equal(vcpu.exits[cases[i].cause], 1);
	}
}

/* Whatever the hart says, it is the VM that ends. */
static void a_cause_without_a_handler_stops_the_vm(void **state)
{
	static const u64 beyond[] = { 25, 31, 63, 64, 1ul << 32, ~0ul >> 1 };
	unsigned int i, empty = 0;

	for (i = 0; i < NR_EXIT_CAUSES; i++) {
		if (exit_table[i].fn)
			continue;
		empty++;
		fresh(state);
		assert_int_equal(leave(i), EXIT_STOP);
		assert_non_null(strstr(crash, "an exit without a handler: a cause"));
		assert_true(vcpu.arch.guest.pc == PC);
	}
	assert_true(empty > 10);
	for (i = 0; i < ARRAY_SIZE(beyond); i++) {
		fresh(state);
		assert_int_equal(leave(beyond[i]), EXIT_STOP);
		assert_true(crash[0]);
	}
	assert_null(arch_exit_name(NR_EXIT_CAUSES));
	assert_string_equal(arch_exit_name(CAUSE_ECALL_VS), "sbi");
}

static void interrupts_are_the_hosts(void **state)
{
	assert_int_equal(leave(1ul << 63 | 5), EXIT_RESUME);
	assert_int_equal(interrupts, 1);
	assert_int_equal(vcpu.exits[EXIT_CAUSE_INTERRUPT], 1);
	assert_true(vcpu.arch.guest.pc == PC);
}

/* ---- exceptions that the guest takes ---- */

static void an_access_that_is_refused_is_the_guests_fault(void **state)
{
	static const u8 causes[] = { CAUSE_FETCH_ACCESS, CAUSE_LOAD_ACCESS, CAUSE_STORE_ACCESS };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(causes); i++) {
		fresh(state);
		assert_int_equal(leave(causes[i]), EXIT_RESUME);
		assert_taken(causes[i], ADDRESS);
		assert_int_equal(vcpu.exits[causes[i]], 1);
	}
}

/* As a trap into VS-mode (privileged architecture, 4.1.1): SPP and SPIE, and SIE is 0. */
static void a_trap_saves_the_mode_and_what_was_enabled(void **state)
{
	unsigned int bits;

	for (bits = 0; bits < 16; bits++) {
		u64 was = (bits & 1 ? SSTATUS_SIE : 0) | (bits & 2 ? SSTATUS_SPIE : 0) |
			  (bits & 4 ? SSTATUS_SPP : 0);
		bool supervisor = bits & 8;

		fresh(state);
		shim_csr[CSR_VSSTATUS] = was | SSTATUS_SUM;
		shim_csr[CSR_SSTATUS] = supervisor ? SSTATUS_SPP : 0;
		(void)leave(CAUSE_LOAD_ACCESS);
		assert_taken(CAUSE_LOAD_ACCESS, ADDRESS);
		assert_true(shim_csr[CSR_VSSTATUS] == (SSTATUS_SUM | (bits & 1 ? SSTATUS_SPIE : 0) |
						       (supervisor ? SSTATUS_SPP : 0)));
	}
}

/* ---- virtual instructions ---- */

static int execute(u32 insn)
{
	shim_csr[CSR_STVAL] = insn;
	return leave(CAUSE_VIRTUAL_INSN);
}

static void what_only_a_hypervisor_may_do_is_illegal(void **state)
{
	static const u32 insns[] = {
		0x60002573, /* csrr a0, hstatus */
		0x62000073, /* hfence.gvma */
		0x6c054573, /* hlv.d a0, (a0) */
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(insns); i++) {
		fresh(state);
		assert_int_equal(execute(insns[i]), EXIT_RESUME);
		assert_taken(CAUSE_ILLEGAL, insns[i]);
		/* A hart need not tell the instruction. */
		fresh(state);
		code = insns[i];
		assert_int_equal(execute(0), EXIT_RESUME);
		assert_taken(CAUSE_ILLEGAL, insns[i]);
	}
}

static void wfi_is_the_supervisors(void **state)
{
	assert_int_equal(execute(INSN_WFI), EXIT_BLOCK);
	assert_true(vcpu.arch.guest.pc == PC + 4);
	fresh(state);
	shim_csr[CSR_SSTATUS] = 0;
	assert_int_equal(execute(INSN_WFI), EXIT_RESUME);
	assert_taken(CAUSE_ILLEGAL, INSN_WFI);
}

static void wrs_nto_yields_for_anybody(void **state)
{
	assert_int_equal(execute(INSN_WRS_NTO), EXIT_YIELD);
	assert_true(vcpu.arch.guest.pc == PC + 4);
	fresh(state);
	shim_csr[CSR_SSTATUS] = 0;
	assert_int_equal(execute(INSN_WRS_NTO), EXIT_YIELD);
	assert_true(vcpu.arch.guest.pc == PC + 4);
}

static void one_that_can_not_be_read_is_not_done(void **state)
{
	fetch_error = -EFAULT;
	fetch_result = EXIT_STOP;
	assert_int_equal(execute(0), EXIT_STOP);
	fetch_error = -EAGAIN;
	fetch_result = EXIT_RESUME;
	assert_int_equal(execute(0), EXIT_RESUME);
	assert_true(vcpu.arch.guest.pc == PC && shim_csr[CSR_VSEPC] == 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, fresh)
	const struct CMUnitTest tests[] = {
		T(causes_have_their_handlers),
		T(a_cause_without_a_handler_stops_the_vm),
		T(interrupts_are_the_hosts),
		T(an_access_that_is_refused_is_the_guests_fault),
		T(a_trap_saves_the_mode_and_what_was_enabled),
		T(what_only_a_hypervisor_may_do_is_illegal),
		T(wfi_is_the_supervisors),
		T(wrs_nto_yields_for_anybody),
		T(one_that_can_not_be_read_is_not_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
