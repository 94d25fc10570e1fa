// SPDX-License-Identifier: Apache-2.0
/* links: kernel/driver.c lib/fdt_irq.c drivers/port.c kernel/ioport.c drivers/uart/ns16550.c drivers/uart/uart.c drivers/uart/stdout.c */
/* links: drivers/virtio/virtio_mmio.c drivers/virtio/virtio.c drivers/power/sifive_test.c */
/* links: drivers/rtc/goldfish.c drivers/rtc/wallclock.c kernel/irq.c */
/* links: lib/fdt.c lib/fdt_check.c lib/fdt_prop.c lib/fdt_write.c */
/* flags: -DCONFIG_NR_CPUS=1 */
/* libs: -Wl,-T,$(here)/drivers.lds */
/* The host's drivers on a machine that the test makes up: its tree, and its registers. */
#include "../../drivers/uart/uart.h"
#include "drivers_machine.h"
#include "drivers_tree.h"
#include <lodge/driver.h>
#include <lodge/wallclock.h>

static u32 node_irq(const char *path, unsigned int n)
{
	u32 irq = 0;
	int node = fdt_find_path(tree, path);

	assert_true(node >= 0);
	assert_int_equal(driver_irq(tree, node, n, &irq), 0);
	return irq;
}

static int node_irq_error(const char *path, unsigned int n)
{
	u32 irq;

	return driver_irq(tree, fdt_find_path(tree, path), n, &irq);
}

/* ---- tests; the machine is probed once, by the first ---- */

static int setup(void **state)
{
	shim_io = &hw_io;
	shim_this_cpu = &cpu;
	hw.lsr = 0x60;
	hw.input = "";
	hw.nr_output = 0;
	hw.lsr_reads = 0;
	hw.nr_completed = 0;
	nr_typed = 0;
	said[0] = 0;
	return 0;
}

static void drivers_take_their_devices_in_stages(void **state)
{
	write_tree("serial0:115200n8");
	hw.enable[1][0] = ~0u; /* as a firmware may leave it */
	hw.threshold[1] = 3;
	assert_int_equal(driver_probe_stage(tree, DRIVER_IRQCHIP), 2);
	irq_cpu_init();
	assert_non_null(power);
	assert_int_equal(hw.enable[1][0] | hw.enable[1][1], 0);
	assert_int_equal(hw.threshold[1], 0);
	assert_null(console);
	assert_int_equal(driver_probe_stage(tree, DRIVER_CONSOLE), 1);
	assert_non_null(console);
	assert_string_equal(said, "");
	assert_int_equal(hw.ier, 1);
	assert_int_equal(hw.enable[1][0], 1u << UART_IRQ);
	assert_int_equal(hw.priority[UART_IRQ], 1);
	/* The firmware's context is left alone. */
	assert_int_equal(hw.enable[0][0], 0);
}

/* Not the clock, which was only read, nor what is disabled, broken or nobody's. */
static void devices_that_drivers_have_to_themselves_are_told(void **state)
{
	static const char *const want[][2] = {
		{ "/serial@10000000", "ns16550" },
		{ "/plic@c000000", "plic" },
		{ "/test@100000", "sifive-test" },
	};
	const char *use;
	unsigned int i;
	int node;

	assert_int_equal(driver_probe_stage(tree, DRIVER_DEVICE), 1);
	for (i = 0; i < ARRAY_SIZE(want); i++) {
		assert_string_equal(driver_user(i, &node, &use), want[i][1]);
		assert_string_equal(use, "");
		assert_int_equal(node, fdt_find_path(tree, want[i][0]));
	}
	assert_null(driver_user(i, &node, &use));
}

static void what_is_wrong_with_a_device_is_said_once(void **state)
{
	assert_int_equal(driver_probe_stage(tree, DRIVER_DEVICE), 1);
	assert_string_equal(said,
			    "/small@101000: reg 0 is missing or smaller than 8 bytes\n"
			    "virtio@10021000: a legacy VIRTIO device, which Lodge does not drive; "
			    "start QEMU with -global virtio-mmio.force-legacy=false\n");
}

