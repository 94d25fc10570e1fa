// SPDX-License-Identifier: Apache-2.0
/* The guest's local APICs and its IOAPIC: what their manuals promise, one promise a test. */
/* links: lib/bitops.c virt/dev/fdt.c */
/* arch: x86_64 */
#include "vlapic_fixture.h"

/* ---- registers ---- */

static void power_on_values(void **state)
{
	unsigned int i;

	apics->ops->reset(apics);
	for (i = 0; i < NR; i++) {
		assert_int_equal(rd(i, APIC_ID), i << 24);
		assert_int_equal(rd(i, APIC_VERSION), 0x50010);
		assert_int_equal(rd(i, APIC_SVR), 0xff);
		assert_int_equal(rd(i, APIC_DFR), 0xffffffff);
		assert_int_equal(rd(i, APIC_LDR), 0);
		assert_int_equal(rd(i, APIC_TPR), 0);
		assert_int_equal(rd(i, APIC_LVT_TIMER), APIC_LVT_MASKED);
		assert_int_equal(rd(i, APIC_LVT_LINT0), APIC_LVT_MASKED);
		assert_int_equal(get_msr(i, MSR_APIC_BASE),
				 0xfee00000 | APIC_BASE_ENABLE | (i ? 0 : APIC_BASE_BSP));
		assert_int_equal(vlapic_pending(lapic(i)), -1);
	}
}

