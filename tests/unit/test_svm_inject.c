// SPDX-License-Identifier: Apache-2.0
/* Events that meet: what is delivered, what waits, what is a double fault (AMD APM vol. 2, 8.2.9). */
/* flags: -I$(root)/arch/x86_64/include -DCONFIG_NR_CPUS=4 */
#include "svm_inject_fixture.h"

static void what_was_being_delivered_is_delivered_again(void **state)
{
	exit_from(0x61 | EVENT_TYPE_INTR | EVENT_VALID);
	assert_injected(0x61 | EVENT_VALID);
	exit_from(EXCEPTION(X86_PF) | EVENT_EV | (u64)6 << 32);
	assert_true(vmcb.control.eventinj == (EXCEPTION(X86_PF) | EVENT_EV | (u64)6 << 32));
	/* Their instructions are executed again. */
	exit_from(0x80 | EVENT_TYPE_SOFT | EVENT_VALID);
	assert_injected(0);
	exit_from(EXCEPTION(X86_BP));
	assert_injected(0);
	assert_int_equal(taken_back, 0);
}

static const u8 vectors[] = { X86_DE, X86_DB, X86_UD, X86_NM, X86_TS, X86_NP, X86_SS,
			      X86_GP, X86_PF, X86_MF, X86_AC, X86_XF, X86_DF };

static void an_exception_delays_an_interrupt(void **state)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(vectors); i++) {
		setup(state);
		exit_from(0x61 | EVENT_TYPE_INTR | EVENT_VALID);
		x86_inject(&vcpu, vectors[i]);
		assert_injected(EXCEPTION(vectors[i]));
		assert_int_equal(taken_back, 1);
		assert_int_equal(pending, 0x61);
		/* It is not injected over the exception, and then it is. */
		svm_offer_interrupt(&vcpu);
		assert_injected(EXCEPTION(vectors[i]));
		assert_true(vmcb.control.intercept & INTERCEPT_VINTR);
		vmcb.control.eventinj = 0;
		svm_offer_interrupt(&vcpu);
		assert_injected(0x61 | EVENT_VALID);
	}
}

static void an_exception_delays_an_nmi(void **state)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(vectors); i++) {
		setup(state);
		vcpu.arch.guest.nmi_pending = true;
		svm_offer_interrupt(&vcpu);
		assert_injected(X86_NMI | EVENT_TYPE_NMI | EVENT_VALID);
		exit_from(vmcb.control.eventinj);
		x86_inject(&vcpu, vectors[i]);
		assert_injected(EXCEPTION(vectors[i]));
		assert_true(svm_nmi_deliverable(&vcpu.arch));
		assert_false(vmcb.control.intercept & INTERCEPT_IRET);
		svm_offer_interrupt(&vcpu);
		assert_injected(EXCEPTION(vectors[i]));
		assert_int_equal(kicks, 1);
		vmcb.control.eventinj = 0;
		svm_offer_interrupt(&vcpu);
		assert_injected(X86_NMI | EVENT_TYPE_NMI | EVENT_VALID);
		assert_true(vcpu.arch.guest.nmi_masked);
	}
}

/* Its trap is told by DR6; what it interrupted comes after it. */
static void so_does_one_that_was_intercepted(void **state)
{
	exit_from(0x61 | EVENT_TYPE_INTR | EVENT_VALID);
	vmcb.save.dr6 = DR6_BS;
	assert_int_equal(svm_exit_debug(&vcpu), EXIT_RESUME);
	assert_injected(EXCEPTION(X86_DB));
	assert_int_equal(pending, 0x61);
	/* The host's own step is nobody's exception. */
	setup(state);
	vcpu.arch.nmi_stepping = true;
	exit_from(0x61 | EVENT_TYPE_INTR | EVENT_VALID);
	vmcb.save.dr6 = DR6_BS;
	assert_int_equal(svm_exit_debug(&vcpu), EXIT_RESUME);
	assert_injected(0x61 | EVENT_VALID);
	assert_int_equal(taken_back, 0);
}

