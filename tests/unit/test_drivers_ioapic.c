// SPDX-License-Identifier: Apache-2.0
/* links: kernel/driver.c lib/fdt_irq.c drivers/port.c drivers/uart/uart.c drivers/uart/stdout.c kernel/irq.c */
/* links: lib/fdt.c lib/fdt_check.c lib/fdt_prop.c lib/fdt_write.c lib/date.c */
/* flags: -DCONFIG_HAS_IOPORT=1 -DCONFIG_NR_CPUS=4 -I$(root)/arch/x86_64/include */
/* libs: -Wl,-T,$(here)/drivers.lds */
/* The host's I/O APICs and messages, and the inputs that are kept for guests. */
#include "drivers_pc_fixture.h"

static unsigned int called;

static void handler(void *arg)
{
	called++;
}

static void inputs_sense_as_the_tree_says(void **state)
{
	static const u32 want[] = { 0, 0xa000, 0x8000, 0x2000 };
	u32 irq, sense;

	for (sense = 0; sense < 4; sense++) {
		const u32 cells[] = { 26, sense };

		assert_int_equal(irq_xlate(apics.chip.phandle, cells, 2, &irq), 0);
		assert_int_equal(irq_request(irq, handler, NULL, "test"), 0);
		/* The second controller's third input. */
		assert_int_equal(hw.redir[1][4], want[sense] | (0x30 + 26));
		irq_free(irq);
		assert_int_equal(hw.redir[1][4], 0x10000);
	}
	assert_int_equal(irq_xlate(apics.chip.phandle, (u32[]){ 32, 0 }, 2, &irq), -EINVAL);
	assert_int_equal(irq_xlate(apics.chip.phandle, (u32[]){ 4, 4 }, 2, &irq), -EINVAL);
	assert_int_equal(irq_xlate(apics.chip.phandle, (u32[]){ 4 }, 1, &irq), -EINVAL);
}

static void an_interrupt_is_handled_and_ended(void **state)
{
	u32 irq;

	assert_int_equal(irq_xlate(apics.chip.phandle, (u32[]){ 7, 1 }, 2, &irq), 0);
	assert_int_equal(irq_request(irq, handler, NULL, "test"), 0);
	called = 0;
	hw.vector = 0x30 + 7;
	irq_handle_external();
	assert_int_equal(called, 1);
	assert_int_equal(hw.eois, 1);
	irq_free(irq);
	/* One without a handler is turned off, and ended as well. */
	irq_handle_external();
	assert_int_equal(hw.redir[0][14], 0x10000);
	assert_int_equal(hw.eois, 2);
}

static void messages_have_numbers_of_their_own(void **state)
{
	struct msi_message msg;
	u32 irq, last = 0, n;

	assert_int_equal(irq_msi_alloc(&irq, &msg), 0);
	assert_int_equal(irq, 32); /* behind the inputs */
	assert_int_equal(msg.addr, 0xfee05000);
	assert_int_equal(msg.data, 0x30 + 32);
	assert_int_equal(irq_request(irq, handler, NULL, "test"), 0);
	called = 0;
	hw.vector = msg.data;
	irq_handle_external();
	assert_int_equal(called, 1);
	for (n = 1; irq_msi_alloc(&irq, &msg) == 0; n++)
		last = irq;
	assert_int_equal(last, NR_IRQ_VECTORS - 1);
	assert_int_equal(n, NR_IRQ_VECTORS - 32);
}

/* It may get an owner, or have one. */
static void interrupts_do_not_go_to_the_cpu_that_requests_them(void **state)
{
	struct msi_message msg;
	u32 irq;

	shim_this_cpu = &another;
	assert_int_equal(irq_request(8, handler, NULL, "test"), 0);
	assert_int_equal(hw.redir[0][17], 5u << 24);
	irq_free(8);
	apics.next_msi = 32;
	assert_int_equal(irq_msi_alloc(&irq, &msg), 0);
	assert_int_equal(msg.addr, 0xfee05000);
}

/* ---- inputs that are kept for guests: of the first controller the twelfth ---- */

#define GIVEN 12u
#define LOW   hw.redir[0][2 * GIVEN]
#define HIGH  hw.redir[0][2 * GIVEN + 1]

/* It comes, where its entry lets it and it has not come already. */
static void comes(void)
{
	assert_int_equal(LOW & 0xff, 0x30 + GIVEN);
	assert_false(LOW & 0x10000);
	hw.vector = LOW & 0xff;
	hw.eois = 0;
	irq_handle_external();
	assert_int_equal(hw.eois, 1);
}

static void keep_it(enum irq_trigger trigger)
{
	called = 0;
	LOW = HIGH = 0;
	assert_int_equal(irq_request_kept(GIVEN, trigger, handler, NULL, "vm"), 0);
	assert_true(LOW & 0x10000);
	irq_on(GIVEN);
	assert_int_equal(HIGH, 5u << 24);
}