static void registers_keep_only_what_they_have(void **state)
{
	static const struct {
		u32 off, mask;
	} regs[] = {
		{ APIC_TPR, 0xff },
		{ APIC_LDR, 0xff000000 },
		{ APIC_SVR, 0x1ff },
		{ APIC_LVT_TIMER, 0x700ff },
		{ APIC_LVT_THERM, 0x107ff },
		{ APIC_LVT_PERF, 0x107ff },
		{ APIC_LVT_LINT0, 0x1a7ff },
		{ APIC_LVT_LINT1, 0x1a7ff },
		{ APIC_LVT_ERROR, 0x100ff },
		{ APIC_TIMER_DIV, 0xb },
		{ APIC_ICR_HIGH, 0xff000000 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(regs); i++) {
		wr(1, regs[i].off, 0xffffffff);
		assert_int_equal(rd(1, regs[i].off), regs[i].mask);
	}
	wr(1, APIC_DFR, 0);
	assert_int_equal(rd(1, APIC_DFR), 0x0fffffff);
	assert_int_equal(rd(2, APIC_TPR), 0); /* another's */
}

static void only_whole_registers_are_read(void **state)
{
	assert_int_equal(apics->ops->read(apics, test_vcpu, APIC_VERSION, 8), 0);
	assert_int_equal(apics->ops->read(apics, test_vcpu, APIC_VERSION + 4, 4), 0);
	apics->ops->write(apics, test_vcpu, APIC_TPR, 1, 0x20);
	assert_int_equal(rd(0, APIC_TPR), 0);
}

static void absent_registers_are_errors(void **state)
{
	wr(0, APIC_LVT_ERROR, 0xfe);
	assert_int_equal(rd(0, 0xc0), 0);
	wr(0, APIC_ESR, 0);
	assert_int_equal(rd(0, APIC_ESR), ESR_REGISTER);
	assert_int_equal(take(0), 0xfe);
	eoi(0);
	wr(0, APIC_ESR, 0);
	assert_int_equal(rd(0, APIC_ESR), 0);
	wr(0, 0x400, 1);
	wr(0, APIC_ESR, 0);
	assert_int_equal(rd(0, APIC_ESR), ESR_REGISTER);
}

static void disabled_by_software_it_masks_and_takes_nothing(void **state)
{
	wr(1, APIC_LVT_LINT0, 0x700);
	wr(1, APIC_SVR, 0xff);
	assert_int_equal(rd(1, APIC_LVT_LINT0), 0x700 | APIC_LVT_MASKED);
	wr(1, APIC_LVT_LINT0, 0x700);
	assert_int_equal(rd(1, APIC_LVT_LINT0), 0x700 | APIC_LVT_MASKED);
	wr(0, APIC_ICR_HIGH, 1 << 24);
	wr(0, APIC_ICR, 0x40);
	assert_int_equal(take(1), -1);
	/* NMI and INIT get through. */
	wr(0, APIC_ICR, 0x400);
	assert_int_equal(nmis[1], 1);
}

/* ---- priorities ---- */

static void self(unsigned int n, u8 vector)
{
	wr(n, APIC_ICR, 0x40000 | vector);
}

static void the_highest_comes_first(void **state)
{
	self(0, 0x31);
	self(0, 0x92);
	self(0, 0x91);
	assert_true(test_vcpu[0].requests & REQ_IRQ);
	assert_int_equal(rd(0, APIC_IRR + 0x40), 0x60000);
	assert_int_equal(take(0), 0x92);
	assert_int_equal(rd(0, APIC_ISR + 0x40), 0x40000);
	assert_int_equal(rd(0, APIC_PPR), 0x90);
	assert_int_equal(take(0), -1); /* of the same class */
	self(0, 0xa0);
	assert_int_equal(take(0), 0xa0);
	eoi(0);
	assert_int_equal(take(0), -1);
	eoi(0);
	assert_int_equal(take(0), 0x91);
	eoi(0);
	assert_int_equal(take(0), 0x31);
	eoi(0);
	assert_int_equal(rd(0, APIC_PPR), 0);
	eoi(0); /* of nothing */
	assert_int_equal(take(0), -1);
}

static void the_task_priority_holds_back(void **state)
{
	wr(0, APIC_TPR, 0x47);
	assert_int_equal(cr8[0], 4);
	assert_int_equal(rd(0, APIC_PPR), 0x47);
	self(0, 0x4f);
	assert_int_equal(take(0), -1);
	vlapic_set_cr8(lapic(0), 3);
	assert_int_equal(rd(0, APIC_TPR), 0x30);
	assert_int_equal(cr8[0], 3);
	assert_int_equal(take(0), 0x4f);
	assert_int_equal(rd(0, APIC_PPR), 0x40);
}

static void what_is_pending_is_so_once(void **state)
{
	unsigned int before;

	self(0, 0x50);
	before = requests[0];
	self(0, 0x50);
	assert_int_equal(requests[0], before);
	assert_int_equal(take(0), 0x50);
	self(0, 0x50); /* and again while in service */
	eoi(0);
	assert_int_equal(take(0), 0x50);
}

/* ---- interrupts between vCPUs ---- */

static void send(unsigned int n, u32 dest, u32 icr)
{
	wr(n, APIC_ICR_HIGH, dest << 24);
	wr(n, APIC_ICR, icr);
}

/* Takes and ends: bit n is set if vCPU n had @vector. */
static unsigned int who_has(int vector)
{
	unsigned int i, set = 0;

	for (i = 0; i < NR; i++)
		if (take(i) == vector) {
			set |= 1u << i;
			eoi(i);
		}
	return set;
}

static void physical_destinations(void **state)
{
	send(0, 2, 0x61);
	assert_int_equal(who_has(0x61), 1 << 2);
	send(0, 9, 0x61);
	assert_int_equal(who_has(0x61), 0);
	send(1, 0xff, 0x61);
	assert_int_equal(who_has(0x61), 0xf);
	assert_int_equal(rd(1, APIC_ICR), 0x61); /* delivered at once */
}

static void shorthands(void **state)
{
	send(1, 0, 0x40061);
	assert_int_equal(who_has(0x61), 1 << 1);
	send(1, 0, 0x80061);
	assert_int_equal(who_has(0x61), 0xf);
	send(1, 0, 0xc0061);
	assert_int_equal(who_has(0x61), 0xd);
}

static void flat_destinations(void **state)
{
	unsigned int i;

	for (i = 0; i < NR; i++)
		wr(i, APIC_LDR, 1u << (24 + i));
	send(0, 0x0a, 0x861);
	assert_int_equal(who_has(0x61), 0xa);
	send(0, 0xff, 0x861);
	assert_int_equal(who_has(0x61), 0xf);
	send(0, 0x10, 0x861);
	assert_int_equal(who_has(0x61), 0);
}

static void cluster_destinations(void **state)
{
	unsigned int i;

	for (i = 0; i < NR; i++) {
		wr(i, APIC_DFR, 0);
		wr(i, APIC_LDR, (i / 2 << 28) | 1u << (24 + i % 2));
	}
	send(0, 0x13, 0x861);
	assert_int_equal(who_has(0x61), 0xc);
	send(0, 0x02, 0x861);
	assert_int_equal(who_has(0x61), 0x2);
	send(0, 0x33, 0x861);
	assert_int_equal(who_has(0x61), 0);
}

static void the_least_busy_is_preferred(void **state)
{
	unsigned int i;

	for (i = 0; i < NR; i++)
		wr(i, APIC_LDR, 1u << (24 + i));
	wr(0, APIC_TPR, 0x40);
	wr(2, APIC_TPR, 0x10);
	wr(3, APIC_TPR, 0x20);
	send(1, 0x0d, 0x961);
	assert_int_equal(who_has(0x61), 1 << 2);
	wr(2, APIC_SVR, 0xff);
	send(1, 0x0d, 0x961);
	assert_int_equal(who_has(0x61), 1 << 3);
}

static void bad_vectors_are_errors(void **state)
{
	send(0, 1, 0x0f);
	assert_int_equal(who_has(0x0f), 0);
	wr(0, APIC_ESR, 0);
	assert_int_equal(rd(0, APIC_ESR), ESR_SEND_ILLEGAL);
	set_rte(3, 0x8);
	line(3, true);
	wr(0, APIC_ESR, 0);
	assert_int_equal(rd(0, APIC_ESR), ESR_RECEIVE_ILLEGAL);
}

static void an_error_of_an_error_ends(void **state)
{
	wr(0, APIC_LVT_ERROR, 0x05);
	send(0, 1, 0x0f);
	assert_int_equal(take(0), -1);
}

static void nmi_is_passed_on(void **state)
{
	send(0, 0, 0xc0400);
	assert_int_equal(nmis[0], 0);
	assert_int_equal(nmis[1] + nmis[2] + nmis[3], 3);
}

/* ---- INIT and start-up ---- */

static void init_and_startup(void **state)
{
	x2apic(1);
	assert_true(set_msr(1, X2(APIC_TPR), 0x20));
	send(0, 1, 0x4500);
	assert_int_equal(test_vcpu[1].state, VCPU_OFF);
	assert_true(test_vcpu[1].requests & REQ_PAUSE);
	assert_int_equal(lapic(1)->s.tpr, 0);
	send(0, 1, 0x8500); /* de-assert */
	send(0, 1, 0x469a);
	assert_int_equal(test_vcpu[1].state, VCPU_START_PENDING);
	assert_int_equal(test_vcpu[1].start_pc, 0x9a000);
	assert_int_equal(wakes[1], 1);
	/* The second start-up IPI finds it started. */
	test_vcpu[1].state = VCPU_RUNNING;
	send(0, 1, 0x469b);
	assert_int_equal(test_vcpu[1].start_pc, 0x9a000);
	/* The mode has survived, and does not survive a reset of the machine. */
	vlapic_reset(lapic(1));
	assert_true(vlapic_is_x2apic(lapic(1)));
	vlapic_reset(lapic(1));
	assert_false(vlapic_is_x2apic(lapic(1)));
}

static void init_of_the_first_resets_the_machine(void **state)
{
	send(1, 0, 0x4500);
	assert_int_equal(resets, 1);
	assert_int_equal(test_vcpu[0].state, VCPU_RUNNING);
}

static void init_and_startup_are_not_for_oneself(void **state)
{
	wr(1, APIC_ICR, 0x44500);
	assert_int_equal(test_vcpu[1].state, VCPU_RUNNING);
}

/* ---- x2APIC ---- */

static void modes_follow_each_other(void **state)
{
	u64 base = get_msr(0, MSR_APIC_BASE), off = base & ~APIC_BASE_ENABLE;
	u64 val;

	assert_false(vlapic_msr_read(lapic(0), X2(APIC_ID), &val));
	assert_false(set_msr(0, MSR_APIC_BASE, off | APIC_BASE_X2APIC));
	assert_false(set_msr(0, MSR_APIC_BASE, base | 1));
	assert_true(set_msr(0, MSR_APIC_BASE, base | APIC_BASE_X2APIC));
	assert_int_equal(rd(0, APIC_VERSION), 0xffffffff); /* no page */
	assert_false(set_msr(0, MSR_APIC_BASE, base));
	set_msr(0, X2(APIC_TPR), 0x30);
	assert_int_equal(cr8[0], 3);
	assert_true(set_msr(0, MSR_APIC_BASE, off));
	assert_int_equal(lapic(0)->s.tpr, 0);
	assert_int_equal(cr8[0], 0);
	assert_int_equal(rd(0, APIC_VERSION), 0xffffffff);
	assert_false(set_msr(0, MSR_APIC_BASE, base | APIC_BASE_X2APIC));
	assert_true(set_msr(0, MSR_APIC_BASE, base));
	/* Whether it is the first is not the guest's to say. */
	assert_true(set_msr(1, MSR_APIC_BASE, base));
	assert_false(get_msr(1, MSR_APIC_BASE) & APIC_BASE_BSP);
}

static void x2apic_registers(void **state)
{
	u64 val;

	x2apic(2);
	assert_int_equal(get_msr(2, X2(APIC_ID)), 2);
	assert_int_equal(get_msr(2, X2(APIC_LDR)), 1 << 2);
	assert_true(set_msr(2, X2(APIC_ICR), 0x3000000c3 | 0x4000));
	assert_int_equal(get_msr(2, X2(APIC_ICR)), 0x3000040c3);
	assert_int_equal(take(3), 0xc3);
	assert_true(set_msr(2, X2(APIC_SELF_IPI), 0x77));
	assert_int_equal(take(2), 0x77);
	assert_true(set_msr(2, X2(APIC_EOI), 0));
	assert_false(vlapic_msr_read(lapic(2), X2(APIC_DFR), &val));
	assert_false(vlapic_msr_read(lapic(2), X2(APIC_ICR_HIGH), &val));
	assert_false(vlapic_msr_read(lapic(2), X2(APIC_EOI), &val));
	assert_false(vlapic_msr_read(lapic(2), MSR_X2APIC + 0x40, &val));
	assert_false(vlapic_msr_read(lapic(2), MSR_X2APIC + 0xff, &val));
	assert_false(set_msr(2, X2(APIC_EOI), 1));
	assert_false(set_msr(2, X2(APIC_ESR), 1));
	assert_false(set_msr(2, X2(APIC_TPR), 0x100));
	assert_false(set_msr(2, X2(APIC_TPR), 1ul << 32));
	assert_false(set_msr(2, X2(APIC_SVR), 0x11ff));
	assert_false(set_msr(2, X2(APIC_LDR), 0));
	assert_false(set_msr(2, X2(APIC_ID), 0));
	assert_false(set_msr(2, X2(APIC_SELF_IPI), 0x100));
	assert_false(set_msr(2, X2(APIC_ICR), 0x100000));
	/* #GP is all that tells of it. */
	assert_true(set_msr(2, X2(APIC_ESR), 0));
	assert_int_equal(get_msr(2, X2(APIC_ESR)), 0);
	/* An illegal vector is an error in both modes. */
	assert_true(set_msr(2, X2(APIC_SELF_IPI), 3));
	assert_true(set_msr(2, X2(APIC_ESR), 0));
	assert_int_equal(get_msr(2, X2(APIC_ESR)), ESR_SEND_ILLEGAL);
}

static void each_moves_its_own_page(void **state)
{
	u64 base = get_msr(1, MSR_APIC_BASE), off = base & ~(u64)APIC_BASE_ENABLE;
	u64 to = 0x42000000 | (base & 0xfff);

	assert_int_equal(apic_page[1], APIC_NO_PAGE);
	assert_true(set_msr(1, MSR_APIC_BASE, to));
	assert_int_equal(get_msr(1, MSR_APIC_BASE), to);
	assert_int_equal(apic_page[1], 0x42000000);
	assert_int_equal(rd(1, APIC_VERSION), 0xffffffff);
	wr(1, APIC_TPR, 0x50);
	assert_int_equal(vlapic_page_read(lapic(1), APIC_VERSION, 4), 0x50010);
	assert_int_equal(vlapic_page_read(lapic(1), APIC_TPR, 4), 0);
	vlapic_page_write(lapic(1), APIC_TPR, 4, 0x30);
	assert_int_equal(vlapic_page_read(lapic(1), APIC_TPR, 4), 0x30);
	/* The others' are where they were. */
	assert_int_equal(rd(0, APIC_VERSION), 0x50010);
	assert_int_equal(rd(2, APIC_TPR), 0);
	assert_int_equal(apic_page[2], APIC_NO_PAGE);
	/* Not in x2APIC mode, nor off; INIT leaves it, a reset does not. */
	assert_true(set_msr(1, MSR_APIC_BASE, to | APIC_BASE_X2APIC));
	assert_int_equal(apic_page[1], APIC_NO_PAGE);
	assert_true(set_msr(1, MSR_APIC_BASE, to & ~(u64)APIC_BASE_ENABLE));
	assert_int_equal(apic_page[1], APIC_NO_PAGE);
	assert_true(set_msr(1, MSR_APIC_BASE, to));
	assert_int_equal(apic_page[1], 0x42000000);
	deliver_init(lapic(1));
	vlapic_reset(lapic(1));
	assert_int_equal(get_msr(1, MSR_APIC_BASE), to);
	apics->ops->reset(apics);
	assert_int_equal(get_msr(1, MSR_APIC_BASE), base);
	assert_int_equal(apic_page[1], APIC_NO_PAGE);
	/* What there is of physical addresses, and no reserved bit. */
	assert_true(set_msr(1, MSR_APIC_BASE, base | (u64)1 << (PHYS_BITS - 1)));
	assert_true(set_msr(1, MSR_APIC_BASE, off));
	assert_false(set_msr(1, MSR_APIC_BASE, base | (u64)1 << PHYS_BITS));
	assert_false(set_msr(1, MSR_APIC_BASE, base | (u64)1 << 63));
	for (unsigned int bit = 0; bit < 10; bit++)
		assert_true(set_msr(1, MSR_APIC_BASE, base | 1 << bit) == (bit == 8));
}

static void one_that_is_off_hears_nothing(void **state)
{
	u64 base = get_msr(1, MSR_APIC_BASE);

	assert_true(set_msr(1, MSR_APIC_BASE, base & ~(u64)APIC_BASE_ENABLE));
	wr(0, APIC_ICR_HIGH, 1u << 24);
	wr(0, APIC_ICR, 0x4400); /* an NMI */
	wr(0, APIC_ICR, 0x4500); /* INIT */
	wr(0, APIC_ICR, 0x4061);
	assert_int_equal(nmis[1], 0);
	assert_false(lapic(1)->s.after_init);
	assert_int_equal(test_vcpu[1].state, VCPU_RUNNING);
	assert_true(set_msr(1, MSR_APIC_BASE, base));
	wr(0, APIC_ICR, 0x4400);
	assert_int_equal(nmis[1], 1);
}

/* A delivery that was given up. */
static void what_is_taken_back_is_pending_and_not_in_service(void **state)
{
	vlapic_receive(lapic(0), 0x61, true);
	vlapic_receive(lapic(0), 0x41, false);
	assert_int_equal(take(0), 0x61);
	assert_int_equal(take(0), -1);
	vlapic_take_back(lapic(0), 0x61);
	assert_int_equal(rd(0, APIC_PPR), 0);
	assert_int_equal(rd(0, APIC_ISR + 0x30), 0);
	assert_int_equal(rd(0, APIC_IRR + 0x30), 2);
	assert_int_equal(rd(0, APIC_TMR + 0x30), 2);
	assert_int_equal(take(0), 0x61);
	eoi(0);
	assert_int_equal(take(0), 0x41);
	/* Beneath what is in service it waits. */
	vlapic_receive(lapic(0), 0x81, false);
	assert_int_equal(take(0), 0x81);
	vlapic_take_back(lapic(0), 0x41);
	assert_int_equal(take(0), -1);
	eoi(0);
	assert_int_equal(take(0), 0x41);
}

static void x2apic_logical_destinations(void **state)
{
	unsigned int i;

	for (i = 0; i < NR; i++)
		x2apic(i);
	assert_true(set_msr(0, X2(APIC_ICR), 0x600000000 | 0x862));
	assert_int_equal(take(1), 0x62);
	assert_int_equal(take(2), 0x62);
	assert_int_equal(take(0), -1);
	assert_int_equal(take(3), -1);
	assert_true(set_msr(0, X2(APIC_ICR), 0x1000000000000 | 0x864));
	assert_int_equal(take(3), -1);
	assert_true(set_msr(0, X2(APIC_ICR), 0xffffffff00000065));
	assert_int_equal(take(3), 0x65);
	/* The IOAPIC's eight bits are of the first cluster. */
	set_rte(5, 8ul << 56 | RTE_LOGICAL | 0x76);
	line(5, true);
	assert_int_equal(take(0), 0x65);
	assert_int_equal(take(3), 0x76);
}

/* ---- the timer ---- */

static void one_shot(void **state)
{
	wr(0, APIC_TIMER_DIV, 0xb); /* by 1 */
	wr(0, APIC_LVT_TIMER, 0xec);
	wr(0, APIC_TIMER_INIT, 100000);
	pass(40000);
	assert_int_equal(rd(0, APIC_TIMER_COUNT), 60000);
	assert_int_equal(take(0), -1);
	pass(60000);
	assert_int_equal(take(0), 0xec);
	eoi(0);
	assert_int_equal(rd(0, APIC_TIMER_COUNT), 0);
	pass(1000000);
	assert_int_equal(take(0), -1);
	wr(0, APIC_TIMER_INIT, 10);
	wr(0, APIC_TIMER_INIT, 0); /* stops it */
	pass(1000000);
	assert_int_equal(take(0), -1);
}

static void dividers(void **state)
{
	static const struct {
		u32 reg, by;
	} t[] = { { 0, 2 },  { 1, 4 },	{ 2, 8 },    { 3, 16 },
		  { 8, 32 }, { 9, 64 }, { 10, 128 }, { 11, 1 } };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		wr(0, APIC_TIMER_DIV, t[i].reg);
		wr(0, APIC_TIMER_INIT, 1000);
		pass(100 * t[i].by);
		assert_int_equal(rd(0, APIC_TIMER_COUNT), 900);
	}
	/* What is left is counted on at the new rate. */
	wr(0, APIC_TIMER_DIV, 0);
	pass(200);
	assert_int_equal(rd(0, APIC_TIMER_COUNT), 800);
}

