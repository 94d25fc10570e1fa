// SPDX-License-Identifier: Apache-2.0
/*
 * From an exception class to its handler, and exceptions that the guest takes itself. Some of what
 * a CPU may do, QEMU's does not: instructions of AArch32 that trap although their condition fails,
 * SError interrupts, features that it lacks.
 */
/* flags: -I$(root)/arch/aarch64/include -DCONFIG_NR_CPUS=1 */
#include "../../arch/aarch64/include/asm/vcpu.h"
#include "../../arch/aarch64/virt/exit.c"
#include "../../arch/aarch64/virt/inject.c"
#include "arm_sysregs.h"
#include "handler_fixture.h"

#define PC	0x40001000ul
#define VECTORS 0x40080000ul
#define ADDRESS 0x9000018ul
#define COND(c) (ISS_A32_CV | (u64)(c) << ISS_A32_COND_SHIFT)

bool arm64_has_pan;

static struct cpu cpu;
static unsigned int interrupts, firmware_calls;

/* ---- what the handlers call ---- */

void irq_handle_external(void)
{
	interrupts++;
}

const char *arm64_class_name(unsigned int ec)
{
	return "a class";
}

unsigned int arm64_walk_level(struct vcpu *v, u64 va)
{
	assert_true(va == ADDRESS);
	return 2;
}

int guest_smccc_call(struct vcpu *v, u64 *x)
{
	firmware_calls++;
	x[0] = 0x55;
	return EXIT_YIELD;
}

static unsigned int nr_cpus;

HANDLER(arm64_exit_sysreg, u64 esr)
HANDLER(arm64_exit_fetch_abort, u64 esr)

unsigned int cpu_count(void)
{
	return nr_cpus;
}

static int fresh(void **state)
{
	shim_this_cpu = &cpu;
	memset(&cpu, 0, sizeof(cpu));
	cpu.runq.count = 1;
	nr_cpus = 1;
	arm_sysregs_clear();
	memset(&vcpu, 0, sizeof(vcpu));
	vcpu.record_next = vcpu.record;
	crash[0] = '\0';
	called = NULL;
	interrupts = firmware_calls = 0;
	arm64_has_pan = false;
	SYS(elr_el2) = PC;
	SYS(spsr_el2) = PSR_MODE_EL1H;
	SYS(vbar_el1) = VECTORS;
	SYS(sctlr_el1) = SCTLR_EL1_SPAN;
	SYS(far_el2) = ADDRESS;
	return 0;
}

#define ESR(ec, iss) ((u64)(ec) << ESR_EC_SHIFT | ESR_IL | (iss))

/* ---- the table ---- */

static void what_guests_do_not_have_is_undefined(void **state)
{
	static const u8 classes[] = {
		EC_UNKNOWN, EC_CP15_MCR, EC_CP15_MCRR, EC_CP14_MCR, EC_CP14_LDC,
		EC_FP,	    EC_CP10_ID,	 EC_PAUTH,     EC_LS64,	    EC_CP14_MRRC,
		EC_SVE,	    EC_ERET,	 EC_TSTART,    EC_SME,	    EC_MOPS,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(classes); i++) {
		fresh(state);
		assert_int_equal(arm64_exit(&vcpu, ESR(classes[i], 0x1234)), EXIT_RESUME);
		assert_true(SYS(esr_el1) == ESR(EC_UNKNOWN, 0));
		assert_true(SYS(elr_el1) == PC);
		assert_true(SYS(elr_el2) == VECTORS + VECTOR_SPX);
		assert_int_equal(vcpu.exits[classes[i]], 1);
		assert_true(vcpu.record[0].pc == PC && vcpu.record[0].cause == classes[i]);
	}
	(void)arm64_exit(&vcpu, ESR(EC_SYSREG, 0));
	assert_string_equal(called, "arm64_exit_sysreg");
	(void)arm64_exit(&vcpu, ESR(EC_IABT_LOWER, 0));
	assert_string_equal(called, "arm64_exit_fetch_abort");
}

