// SPDX-License-Identifier: Apache-2.0
/* Interrupts on QEMU's translator, which forgets shadows and remembers vectors. */
/* flags: -I$(root)/arch/x86_64/include -DCONFIG_NR_CPUS=4 */
#include "svm_inject_fixture.h"

/* ---- interrupt shadows on TCG ---- */

static int setup_tcg(void **state)
{
	setup(state);
	cpu_features.tcg = hlt = true;
	vmcb.save.rip = 0x1000;
	vmcb.control.interrupt_shadow = INTERRUPT_SHADOW;
	pending = 0x61;
	return 0;
}

static int teardown_tcg(void **state)
{
	cpu_features.tcg = false;
	return 0;
}

static void assert_waits(void)
{
	assert_injected(0);
	assert_true(vmcb.save.rip == 0x1000 && vmcb.control.vintr & V_IRQ);
}

static void assert_hlt_ended(void)
{
	assert_injected(0x61 | EVENT_VALID);
	assert_true(vmcb.save.rip == 0x1001 && !(vmcb.control.vintr & V_IRQ));
}

static void an_interrupt_ends_the_hlt_behind_sti(void **state)
{
	svm_offer_interrupt(&vcpu);
	assert_hlt_ended();
}

static void what_is_no_hlt_comes_first(void **state)
{
	hlt = false;
	svm_offer_interrupt(&vcpu);
	assert_waits();
	/* And so does what is delivered, or traps behind HLT, and a HLT that no interrupt ends. */
	setup_tcg(state);
	vmcb.control.eventinj = EXCEPTION(X86_PF);
	svm_offer_interrupt(&vcpu);
	assert_true(vmcb.save.rip == 0x1000);
	setup_tcg(state);
	vmcb.save.rflags |= X86_FLAG_TF;
	svm_offer_interrupt(&vcpu);
	assert_waits();
	setup_tcg(state);
	vmcb.save.rflags &= ~X86_FLAG_IF;
	svm_offer_interrupt(&vcpu);
	assert_waits();
	setup_tcg(state);
	cpu_features.tcg = false; /* the processor knows it */
	svm_offer_interrupt(&vcpu);
	assert_waits();
}

static void a_shadow_is_not_forgotten(void **state)
{
	svm_keep_shadow(&vcpu);
	/* VMRUN, and an interrupt of the host at once. */
	vmcb.control.interrupt_shadow = 0;
	svm_keep_shadow(&vcpu);
	svm_offer_interrupt(&vcpu);
	assert_hlt_ended();
	/* The instruction has been executed. */
	svm_keep_shadow(&vcpu);
	assert_int_equal(vmcb.control.interrupt_shadow, 0);
}

static void nor_by_the_exit_that_was_asked_for(void **state)
{
	svm_keep_shadow(&vcpu);
	window_request(&vmcb);
	vmcb.control.interrupt_shadow = 0;
	svm_exit_vintr(&vcpu);
	svm_offer_interrupt(&vcpu);
	assert_hlt_ended();
	/* Somewhere else there was none. */
	setup_tcg(state);
	vcpu.arch.shadow_rip = 0x2000;
	vmcb.control.interrupt_shadow = 0;
	svm_exit_vintr(&vcpu);
	assert_true(vmcb.save.rip == 0x1000);
}

/* ---- interrupts on TCG that counts instructions ---- */

static int setup_counted(void **state)
{
	setup(state);
	cpu_features.tcg = cpu_features.counts_instructions = true;
	pending = 0x61;
	return 0;
}

static int teardown_counted(void **state)
{
	cpu_features.counts_instructions = false;
	return teardown_tcg(state);
}

static void assert_virtual(u8 vector)
{
	assert_injected(0);
	assert_true(vmcb.control.vintr & V_IRQ && vmcb.control.vintr & V_IGN_TPR);
	assert_false(vmcb.control.intercept & INTERCEPT_VINTR);
	assert_int_equal((vmcb.control.vintr & V_INTR_VECTOR) >> 32, vector);
}

static void an_interrupt_is_a_virtual_one(void **state)
{
	svm_offer_interrupt(&vcpu);
	assert_virtual(0x61);
	assert_int_equal(kicks, 0);
	/* Taken, and another one. */
	vmcb.control.vintr &= ~V_IRQ;
	svm_offer_anew(&vcpu);
	assert_int_equal(taken_back, 0);
	pending = 0x32;
	svm_offer_interrupt(&vcpu);
	assert_virtual(0x32);
}