static void periodic(void **state)
{
	unsigned int ticks = 0, i;

	wr(0, APIC_TIMER_DIV, 0xb);
	wr(0, APIC_LVT_TIMER, APIC_TIMER_PERIODIC | 0x40);
	wr(0, APIC_TIMER_INIT, 100000);
	for (i = 0; i < 100; i++) {
		pass(10000);
		if (take(0) == 0x40) {
			ticks++;
			eoi(0);
		}
	}
	assert_int_equal(ticks, 10);
	pass(50000);
	assert_int_equal(rd(0, APIC_TIMER_COUNT), 50000);
	wr(0, APIC_LVT_TIMER, APIC_TIMER_PERIODIC | APIC_LVT_MASKED | 0x40);
	pass(1000000);
	assert_int_equal(take(0), -1);
}

static void the_count_goes_on_in_another_mode(void **state)
{
	wr(0, APIC_TIMER_DIV, 0xb);
	wr(0, APIC_LVT_TIMER, 0x40);
	wr(0, APIC_TIMER_INIT, 100000);
	pass(70000);
	wr(0, APIC_LVT_TIMER, APIC_TIMER_PERIODIC | 0x40);
	assert_int_equal(rd(0, APIC_TIMER_COUNT), 30000);
	pass(230000);
	assert_int_equal(rd(0, APIC_TIMER_COUNT), 100000);
	pass(20000);
	wr(0, APIC_LVT_TIMER, 0x40);
	assert_int_equal(rd(0, APIC_TIMER_COUNT), 80000);
	pass(80000);
	assert_int_equal(rd(0, APIC_TIMER_COUNT), 0);
	/* What has run down stays so. */
	wr(0, APIC_LVT_TIMER, APIC_TIMER_PERIODIC | 0x40);
	pass(50000);
	assert_int_equal(rd(0, APIC_TIMER_COUNT), 0);
	wr(0, APIC_TIMER_INIT, 100000);
	assert_int_equal(rd(0, APIC_TIMER_COUNT), 100000);
}