/* Whatever the CPU says, it is the VM that ends. */
static void a_class_without_a_handler_stops_the_vm(void **state)
{
	unsigned int ec, empty = 0;

	for (ec = 0; ec < 64; ec++) {
		if (exit_table[ec].fn)
			continue;
		empty++;
		fresh(state);
		assert_int_equal(arm64_exit(&vcpu, ESR(ec, 0)), EXIT_STOP);
		assert_non_null(strstr(crash, "an exit without a handler: a class"));
		assert_true(SYS(elr_el2) == PC);
	}
	assert_true(empty > 30);
	assert_null(arch_exit_name(NR_EXIT_CAUSES));
	assert_string_equal(arch_exit_name(EC_WFX), "wfx");
}

static void an_serror_stops_the_vm(void **state)
{
	assert_int_equal(arm64_exit_serror(&vcpu, ESR(EC_SERROR, 0x11)), EXIT_STOP);
	assert_non_null(strstr(crash, "SError"));
	assert_int_equal(vcpu.exits[EXIT_CAUSE_SERROR], 1);
	assert_true(vcpu.arch.guest.pc == PC && vcpu.record[0].pc == PC);
}

static void interrupts_are_the_hosts(void **state)
{
	assert_int_equal(arm64_exit_irq(&vcpu), EXIT_RESUME);
	assert_int_equal(arm64_exit_fiq(&vcpu), EXIT_RESUME);
	assert_int_equal(interrupts, 2);
	assert_int_equal(vcpu.exits[EXIT_CAUSE_IRQ] + vcpu.exits[EXIT_CAUSE_FIQ], 2);
	assert_true(SYS(elr_el2) == PC && SYS(hcr_el2) == 0);
}

static void waiting_exits_once_others_are_ready(void **state)
{
	cpu.runq.count = 2;
	assert_int_equal(arm64_exit_irq(&vcpu), EXIT_RESUME);
	assert_true(SYS(hcr_el2) == (HCR_TWI | HCR_TWE));
	cpu.runq.count = 1;
	assert_int_equal(arm64_exit_irq(&vcpu), EXIT_RESUME);
	assert_true(SYS(hcr_el2) == 0);
	/* There may be something to do for another CPU. */
	nr_cpus = 2;
	assert_int_equal(arm64_exit_irq(&vcpu), EXIT_RESUME);
	assert_true(SYS(hcr_el2) == (HCR_TWI | HCR_TWE));
}

static void firmware_is_called_with_the_number_0(void **state)
{
	assert_int_equal(arm64_exit_hvc(&vcpu, ESR(EC_HVC64, 0)), EXIT_YIELD);
	assert_true(vcpu.arch.guest.gpr[0] == 0x55);
	/* HVC is behind it already, SMC is not. */
	assert_true(SYS(elr_el2) == PC);
	assert_int_equal(arm64_exit_smc(&vcpu, ESR(EC_SMC64, 0)), EXIT_YIELD);
	assert_true(SYS(elr_el2) == PC + 4);
	assert_int_equal(firmware_calls, 2);
	assert_int_equal(arm64_exit_hvc(&vcpu, ESR(EC_HVC64, 1)), EXIT_RESUME);
	assert_true(vcpu.arch.guest.gpr[0] == (u64)SMCCC_NOT_SUPPORTED);
	assert_int_equal(arm64_exit_smc(&vcpu, ESR(EC_SMC64, 0xffff)), EXIT_RESUME);
	assert_int_equal(firmware_calls, 2);
}

static void wfi_sleeps_and_wfe_yields(void **state)
{
	unsigned int ti;

	for (ti = 0; ti < 4; ti++) {
		fresh(state);
		SYS(spsr_el2) |= PSR_SS | PSR_BTYPE;
		assert_int_equal(arm64_exit(&vcpu, ESR(EC_WFX, ti)), ti ? EXIT_YIELD : EXIT_BLOCK);
		assert_true(SYS(elr_el2) == PC + 4);
		assert_true(SYS(spsr_el2) == PSR_MODE_EL1H);
	}
}

/* ---- exceptions that the guest takes (Arm ARM J1.1.2, AArch64.TakeException) ---- */

