// SPDX-License-Identifier: Apache-2.0
/* Events that meet: what is delivered, what waits, what is a double fault (AMD APM vol. 2, 8.2.9). */
/* flags: -I$(root)/arch/x86_64/include -DCONFIG_NR_CPUS=4 */
#include "../../arch/x86_64/include/asm/vcpu.h"
#include "../../arch/x86_64/include/asm/vm.h"
#include "../../arch/x86_64/virt/svm/inject.c"
#include <shim.h>
#include <stdarg.h>

static struct vcpu vcpu;
static struct vm vm;
static struct vmcb vmcb;
static unsigned int crashes, kicks, taken_back, hidden;
static bool flushed;
static int pending; /* the local APIC's vector, -1 for none */

void vm_crash(struct vcpu *v, const char *fmt, ...)
{
	crashes++;
}

void vcpu_request(struct vcpu *v, u32 req)
{
}

void timer_init_for(struct timer *t, void (*fn)(struct timer *t), struct time_account *account)
{
}

void timer_start(struct timer *t, u64 deadline)
{
}

u64 time_now(void)
{
	return 0;
}

u64 time_from_us(u64 us)
{
	return us;
}

void arch_cpu_kick(struct cpu *c)
{
	kicks++;
}

int vlapic_pending(const struct vlapic *l)
{
	return pending;
}

static int behind;    /* what waits with a lower priority */
static int overtaken; /* what another CPU makes pending between the look and the acceptance */

int vlapic_accept(struct vlapic *l)
{
	int vector = overtaken ? overtaken : pending;

	overtaken = 0;
	pending = behind ? behind : -1;
	behind = 0;
	return vector;
}

static unsigned int offered;

void kvmeoi_offer(struct vcpu *v, u8 vector)
{
	/* What is in service is being injected. */
	assert_true((u8)vmcb.control.eventinj == vector);
	offered = vector;
}

void kvmeoi_take(struct vcpu *v)
{
}

bool vlapic_has_pending(const struct vlapic *l)
{
	return pending >= 0;
}

void vlapic_take_back(struct vlapic *l, u8 vector)
{
	taken_back++;
	pending = vector;
}

void vlapic_nmi_taken(struct vlapic *l)
{
}

void x86_ones_hide(struct vcpu *v)
{
	v->arch.ones.nr = 0;
	hidden++;
	flushed = false;
}

void svm_memory_changed(struct vcpu *v)
{
	flushed = true;
}

struct cpu_features cpu_features;
static bool hlt; /* the next instruction is one */

bool x86_hlt_is_next(struct vcpu *v)
{
	return hlt;
}

void x86_skip(struct vcpu *v, unsigned int length)
{
	vmcb.save.rip += length;
	vmcb.control.interrupt_shadow = 0;
}

static int setup(void **state)
{
	memset(&vmcb, 0, sizeof(vmcb));
	vcpu = (struct vcpu){ .vm = &vm };
	vcpu.arch.vmcb = &vmcb;
	vcpu.arch.lapic = (struct vlapic *)&vm;
	vcpu.arch.guest.nmi_iret_rip = ~(u64)0;
	vmcb.save.rflags = X86_FLAG_ONE | X86_FLAG_IF;
	vmcb.save.cr0 = CR0_PE;
	crashes = kicks = taken_back = hidden = 0;
	pending = -1;
	return 0;
}

#define EXCEPTION(v) ((u64)(v) | EVENT_TYPE_EXCEPT | EVENT_VALID)

/* An exit in the middle of the delivery of @event. */
static void exit_from(u64 event)
{
	vmcb.control.exitintinfo = event;
	vmcb.control.eventinj = 0;
	svm_reinject(&vcpu);
}

static void assert_injected(u64 event)
{
	assert_true((vmcb.control.eventinj & ~EVENT_EV) == event);
}

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
}

#define TCG(name)     cmocka_unit_test_setup_teardown(name, setup_tcg, teardown_tcg)
#define COUNTED(name) cmocka_unit_test_setup_teardown(name, setup_counted, teardown_counted)
#define T(name)	      cmocka_unit_test_setup(name, setup)

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
		TCG(an_interrupt_ends_the_hlt_behind_sti),
		TCG(what_is_no_hlt_comes_first),
		TCG(a_shadow_is_not_forgotten),
		TCG(nor_by_the_exit_that_was_asked_for),
		COUNTED(an_interrupt_is_a_virtual_one),
		COUNTED(one_that_was_not_taken_waits_for_those_behind_it),
		COUNTED(with_others_behind_it_the_run_ends),
		COUNTED(one_whose_delivery_exits_is_delivered_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