static void a_frantic_timer_does_not_flood_the_host(void **state)
{
	u64 before = now, fired = 0;

	wr(0, APIC_TIMER_DIV, 0xb);
	wr(0, APIC_LVT_TIMER, APIC_TIMER_PERIODIC | 0x40);
	wr(0, APIC_TIMER_INIT, 1);
	while (now < before + time_from_us(1000)) {
		assert_true(armed[0]->armed);
		pass(armed[0]->deadline - now);
		fired++;
		assert_int_equal(take(0), 0x40);
		eoi(0);
	}
	assert_in_range(fired, 1, 1000 / MIN_PERIOD_US + 1);
}

static void deadline(void **state)
{
	u64 tsc = now + test_vm.arch.tsc_offset;

	/* Not in this mode yet. */
	assert_true(set_msr(0, MSR_TSC_DEADLINE, tsc + 10));
	assert_int_equal(get_msr(0, MSR_TSC_DEADLINE), 0);
	wr(0, APIC_LVT_TIMER, APIC_TIMER_DEADLINE | 0x41);
	wr(0, APIC_TIMER_INIT, 5);
	pass(1000);
	assert_int_equal(take(0), -1);
	assert_true(set_msr(0, MSR_TSC_DEADLINE, tsc + 3000));
	assert_int_equal(get_msr(0, MSR_TSC_DEADLINE), tsc + 3000);
	pass(1999);
	assert_int_equal(take(0), -1);
	pass(1);
	assert_int_equal(take(0), 0x41);
	assert_int_equal(get_msr(0, MSR_TSC_DEADLINE), 0);
	eoi(0);
	/* In the past it is at once; 0 is never. */
	assert_true(set_msr(0, MSR_TSC_DEADLINE, 1));
	assert_int_equal(take(0), 0x41);
	eoi(0);
	assert_true(set_msr(0, MSR_TSC_DEADLINE, tsc + 9000));
	assert_true(set_msr(0, MSR_TSC_DEADLINE, 0));
	pass(100000);
	assert_int_equal(take(0), -1);
	/* Another mode disarms. */
	assert_true(set_msr(0, MSR_TSC_DEADLINE, now + test_vm.arch.tsc_offset + 100));
	wr(0, APIC_LVT_TIMER, 0x41);
	pass(1000);
	assert_int_equal(take(0), -1);
}