static void the_vector_depends_on_where_it_came_from(void **state)
{
	static const struct {
		u64 mode, vector;
	} cases[] = {
		{ PSR_MODE_EL1H, 0x200 },     { PSR_MODE_EL1T, 0 },
		{ PSR_MODE_EL0T, 0x400 },     { PSR_MODE32 /* User */, 0x600 },
		{ PSR_MODE32 | 0x20, 0x600 }, /* T32 */
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		fresh(state);
		SYS(spsr_el2) = cases[i].mode | PSR_N | PSR_V;
		(void)arm64_exit_undefined(&vcpu, ESR(EC_SVE, 0));
		assert_true(SYS(elr_el2) == VECTORS + cases[i].vector);
		assert_true(SYS(spsr_el1) == (cases[i].mode | PSR_N | PSR_V));
		assert_true(SYS(spsr_el2) ==
			    (PSR_MODE_EL1H | PSR_D | PSR_A | PSR_I | PSR_F | PSR_N | PSR_V));
	}
}

static u64 taken(u64 spsr, u64 sctlr)
{
	SYS(spsr_el2) = spsr;
	SYS(sctlr_el1) = sctlr;
	(void)arm64_exit_undefined(&vcpu, ESR(EC_SVE, 0));
	return SYS(spsr_el2) & ~(PSR_MODE_EL1H | PSR_D | PSR_A | PSR_I | PSR_F);
}

static void pstate_changes_as_sctlr_says(void **state)
{
	/* PAN is set unless SPAN, where there is PAN; SSBS is that of SCTLR. */
	assert_true(taken(PSR_MODE_EL0T, 0) == 0);
	arm64_has_pan = true;
	assert_true(taken(PSR_MODE_EL0T, 0) == PSR_PAN);
	assert_true(taken(PSR_MODE_EL0T, SCTLR_EL1_SPAN) == 0);
	assert_true(taken(PSR_PAN | PSR_DIT, SCTLR_EL1_SPAN) == (PSR_PAN | PSR_DIT));
	assert_true(taken(PSR_SSBS, SCTLR_EL1_SPAN) == 0);
	assert_true(taken(0, SCTLR_EL1_SPAN | SCTLR_EL1_DSSBS) == PSR_SSBS);
	/* These are cleared. */
	assert_true(taken(PSR_SS | PSR_IL | PSR_UAO | PSR_TCO | PSR_BTYPE, SCTLR_EL1_SPAN) == 0);
}

/* The class tells whether it came from EL0, and the syndrome what it was. */
static void an_abort_keeps_its_address_and_kind(void **state)
{
	static const struct {
		u64 spsr, esr, taken;
	} cases[] = {
		{ PSR_MODE_EL1H, ESR(EC_DABT_LOWER, ISS_ISV | ISS_WNR | 6),
		  ESR(EC_DABT_SAME, ISS_WNR | FSC_EXTERNAL) },
		{ PSR_MODE_EL1T, ESR(EC_IABT_LOWER, 7), ESR(EC_IABT_SAME, FSC_EXTERNAL) },
		{ PSR_MODE_EL0T, ESR(EC_DABT_LOWER, ISS_CM | 6),
		  ESR(EC_DABT_LOWER, ISS_CM | FSC_EXTERNAL) },
		{ PSR_MODE_EL0T, ESR(EC_IABT_LOWER, 7), ESR(EC_IABT_LOWER, FSC_EXTERNAL) },
		/* Of AArch32, whose modes have other numbers; a 16-bit instruction. */
		{ PSR_MODE32, ESR(EC_DABT_LOWER, 6) & ~ESR_IL,
		  ESR(EC_DABT_LOWER, FSC_EXTERNAL) & ~ESR_IL },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		fresh(state);
		SYS(spsr_el2) = cases[i].spsr;
		assert_int_equal(arm64_inject_external(&vcpu, cases[i].esr), EXIT_RESUME);
		assert_true(SYS(esr_el1) == cases[i].taken);
		assert_true(SYS(far_el1) == ADDRESS && SYS(elr_el1) == PC);
		/* On the walk for it, with the level at which that ended. */
		fresh(state);
		SYS(spsr_el2) = cases[i].spsr;
		assert_int_equal(arm64_inject_walk_abort(&vcpu, cases[i].esr), EXIT_RESUME);
		assert_true(SYS(esr_el1) ==
			    (cases[i].taken ^ FSC_EXTERNAL ^ (FSC_EXTERNAL_S1 | 2)));
	}
}