static void a_kept_level_is_masked_until_its_end(void **state)
{
	static const enum irq_trigger how[] = { IRQ_LEVEL_HIGH, IRQ_LEVEL_LOW };
	static const u32 want[] = { 0x8000, 0xa000 };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		keep_it(how[i]);
		assert_int_equal(LOW, want[i] | (0x30 + GIVEN));
		comes();
		assert_int_equal(called, 1);
		/* The vector and the sense are left, or the local APIC's EOI would find no such entry. */
		assert_int_equal(LOW, 0x10000 | want[i] | (0x30 + GIVEN));
		irq_end(GIVEN);
		assert_int_equal(LOW, want[i] | (0x30 + GIVEN));
		comes();
		assert_int_equal(called, 2);
		irq_free(GIVEN);
		/* Whoever ends it now, it is off. */
		irq_end(GIVEN);
		assert_int_equal(LOW, 0x10000 | want[i] | (0x30 + GIVEN));
		assert_int_equal(ipi.n, 0);
	}
}

static void a_kept_edge_that_comes_again_is_remembered(void **state)
{
	static const enum irq_trigger how[] = { IRQ_EDGE_RISING, IRQ_EDGE_FALLING };
	static const u32 want[] = { 0, 0x2000 };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		ipi.n = 0;
		keep_it(how[i]);
		comes();
		/* None is lost: it is not masked. */
		assert_int_equal(LOW, want[i] | (0x30 + GIVEN));
		irq_end(GIVEN);
		assert_int_equal(ipi.n, 0);
		comes();
		assert_int_equal(called, 2);
		/* One more, and no others. */
		comes();
		assert_int_equal(called, 2);
		assert_int_equal(LOW, 0x10000 | want[i] | (0x30 + GIVEN));
		irq_end(GIVEN);
		assert_int_equal(LOW, want[i] | (0x30 + GIVEN));
		assert_int_equal(ipi.n, 1);
		assert_int_equal(ipi.id, 5);
		assert_int_equal(ipi.mode, 0);
		assert_int_equal(ipi.vector, 0x30 + GIVEN);
		comes();
		assert_int_equal(called, 3);
		irq_free(GIVEN);
	}
}

static void a_kept_one_that_is_off_does_not_come(void **state)
{
	keep_it(IRQ_EDGE_RISING);
	comes();
	comes();
	irq_off(GIVEN);
	assert_true(LOW & 0x10000);
	/* It was on its way. */
	irq_handle_external();
	assert_int_equal(called, 1);
	irq_end(GIVEN);
	assert_true(LOW & 0x10000);
	irq_handle_external();
	assert_int_equal(called, 1);
	assert_int_equal(ipi.n, 0);
	irq_on(GIVEN);
	comes();
	assert_int_equal(called, 2);
	irq_free(GIVEN);
}

static void a_kept_one_goes_where_it_is_routed(void **state)
{
	keep_it(IRQ_EDGE_RISING);
	comes();
	another.self_hwid = 0x100;
	irq_route(GIVEN, &another);
	assert_int_equal(HIGH, 5u << 24);
	another.self_hwid = 6;
	LOW = 0; /* not written */
	irq_route(GIVEN, &another);
	assert_int_equal(LOW, 0);
	assert_int_equal(HIGH, 6u << 24);
	LOW = 0x30 + GIVEN;
	comes();
	irq_end(GIVEN);
	assert_int_equal(ipi.id, 6);
	irq_free(GIVEN);
	/* The next who has it finds it where all are. */
	keep_it(IRQ_LEVEL_HIGH);
	irq_free(GIVEN);
}

static void a_kept_one_may_be_a_driver_s_later(void **state)
{
	keep_it(IRQ_LEVEL_HIGH);
	comes();
	irq_free(GIVEN);
	assert_int_equal(irq_request(GIVEN, handler, NULL, "test"), 0);
	irq_end(GIVEN);
	comes();
	comes();
	assert_int_equal(called, 3);
	irq_free(GIVEN);
	/* Messages and what is not there can't be kept. */
	assert_int_equal(irq_request_kept(33, IRQ_EDGE_RISING, handler, NULL, "vm"), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(inputs_sense_as_the_tree_says, setup),
		cmocka_unit_test_setup(an_interrupt_is_handled_and_ended, setup),
		cmocka_unit_test_setup(messages_have_numbers_of_their_own, setup),
		cmocka_unit_test_setup(interrupts_do_not_go_to_the_cpu_that_requests_them, setup),
		cmocka_unit_test_setup(a_kept_level_is_masked_until_its_end, setup),
		cmocka_unit_test_setup(a_kept_edge_that_comes_again_is_remembered, setup),
		cmocka_unit_test_setup(a_kept_one_that_is_off_does_not_come, setup),
		cmocka_unit_test_setup(a_kept_one_goes_where_it_is_routed, setup),
		cmocka_unit_test_setup(a_kept_one_may_be_a_driver_s_later, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