/* ---- the IOAPIC ---- */

static void its_registers(void **state)
{
	unsigned int pin;

	ioapic->ops->write(ioapic, test_vcpu, IOREGSEL, 4, REG_VERSION);
	assert_int_equal(ioapic->ops->read(ioapic, test_vcpu, IOREGSEL, 4), REG_VERSION);
	assert_int_equal(ioapic->ops->read(ioapic, test_vcpu, IOWIN, 4), 0x170020);
	ioapic->ops->write(ioapic, test_vcpu, IOREGSEL, 4, REG_ID);
	ioapic->ops->write(ioapic, test_vcpu, IOWIN, 4, 0xffffffff);
	assert_int_equal(ioapic->ops->read(ioapic, test_vcpu, IOWIN, 4), 0x0f000000);
	for (pin = 0; pin < NR_PINS; pin++) {
		assert_int_equal(get_rte(pin), RTE_MASKED);
		set_rte(pin, ~0ul);
		assert_int_equal(get_rte(pin), 0xff0000000001afff);
	}
	ioapic->ops->write(ioapic, test_vcpu, IOREGSEL, 4, REG_TABLE + 2 * NR_PINS);
	assert_int_equal(ioapic->ops->read(ioapic, test_vcpu, IOWIN, 4), 0);
	ioapic->ops->write(ioapic, test_vcpu, IOWIN, 4, 1);
}