/* ---- AArch32 ---- */

/* As the names of the conditions say, by themselves (Arm ARM F1.3.1). */
static bool holds(unsigned int cond, bool n, bool z, bool c, bool v)
{
	switch (cond) {
	case 0: /* EQ */
		return z;
	case 1: /* NE */
		return !z;
	case 2: /* CS */
		return c;
	case 3: /* CC */
		return !c;
	case 4: /* MI */
		return n;
	case 5: /* PL */
		return !n;
	case 6: /* VS */
		return v;
	case 7: /* VC */
		return !v;
	case 8: /* HI */
		return c && !z;
	case 9: /* LS */
		return !c || z;
	case 10: /* GE */
		return n == v;
	case 11: /* LT */
		return n != v;
	case 12: /* GT */
		return !z && n == v;
	case 13: /* LE */
		return z || n != v;
	default: /* AL */
		return true;
	}
}

static void an_instruction_whose_condition_fails_does_nothing(void **state)
{
	unsigned int cond, flags;

	for (cond = 0; cond < 16; cond++) {
		for (flags = 0; flags < 16; flags++) {
			u64 spsr = PSR_MODE32 | (u64)flags << 28;

			fresh(state);
			SYS(spsr_el2) = spsr;
			assert_int_equal(arm64_exit(&vcpu, ESR(EC_CP15_MCR, COND(cond))),
					 EXIT_RESUME);
			if (holds(cond, flags & 8, flags & 4, flags & 2, flags & 1)) {
				assert_true(SYS(elr_el2) == VECTORS + VECTOR_LOWER32);
			} else {
				assert_true(SYS(elr_el2) == PC + 4);
				assert_true(SYS(spsr_el2) == spsr);
			}
		}
	}
}

/* PSTATE.IT: the condition in bits 7:5, of which each instruction of the block shifts one in. */
static u64 with_it(u64 it)
{
	return PSR_MODE32 | 0x20 | (it & 0xfc) << 8 | (it & 3) << 25;
}

static void an_it_block_goes_on_behind_it(void **state)
{
	static const struct {
		u8 it, next;
	} cases[] = {
		{ 0x0c, 0x18 },					/* EQ, and NE next */
		{ 0x04, 0x08 },					/* EQ, and EQ next */
		{ 0x06, 0x0c }, { 0x01, 0x02 }, { 0x08, 0x00 }, /* the last */
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		/* Z is clear: EQ fails. A 16-bit instruction, whose syndrome has no condition. */
		fresh(state);
		SYS(spsr_el2) = with_it(cases[i].it) | PSR_SS;
		(void)arm64_exit(&vcpu, ESR(EC_CP14_MCR, 0) & ~ESR_IL);
		assert_true(SYS(elr_el2) == PC + 2);
		assert_true(SYS(spsr_el2) == with_it(cases[i].next));
		/* Z is set. */
		fresh(state);
		SYS(spsr_el2) = with_it(cases[i].it) | PSR_Z;
		(void)arm64_exit(&vcpu, ESR(EC_CP14_MCR, 0));
		assert_true(SYS(elr_el2) == VECTORS + VECTOR_LOWER32);
		assert_true(SYS(spsr_el1) == (with_it(cases[i].it) | PSR_Z));
	}
	/* Outside a block it is executed. */
	fresh(state);
	SYS(spsr_el2) = with_it(0);
	(void)arm64_exit(&vcpu, ESR(EC_CP14_MCR, 0));
	assert_true(SYS(elr_el2) == VECTORS + VECTOR_LOWER32);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, fresh)
	const struct CMUnitTest tests[] = {
		T(what_guests_do_not_have_is_undefined),
		T(a_class_without_a_handler_stops_the_vm),
		T(an_serror_stops_the_vm),
		T(interrupts_are_the_hosts),
		T(waiting_exits_once_others_are_ready),
		T(firmware_is_called_with_the_number_0),
		T(wfi_sleeps_and_wfe_yields),
		T(the_vector_depends_on_where_it_came_from),
		T(pstate_changes_as_sctlr_says),
		T(an_abort_keeps_its_address_and_kind),
		T(an_instruction_whose_condition_fails_does_nothing),
		T(an_it_block_goes_on_behind_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