static void clock_starts_at_what_the_device_says(void **state)
{
	assert_true(wallclock_ns() == 0x0123456789abcdef);
	ticks += 12345678901234567ull;
	assert_true(wallclock_ns() == 0x0123456789abcdef + 1234567890123456700ull);
	ticks = 0;
	wallclock_set(5);
	assert_true(wallclock_ns() == 5);
}

static void finisher_tells_success_from_failure(void **state)
{
	power->off(0);
	assert_int_equal(hw.finisher, 0x5555);
	power->off(3);
	assert_int_equal(hw.finisher, 0x33333);
	power->reset();
	assert_int_equal(hw.finisher, 0x7777);
}

static void stdout_path_chooses_the_uart(void **state)
{
	static const struct {
		const char *path;
		bool first, second;
	} cases[] = {
		{ "serial0:115200n8", true, false },
		{ "serial0", true, false },
		{ "/serial@10000000", true, false },
		{ "/serial@10010000:9600", false, true },
		{ "serial9", true, true },
		{ "/nowhere", true, true },
		{ "", true, true },
		{ NULL, true, true },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		write_tree(cases[i].path);
		assert_int_equal(uart_is_console(tree, fdt_find_path(tree, "/serial@10000000")),
				 cases[i].first);
		assert_int_equal(uart_is_console(tree, fdt_find_path(tree, "/serial@10010000")),
				 cases[i].second);
	}
}

static void interrupts_are_found(void **state)
{
	assert_int_equal(node_irq("/serial@10000000", 0), UART_IRQ);
	assert_int_equal(node_irq("/virtio@10022000", 0), 3);
	assert_int_equal(node_irq_error("/extended", 0),
			 -ENODEV); /* not of the PLIC that is driven */
	assert_int_equal(node_irq("/extended", 1), 33);
	assert_int_equal(node_irq_error("/serial@10000000", 1), -ENOENT);
	assert_int_equal(node_irq_error("/rtc@101000", 0), -ENOENT);
	assert_int_equal(node_irq_error("/extended", 2), -ENODEV); /* nor this */
	assert_int_equal(node_irq_error("/extended", 3), -ENOENT);
	assert_int_equal(node_irq_error("/dangling", 0), -EINVAL);
	assert_int_equal(node_irq_error("/cut", 0), -EINVAL);
}

static void characters_are_sent(void **state)
{
	console->putc(console, 'h');
	console->putc(console, 'i');
	assert_string_equal(hw.output, "hi");
	assert_int_equal(hw.lsr_reads, 2);
}

