// SPDX-License-Identifier: Apache-2.0
/*
 * From an exit code to its handler, and the handlers that are short (AMD APM vol. 2, appendix C).
 * QEMU's TCG knows few of the codes.
 */
/* flags: -I$(root)/arch/x86_64/include -DCONFIG_NR_CPUS=4 */
#include "../../arch/x86_64/include/asm/vcpu.h"
#include "../../arch/x86_64/include/asm/vm.h"
#include "../../arch/x86_64/virt/halt.c"
#include "../../arch/x86_64/virt/svm/exit.c"
#include "svm_exit_fixture.h"

/* ---- the table ---- */

static void instructions_that_guests_do_not_have_are_undefined(void **state)
{
	static const u16 codes[] = {
		VMEXIT_RSM,	VMEXIT_INVLPGA, VMEXIT_VMRUN,	VMEXIT_VMLOAD,
		VMEXIT_VMSAVE,	VMEXIT_STGI,	VMEXIT_CLGI,	VMEXIT_SKINIT,
		VMEXIT_MONITOR, VMEXIT_MWAIT,	VMEXIT_RDPRU,	VMEXIT_MWAIT_CONDITIONAL,
		VMEXIT_INVLPGB, VMEXIT_MCOMMIT, VMEXIT_TLBSYNC, VMEXIT_INVLPGB_ILLEGAL,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(codes); i++) {
		assert_int_equal(leave(codes[i]), EXIT_RESUME);
		assert_injected(EVENT(X86_UD));
		assert_true(vmcb.save.rip == RIP);
		assert_int_equal(vcpu.exits[codes[i]], 1);
		assert_int_equal(prepared, 1);
	}
	assert_int_equal(leave(VMEXIT_RDPMC), EXIT_RESUME);
	assert_injected(EVENT(X86_GP));
}

static void what_is_for_the_host_leaves_the_guest_alone(void **state)
{
	static const u16 codes[] = { VMEXIT_INTR, VMEXIT_NMI, VMEXIT_SMI, VMEXIT_INIT,
				     VMEXIT_EXCP0 + X86_MC };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(codes); i++) {
		assert_int_equal(leave(codes[i]), SVM_EXIT_HOST);
		assert_injected(0);
		assert_true(vmcb.save.rip == RIP);
		assert_int_equal(prepared, 0);
	}
}