/* Table 8-5. */
static void two_exceptions_are_one_or_a_double_fault(void **state)
{
	static const struct {
		u8 first, second, result;
	} cases[] = {
		{ X86_DB, X86_PF, X86_PF }, { X86_UD, X86_GP, X86_GP }, { X86_DE, X86_PF, X86_PF },
		{ X86_GP, X86_PF, X86_PF }, { X86_GP, X86_NP, X86_DF }, { X86_SS, X86_DE, X86_DF },
		{ X86_PF, X86_PF, X86_DF }, { X86_PF, X86_TS, X86_DF }, { X86_PF, X86_AC, X86_AC },
		{ X86_NP, X86_DB, X86_DB },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		exit_from(EXCEPTION(cases[i].first));
		x86_inject_error(&vcpu, cases[i].second, 0x18);
		assert_injected(
			EXCEPTION(cases[i].result) |
			(cases[i].result == cases[i].second && has_error_code(cases[i].second)
				 ? (u64)0x18 << 32
				 : 0));
		assert_int_equal(crashes, 0);
	}
}

static void what_has_no_stack_is_a_double_fault_and_then_a_triple_one(void **state)
{
	static const u64 events[] = {
		0x61 | EVENT_TYPE_INTR | EVENT_VALID,
		X86_NMI | EVENT_TYPE_NMI | EVENT_VALID,
		0x80 | EVENT_TYPE_SOFT | EVENT_VALID,
		EXCEPTION(X86_UD),
		EXCEPTION(X86_BP),
		EXCEPTION(X86_PF) | EVENT_EV,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(events); i++) {
		setup(state);
		exit_from(events[i]);
		x86_inject_unreachable(&vcpu);
		assert_true(vmcb.control.eventinj == (EXCEPTION(X86_DF) | EVENT_EV));
		assert_int_equal(crashes, 0);
		assert_int_equal(pending, i ? -1 : 0x61);
		assert_true(vcpu.arch.guest.nmi_pending == (i == 1));
		exit_from(vmcb.control.eventinj);
		x86_inject_unreachable(&vcpu);
		assert_int_equal(crashes, 1);
	}
}

static void real_mode_has_no_error_codes(void **state)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(vectors); i++) {
		setup(state);
		x86_inject_error(&vcpu, vectors[i], 0);
		assert_true(!(vmcb.control.eventinj & EVENT_EV) == !has_error_code(vectors[i]));
		setup(state);
		vmcb.save.cr0 = 0;
		x86_inject_error(&vcpu, vectors[i], 0x18);
		assert_true(vmcb.control.eventinj == EXCEPTION(vectors[i]));
	}
}

/* Its handler uses devices, one of which may be where they are. */
static void a_handler_is_not_entered_with_ones(void **state)
{
	vcpu.arch.ones.nr = 1;
	pending = 0x61;
	svm_offer_interrupt(&vcpu);
	assert_injected(0x61 | EVENT_VALID);
	assert_int_equal(hidden, 1);
	assert_true(flushed);
	setup(state);
	vcpu.arch.ones.nr = 1;
	vcpu.arch.guest.nmi_pending = true;
	svm_offer_interrupt(&vcpu);
	assert_injected(X86_NMI | EVENT_TYPE_NMI | EVENT_VALID);
	assert_int_equal(hidden, 1);
	assert_true(flushed);
	/* What was being delivered meets them, or it would be for ever. */
	setup(state);
	vcpu.arch.ones.nr = 1;
	exit_from(0x61 | EVENT_TYPE_INTR | EVENT_VALID);
	svm_offer_interrupt(&vcpu);
	assert_int_equal(hidden, 0);
}

/* Other CPUs change what is pending at any moment: what is accepted counts, not what was seen. */
static void what_is_accepted_is_delivered(void **state)
{
	pending = 0x61;
	overtaken = 0x81;
	svm_offer_interrupt(&vcpu);
	assert_injected(0x81 | EVENT_VALID);
	assert_int_equal(offered, 0x81);
	setup(state);
	pending = 0x61;
	overtaken = -1;
	svm_offer_interrupt(&vcpu);
	assert_injected(0);
}

#define T(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(what_was_being_delivered_is_delivered_again),
		T(an_exception_delays_an_interrupt),
		T(an_exception_delays_an_nmi),
		T(so_does_one_that_was_intercepted),
		T(two_exceptions_are_one_or_a_double_fault),
		T(what_has_no_stack_is_a_double_fault_and_then_a_triple_one),
		T(real_mode_has_no_error_codes),
		T(a_handler_is_not_entered_with_ones),
		T(what_is_accepted_is_delivered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