static void an_edge_is_one_interrupt(void **state)
{
	set_rte(4, 1ul << 56 | 0x34);
	line(4, true);
	line(4, true);
	assert_int_equal(who_has(0x34), 1 << 1);
	assert_int_equal(who_has(0x34), 0);
	line(4, false);
	line(4, true);
	assert_int_equal(who_has(0x34), 1 << 1);
	/* While it is masked it is lost. */
	set_rte(4, 1ul << 56 | RTE_MASKED | 0x34);
	line(4, false);
	line(4, true);
	set_rte(4, 1ul << 56 | 0x34);
	assert_int_equal(who_has(0x34), 0);
}

static void a_level_asks_until_it_falls(void **state)
{
	set_rte(4, RTE_LEVEL | 0x34);
	line(4, true);
	assert_true(get_rte(4) & RTE_REMOTE_IRR);
	assert_int_equal(take(0), 0x34);
	assert_int_equal(rd(0, APIC_TMR + 0x10), 1 << 20);
	line(4, false);
	line(4, true); /* not again before the end of interrupt */
	assert_int_equal(vlapic_pending(lapic(0)), -1);
	eoi(0);
	assert_int_equal(take(0), 0x34);
	line(4, false);
	eoi(0);
	assert_int_equal(take(0), -1);
	assert_false(get_rte(4) & RTE_REMOTE_IRR);
	/* What was up while it was masked comes with the mask's end. */
	set_rte(4, RTE_LEVEL | RTE_MASKED | 0x34);
	line(4, true);
	set_rte(4, RTE_LEVEL | 0x34);
	assert_int_equal(take(0), 0x34);
}