static void others_have_handlers_of_their_own(void **state)
{
	static const struct {
		u64 code;
		const char *handler;
	} cases[] = {
		{ VMEXIT_CPUID, "x86_exit_cpuid" },
		{ VMEXIT_CR4_READ, "x86_exit_cr_read" },
		{ VMEXIT_CR4_WRITE, "x86_exit_cr_write" },
		{ VMEXIT_CR8_WRITE, "x86_exit_cr_write" },
		{ VMEXIT_EXCP0 + X86_DB, "svm_exit_debug" },
		{ VMEXIT_EXCP0 + X86_PF, "x86_exit_page_fault" },
		{ VMEXIT_IOIO, "x86_port_out" },
		{ VMEXIT_IRET, "svm_exit_iret" },
		{ VMEXIT_MSR, "x86_exit_msr" },
		{ VMEXIT_NPF, "x86_exit_memory" },
		{ VMEXIT_VINTR, "svm_exit_vintr" },
		{ VMEXIT_VMMCALL, "x86_exit_vmmcall" },
		{ VMEXIT_XSETBV, "x86_exit_xsetbv" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(leave(cases[i].code), EXIT_YIELD);
		assert_string_equal(called, cases[i].handler);
		assert_int_equal(vcpu.exits[svm_cause(cases[i].code)], 1);
	}
}

static void handlers_are_told_what_the_exit_said(void **state)
{
	u64 addr = 0x123456789a, info = NPF_TABLE_WALK | PF_W;

	fresh(state);
	vmcb.control.exitinfo1 = info;
	vmcb.control.exitinfo2 = addr;
	vmcb.control.exitcode = VMEXIT_NPF;
	(void)svm_exit(&vcpu);
	assert_true(told[0] == addr && told[1] == (MEMORY_TABLE_WALK | PF_W));
	vmcb.control.exitcode = VMEXIT_EXCP0 + X86_PF;
	(void)svm_exit(&vcpu);
	assert_true(told[0] == addr && told[1] == PF_W);
	for (info = 0; info < 2; info++) {
		vmcb.control.exitcode = VMEXIT_MSR;
		vmcb.control.exitinfo1 = info;
		(void)svm_exit(&vcpu);
		assert_true(told[0] == info);
	}
	/* The port, its width, and where the next instruction is (15.10.2). */
	vmcb.control.exitcode = VMEXIT_IOIO;
	vmcb.control.exitinfo1 = 0x03f8ul << 16 | 2 << 4;
	vmcb.control.exitinfo2 = RIP + 2;
	(void)svm_exit(&vcpu);
	assert_string_equal(called, "x86_port_out");
	assert_true(told[0] == 0x3f8 && told[1] == 2 && vmcb.save.rip == RIP + 2);
	vmcb.control.exitinfo1 |= IOIO_IN;
	(void)svm_exit(&vcpu);
	assert_string_equal(called, "x86_port_in");
	vmcb.control.exitinfo1 |= IOIO_STRING;
	(void)svm_exit(&vcpu);
	assert_string_equal(called, "x86_emulate");
	assert_true(told[0] == ~(u64)0 && vmcb.save.rip == RIP + 2);
}

/* Whatever the processor says, it is the VM that ends. */
static void a_code_without_a_handler_stops_the_vm(void **state)
{
	static const u64 unknown[] = { 0xb0,	       0x3ff,
				       0x404,	       ~0ull,
				       1ull << 32,     0x100000060,
				       0x8000,	       VMEXIT_AVIC_NOACCEL,
				       VMEXIT_VMGEXIT, VMEXIT_AVIC_INCOMPLETE_IPI };
	unsigned int i, empty = 0;

	for (i = 0; i < EXIT_CAUSE_NPF; i++) {
		if (exit_table[i].fn)
			continue;
		empty++;
		assert_int_equal(leave(i), EXIT_STOP);
		assert_true(strstr(crash, "an exit without a handler") == crash);
		assert_non_null(strstr(crash, exit_table[i].name ? exit_table[i].name : "unknown"));
	}
	assert_true(empty > 100);
	for (i = 0; i < ARRAY_SIZE(unknown); i++) {
		assert_int_equal(leave(unknown[i]), EXIT_STOP);
		assert_true(crash[0]);
		assert_int_equal(prepared, 0);
	}
	assert_int_equal(leave(VMEXIT_SHUTDOWN), EXIT_STOP);
	assert_non_null(strstr(crash, "triple fault"));
	assert_null(arch_exit_name(NR_EXIT_CAUSES));
	assert_string_equal(arch_exit_name(VMEXIT_HLT), "hlt");
}

static void what_was_being_delivered_is_delivered_again(void **state)
{
	fresh(state);
	vmcb.control.exitcode = VMEXIT_CPUID;
	vmcb.control.exitintinfo = 0x61 | EVENT_VALID;
	vmcb.control.eventinj = 0x62 | EVENT_VALID;
	vmcb.control.tlb_control = TLB_CONTROL_FLUSH_ALL;
	(void)svm_exit(&vcpu);
	assert_injected(0x61 | EVENT_VALID);
	assert_int_equal(vmcb.control.tlb_control, TLB_CONTROL_NOTHING);
	/* Without it, nothing is. */
	vmcb.control.exitintinfo = 0x61;
	(void)svm_exit(&vcpu);
	assert_injected(0);
}

/* ---- short handlers ---- */

static void an_alignment_check_keeps_its_error_code(void **state)
{
	fresh(state);
	vmcb.control.exitcode = VMEXIT_EXCP0 + X86_AC;
	vmcb.control.exitinfo1 = 0x12;
	assert_int_equal(svm_exit(&vcpu), EXIT_RESUME);
	assert_injected(EVENT(X86_AC) | 0x12ull << 32);
}

/* Each with what is done after it, if it is there, gone, or can't be read. */
static void instructions_are_skipped_if_they_are_there(void **state)
{
	static const struct {
		u16 code;
		enum insn_op op;
		int action;
		u64 event;
	} cases[] = {
		{ VMEXIT_ICEBP, INSN_ICEBP, EXIT_RESUME, EVENT(X86_DB) },
		{ VMEXIT_PAUSE, INSN_PAUSE, EXIT_RESUME, 0 },
		{ VMEXIT_HLT, INSN_HLT, EXIT_BLOCK, 0 },
		{ VMEXIT_WBINVD, INSN_WBINVD, EXIT_RESUME, 0 },
		{ VMEXIT_INVD, INSN_WBINVD, EXIT_RESUME, 0 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(leave(cases[i].code), cases[i].action);
		assert_true(vmcb.save.rip == RIP + LENGTH);
		assert_injected(cases[i].event);

		fresh(state);
		vmcb.control.exitcode = cases[i].code;
		length = 0;
		assert_int_equal(svm_exit(&vcpu), EXIT_RESUME);
		assert_true(vmcb.save.rip == RIP);
		assert_injected(0);

		fresh(state);
		vmcb.control.exitcode = cases[i].code;
		length = -EFAULT;
		assert_int_equal(svm_exit(&vcpu), EXIT_STOP);
		assert_true(vmcb.save.rip == RIP);
		assert_injected(0);
	}
	/* TCG's exit is that of WBINVD for INVD, too. */
	fresh(state);
	vmcb.control.exitcode = VMEXIT_WBINVD;
	gone = INSN_WBINVD;
	assert_int_equal(svm_exit(&vcpu), EXIT_RESUME);
	assert_true(vmcb.save.rip == RIP + LENGTH);
}

static void an_end_of_interrupt_comes_before_the_exit(void **state)
{
	fresh(state);
	taken = 0;
	called = NULL;
	vcpu.arch.eoi_offered = true;
	vmcb.control.exitcode = VMEXIT_CPUID;
	(void)svm_exit(&vcpu);
	assert_int_equal(taken, 1);
	(void)svm_exit(&vcpu);
	assert_int_equal(taken, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(instructions_that_guests_do_not_have_are_undefined),
		T(what_is_for_the_host_leaves_the_guest_alone),
		T(others_have_handlers_of_their_own),
		T(handlers_are_told_what_the_exit_said),
		T(a_code_without_a_handler_stops_the_vm),
		T(what_was_being_delivered_is_delivered_again),
		T(an_alignment_check_keeps_its_error_code),
		T(instructions_are_skipped_if_they_are_there),
		T(an_end_of_interrupt_comes_before_the_exit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