static void one_that_was_not_taken_waits_for_those_behind_it(void **state)
{
	svm_offer_interrupt(&vcpu);
	svm_offer_anew(&vcpu);
	assert_int_equal(taken_back, 0);
	assert_virtual(0x61);
	assert_true(svm_event(&vmcb) == (0x61 | EVENT_VALID));
	pending = 0x41;
	svm_offer_anew(&vcpu);
	assert_int_equal(taken_back, 1);
	assert_int_equal(pending, 0x61);
	assert_injected(0);
	assert_false(vmcb.control.vintr & V_IRQ);
	assert_true(svm_event(&vmcb) == 0);
}

/* It was not delivered when an NMI came, or an exception: it comes behind that. */
static void one_that_was_not_taken_is_not_forgotten(void **state)
{
	svm_offer_interrupt(&vcpu);
	assert_virtual(0x61);
	vcpu.arch.guest.nmi_pending = true;
	vmcb.save.rflags &= ~X86_FLAG_IF;
	svm_offer_interrupt(&vcpu);
	assert_injected(X86_NMI | EVENT_TYPE_NMI | EVENT_VALID);
	assert_int_equal(taken_back, 1);
	assert_int_equal(pending, 0x61);
	assert_true(vmcb.control.intercept & INTERCEPT_VINTR);
	/* The NMI is not taken back with it. */
	svm_offer_anew(&vcpu);
	assert_injected(X86_NMI | EVENT_TYPE_NMI | EVENT_VALID);
	setup_counted(state);
	svm_offer_interrupt(&vcpu);
	x86_inject(&vcpu, X86_GP);
	assert_injected(EXCEPTION(X86_GP));
	assert_int_equal(taken_back, 1);
	assert_false(vmcb.control.vintr & V_IRQ);
}

/* The window needs the virtual interrupt: the run ends behind the delivery. */
static void with_others_behind_it_the_run_ends(void **state)
{
	behind = 0x41;
	svm_offer_interrupt(&vcpu);
	assert_injected(0x61 | EVENT_VALID);
	assert_true(vmcb.control.vintr & V_IRQ && vmcb.control.intercept & INTERCEPT_VINTR);
	assert_int_equal(kicks, 1);
	/* It leaves before VMRUN: the kick is gone. */
	svm_offer_anew(&vcpu);
	assert_int_equal(taken_back, 1);
	assert_injected(0);
	assert_false(vmcb.control.vintr & V_IRQ);
	/* No exception is taken back, and no NMI. */
	setup_counted(state);
	vmcb.control.eventinj = EXCEPTION(X86_PF);
	svm_offer_anew(&vcpu);
	assert_injected(EXCEPTION(X86_PF));
	vmcb.control.eventinj = X86_NMI | EVENT_TYPE_NMI | EVENT_VALID;
	svm_offer_anew(&vcpu);
	assert_injected(X86_NMI | EVENT_TYPE_NMI | EVENT_VALID);
	assert_int_equal(taken_back, 0);
}

static void one_whose_delivery_exits_is_delivered_once(void **state)
{
	svm_offer_interrupt(&vcpu);
	/* So does TCG call it, and the virtual one is still there. */
	exit_from(EXCEPTION(0x61));
	assert_injected(0x61 | EVENT_VALID);
	assert_false(vmcb.control.vintr & V_IRQ);
	assert_int_equal(kicks, 1);
	/* Vectors from 16 on may be interrupts, too; an exception is one still. */
	setup_counted(state);
	pending = 20;
	svm_offer_interrupt(&vcpu);
	exit_from(EXCEPTION(20));
	assert_injected(20 | EVENT_VALID);
	assert_false(vmcb.control.vintr & V_IRQ);
	setup_counted(state);
	exit_from(EXCEPTION(20));
	assert_injected(EXCEPTION(20));
}

#define TCG(name)     cmocka_unit_test_setup_teardown(name, setup_tcg, teardown_tcg)
#define COUNTED(name) cmocka_unit_test_setup_teardown(name, setup_counted, teardown_counted)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TCG(an_interrupt_ends_the_hlt_behind_sti),
		TCG(what_is_no_hlt_comes_first),
		TCG(a_shadow_is_not_forgotten),
		TCG(nor_by_the_exit_that_was_asked_for),
		COUNTED(an_interrupt_is_a_virtual_one),
		COUNTED(one_that_was_not_taken_waits_for_those_behind_it),
		COUNTED(one_that_was_not_taken_is_not_forgotten),
		COUNTED(with_others_behind_it_the_run_ends),
		COUNTED(one_whose_delivery_exits_is_delivered_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