static void its_own_eoi_register(void **state)
{
	set_rte(4, RTE_LEVEL | 0x34);
	line(4, true);
	line(4, false);
	ioapic->ops->write(ioapic, test_vcpu, IOEOI, 4, 0x35);
	assert_true(get_rte(4) & RTE_REMOTE_IRR);
	ioapic->ops->write(ioapic, test_vcpu, IOEOI, 4, 0x34);
	assert_false(get_rte(4) & RTE_REMOTE_IRR);
}

static void edge_forgets_a_level(void **state)
{
	set_rte(4, RTE_LEVEL | 0x34);
	line(4, true);
	set_rte(4, 0x34);
	assert_false(get_rte(4) & RTE_REMOTE_IRR);
}

static void nobody_there_takes_nothing(void **state)
{
	set_rte(4, 7ul << 56 | RTE_LEVEL | 0x34);
	line(4, true);
	assert_false(get_rte(4) & RTE_REMOTE_IRR);
	set_rte(4, RTE_LEVEL | 0x34);
	assert_int_equal(take(0), 0x34);
}

/* ---- states ---- */

static void states_are_saved(void **state)
{
	static u8 buf[4096];
	struct vdev_state s = { buf, sizeof(buf) };

	test_state_checks(apics);
	test_state_checks(ioapic);
	wr(0, APIC_TPR, 0x20);
	wr(0, APIC_TIMER_DIV, 0xb);
	wr(0, APIC_LVT_TIMER, 0xec);
	wr(0, APIC_TIMER_INIT, 100000);
	self(0, 0x55);
	pass(40000);
	assert_int_equal(apics->ops->save(apics, &s), 0);
	apics->ops->reset(apics);
	cr8[0] = 0;
	now += 12345678;
	assert_int_equal(apics->ops->restore(apics, &s), 0);
	assert_int_equal(cr8[0], 2);
	assert_int_equal(rd(0, APIC_TIMER_COUNT), 60000);
	assert_int_equal(take(0), 0x55);
	eoi(0);
	pass(60000);
	assert_int_equal(take(0), 0xec);
}