static void fifo_is_filled_when_it_is_empty(void **state)
{
	static const u8 text[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	static const u8 none[1];

	while (console->send(console, none, 1) && hw.nr_output < 15)
		; /* what is left of the room of tests before */
	hw.nr_output = 0;
	hw.lsr = 0;
	while (console->send(console, none, 1))
		;
	hw.nr_output = 0;
	hw.lsr_reads = 0;
	assert_int_equal(console->send(console, text, 36), 0);
	hw.lsr = 0x20;
	/* All at once here, as this UART is empty each time; one look for each FIFO. */
	assert_int_equal(console->send(console, text, 36), 36);
	assert_int_equal(hw.lsr_reads, 1 + 3);
	hw.lsr = 0;
	assert_int_equal(console->send(console, text + 4, 32), 12);
	assert_string_equal(hw.output, "0123456789abcdefghijklmnopqrstuvwxyz456789abcdef");
}

static void interrupts_are_those_that_are_wanted(void **state)
{
	hw.ier = 0;
	console->tx_irq(console, true);
	assert_int_equal(hw.ier, 3);
	hw.pending[0] = 1u << UART_IRQ;
	tx_calls = 0;
	irq_handle_external();
	assert_int_equal(tx_calls, 1);
	console->tx_irq(console, false);
	assert_int_equal(hw.ier, 1);
}

static void input_that_nobody_wants_stays_in_the_uart(void **state)
{
	hw.input = "later";
	hw.mcr = 0;
	wants_input = false;
	hw.pending[0] = 1u << UART_IRQ;
	irq_handle_external();
	assert_string_equal(hw.input, "later");
	assert_int_equal(hw.ier & 1, 0);
	assert_int_equal(hw.mcr & 2, 0); /* RTS */
	wants_input = true;
	console->rx_irq(console, true);
	assert_int_equal(hw.ier & 1, 1);
	assert_int_equal(hw.mcr & 2, 2);
	hw.pending[0] = 1u << UART_IRQ;
	irq_handle_external();
	assert_string_equal(typed, "later");
}

static void overrun_is_told(void **state)
{
	lost_input = 0;
	hw.pending[0] = 1u << UART_IRQ;
	irq_handle_external();
	assert_int_equal(lost_input, 0);
	hw.lsr |= 2;
	hw.pending[0] = 1u << UART_IRQ;
	irq_handle_external();
	assert_int_equal(lost_input, 1);
	hw.lsr &= ~2;
}

static void dead_uart_delays_only_once(void **state)
{
	hw.lsr = 0;
	console->putc(console, 'x');
	assert_true(hw.lsr_reads > 1000);
	hw.lsr_reads = 0;
	console->putc(console, 'x');
	assert_true(hw.lsr_reads <= 2);
	assert_int_equal(hw.nr_output, 0);
	/* It is given its chance again as soon as it has sent something. */
	hw.lsr = 0x20;
	console->putc(console, 'y');
	hw.lsr = 0;
	hw.lsr_reads = 0;
	console->putc(console, 'z');
	assert_true(hw.lsr_reads > 1000);
	assert_string_equal(hw.output, "y");
}

static void input_comes_through_the_interrupt(void **state)
{
	hw.input = "hello";
	hw.pending[0] = 1u << UART_IRQ;
	irq_handle_external();
	assert_string_equal(typed, "hello");
	assert_int_equal(hw.nr_completed, 1);
	assert_int_equal(hw.completed[0], UART_IRQ);
}

static void one_interrupt_takes_a_bounded_burst(void **state)
{
	static char many[400];

	memset(many, 'x', sizeof(many) - 1);
	hw.input = many;
	hw.pending[0] = 1u << UART_IRQ;
	irq_handle_external();
	assert_in_range(nr_typed, 16, 398);
	hw.pending[0] = 1u << UART_IRQ;
	irq_handle_external();
	assert_int_equal(nr_typed, 399);
}

static unsigned int storms;

static void storm(void *arg)
{
	storms++;
	hw.pending[0] |= 1u << 20;
}

static void storm_of_interrupts_is_left_for_the_next_time(void **state)
{
	assert_int_equal(irq_request(20, storm, NULL, "storm"), 0);
	hw.pending[0] = 1u << 20;
	irq_handle_external();
	assert_in_range(storms, 2, 100);
	irq_free(20);
	hw.pending[0] = 0;
	assert_int_equal(hw.enable[1][0], 1u << UART_IRQ);
}

static void free_itself(void *arg)
{
	irq_free(21);
}

/* Else its gateway would wait for ever, and with it the next one that requests it. */
static void interrupt_that_its_handler_frees_is_completed(void **state)
{
	assert_int_equal(irq_request(21, free_itself, NULL, "once"), 0);
	hw.pending[0] = 1u << 21;
	irq_handle_external();
	assert_int_equal(hw.nr_completed, 1);
	assert_int_equal(hw.completed[0], 21);
	assert_int_equal(hw.enable[1][0], 1u << UART_IRQ);
}

static void kept(void *arg)
{
	storms++;
}

static void leave_to_a_guest(void *arg)
{
	irq_free(24);
	assert_int_equal(irq_request_kept(24, IRQ_LEVEL_HIGH, kept, NULL, "mine"), 0);
}

/* Whether an interrupt is kept is its handler's to say, and not of the one that has it next. */
static void interrupt_whose_handler_leaves_it_to_a_guest_is_completed(void **state)
{
	assert_int_equal(irq_request(24, leave_to_a_guest, NULL, "once"), 0);
	hw.pending[0] = 1u << 24;
	irq_handle_external();
	assert_int_equal(hw.nr_completed, 1);
	assert_int_equal(hw.completed[0], 24);
	irq_free(24);
}

/* It may get an owner, or have one. */
static void an_interrupt_does_not_go_to_the_cpu_that_requests_it(void **state)
{
	struct cpu another = { .id = 1, .self_hwid = HARTID + 1 };

	shim_this_cpu = &another;
	assert_int_equal(irq_request(22, free_itself, NULL, "far"), 0);
	assert_int_equal(hw.enable[1][0], 1u << UART_IRQ | 1u << 22);
	irq_free(22);
}

static void kept_interrupt_is_completed_at_its_end(void **state)
{
	storms = 0;
	assert_int_equal(irq_request_kept(23, IRQ_LEVEL_LOW, kept, NULL, "low"), -EINVAL);
	assert_int_equal(irq_request_kept(23, IRQ_LEVEL_HIGH, kept, NULL, "mine"), 0);
	assert_int_equal(hw.enable[1][0], 1u << UART_IRQ);
	irq_on(23);
	assert_int_equal(hw.enable[1][0], 1u << UART_IRQ | 1u << 23);
	hw.pending[0] = 1u << 23;
	irq_handle_external();
	assert_int_equal(storms, 1);
	assert_int_equal(hw.nr_completed, 0);
	irq_end(23);
	assert_int_equal(hw.nr_completed, 1);
	assert_int_equal(hw.completed[0], 23);
	assert_int_equal(hw.priority_then, 1);
	/* Off, too, where its context ignores completions of what is not enabled. */
	irq_off(23);
	assert_int_equal(hw.enable[1][0], 1u << UART_IRQ);
	irq_end(23);
	assert_int_equal(hw.nr_completed, 2);
	assert_int_equal(hw.enable[1][0], 1u << UART_IRQ);
	/* If its line is up it is pending again at once: no hart may claim it. */
	assert_int_equal(hw.priority_then, 0);
	irq_on(23);
	assert_int_equal(hw.priority[23], 1);
	irq_free(23);
}

static void interrupts_beyond_the_plics_are_refused(void **state)
{
	assert_int_equal(irq_request(0, storm, NULL, "zero"), -EINVAL);
	assert_int_equal(irq_request(54, storm, NULL, "last"), -EINVAL);
	assert_int_equal(irq_request(53, storm, NULL, "last"), 0);
	assert_int_equal(hw.enable[1][1], 1u << (53 - 32));
	irq_free(53);
}

static void uart_that_went_away_interrupts_no_more(void **state)
{
	hw.lsr = 0xff;
	hw.pending[0] = 1u << UART_IRQ;
	irq_handle_external();
	assert_int_equal(nr_typed, 0);
	assert_int_equal(hw.enable[1][0], 0);
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(drivers_take_their_devices_in_stages),
		TEST(devices_that_drivers_have_to_themselves_are_told),
		TEST(what_is_wrong_with_a_device_is_said_once),
		TEST(clock_starts_at_what_the_device_says),
		TEST(finisher_tells_success_from_failure),
		TEST(stdout_path_chooses_the_uart),
		TEST(interrupts_are_found),
		TEST(characters_are_sent),
		TEST(fifo_is_filled_when_it_is_empty),
		TEST(interrupts_are_those_that_are_wanted),
		TEST(input_that_nobody_wants_stays_in_the_uart),
		TEST(overrun_is_told),
		TEST(dead_uart_delays_only_once),
		TEST(input_comes_through_the_interrupt),
		TEST(one_interrupt_takes_a_bounded_burst),
		TEST(storm_of_interrupts_is_left_for_the_next_time),
		TEST(interrupt_that_its_handler_frees_is_completed),
		TEST(interrupt_whose_handler_leaves_it_to_a_guest_is_completed),
		TEST(an_interrupt_does_not_go_to_the_cpu_that_requests_it),
		TEST(kept_interrupt_is_completed_at_its_end),
		TEST(interrupts_beyond_the_plics_are_refused),
		TEST(uart_that_went_away_interrupts_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