static void a_machine_reset_forgets(void **state)
{
	wr(0, APIC_TIMER_INIT, 100000);
	self(0, 0x55);
	apics->ops->reset(apics);
	ioapic->ops->reset(ioapic);
	pass(10000000);
	assert_int_equal(take(0), -1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(power_on_values),
		T(registers_keep_only_what_they_have),
		T(only_whole_registers_are_read),
		T(absent_registers_are_errors),
		T(disabled_by_software_it_masks_and_takes_nothing),
		T(the_highest_comes_first),
		T(the_task_priority_holds_back),
		T(what_is_pending_is_so_once),
		T(physical_destinations),
		T(shorthands),
		T(flat_destinations),
		T(cluster_destinations),
		T(the_least_busy_is_preferred),
		T(bad_vectors_are_errors),
		T(an_error_of_an_error_ends),
		T(nmi_is_passed_on),
		T(init_and_startup),
		T(init_of_the_first_resets_the_machine),
		T(init_and_startup_are_not_for_oneself),
		T(modes_follow_each_other),
		T(x2apic_registers),
		T(each_moves_its_own_page),
		T(one_that_is_off_hears_nothing),
		T(what_is_taken_back_is_pending_and_not_in_service),
		T(x2apic_logical_destinations),
		T(one_shot),
		T(dividers),
		T(periodic),
		T(the_count_goes_on_in_another_mode),
		T(a_frantic_timer_does_not_flood_the_host),
		T(deadline),
		T(its_registers),
		T(an_edge_is_one_interrupt),
		T(a_level_asks_until_it_falls),
		T(its_own_eoi_register),
		T(edge_forgets_a_level),
		T(nobody_there_takes_nothing),
		T(states_are_saved),
		T(a_machine_reset_forgets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
