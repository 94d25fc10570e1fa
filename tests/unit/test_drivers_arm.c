// SPDX-License-Identifier: Apache-2.0
/* links: kernel/driver.c lib/fdt_irq.c drivers/uart/uart.c drivers/uart/stdout.c */
/* links: drivers/rtc/pl031.c drivers/rtc/wallclock.c kernel/irq.c */
/* links: lib/fdt.c lib/fdt_check.c lib/fdt_prop.c lib/fdt_write.c */
/* libs: -Wl,-T,$(here)/drivers.lds */
/* PL011 and PL031 behind an interrupt controller whose specifiers are not plain numbers. */
#include "../../drivers/uart/pl011.c"
#include "console_stub.h"
#include <asm/io.h>
#include <lodge/console.h>
#include <lodge/driver.h>
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/hostmap.h>
#include <lodge/irq.h>
#include <lodge/time.h>
#include <lodge/wallclock.h>
#include <shim.h>

#define UART_BASE  0x09000000ul
#define RTC_BASE   0x09010000ul
#define SBSA_BASE  0x0a000000ul
#define PH_GIC	   0x8002
#define PH_CLOCK   0x8000
#define PH_UNKNOWN 0x8003
#define UART_IRQ   33

#define LCR_8F 0x70
#define INT_IN 0x50 /* receive and receive timeout */

/* ---- registers ---- */

static struct {
	u32 ibrd, fbrd, lcr_h, cr, imsc, icr;
	u32 fr; /* but for what @input tells */
	u32 polls_busy;
	const u16 *input;
	unsigned int nr_input;
	char output[16];
	unsigned int nr_output;
	unsigned int fr_reads, setups;
} hw;

static u64 uart_load(u64 off)
{
	switch (off) {
	case 0x00:
		assert_true(hw.nr_input);
		hw.nr_input--;
		return *hw.input++;
	case 0x18:
		hw.fr_reads++;
		if (hw.polls_busy)
			hw.polls_busy--;
		return hw.fr | (hw.polls_busy ? FR_BUSY : 0) | (hw.nr_input ? 0 : FR_RXFE);
	case 0x24:
		return hw.ibrd;
	case 0x2c:
		return hw.lcr_h;
	case 0x30:
		return hw.cr;
	}
	fail_msg("register %lx", off);
	return 0;
}

static void uart_store(u64 off, u32 v)
{
	switch (off) {
	case 0x00:
		hw.output[hw.nr_output++ % sizeof(hw.output)] = (char)v;
		break;
	case 0x24:
		hw.ibrd = v;
		break;
	case 0x28:
		hw.fbrd = v;
		break;
	case 0x2c:
		/* Not while it is on, or still sends. */
		assert_int_equal(hw.cr & 1, 0);
		assert_int_equal(hw.polls_busy, 0);
		hw.lcr_h = v;
		hw.setups++;
		break;
	case 0x30:
		hw.cr = v;
		break;
	case 0x38:
		hw.imsc = v;
		break;
	case 0x44:
		hw.icr |= v;
		break;
	default:
		fail_msg("register %lx", off);
	}
}

/* An SBSA UART has neither divisor nor control. */
static u64 uart_offset(u64 addr)
{
	if (addr < SBSA_BASE)
		return addr - UART_BASE;
	assert_false(addr - SBSA_BASE >= 0x24 && addr - SBSA_BASE <= 0x30);
	return addr - SBSA_BASE;
}

static u64 hw_read(const volatile void *p, unsigned int width)
{
	u64 a = (u64)p;

	assert_int_equal(width, 4);
	if (a == RTC_BASE)
		return 0x6ab13f80;
	return uart_load(uart_offset(a));
}

static void hw_write(volatile void *p, unsigned int width, u64 v)
{
	assert_int_equal(width, 4);
	uart_store(uart_offset((u64)p), (u32)v);
}

static const struct shim_io hw_io = { hw_read, hw_write };

/* ---- the host's services ---- */

static u32 enabled[4];
static unsigned int nr_enabled;

void *host_ioremap(u64 pa, u64 size)
{
	return (void *)pa;
}

u64 time_now(void)
{
	return 0;
}

u64 time_hz(void)
{
	return 62500000;
}

/* ---- an interrupt controller with three cells: kind, number, flags ---- */

static int gic_enable(struct irqchip *c, u32 irq)
{
	enabled[nr_enabled++ % 4] = irq;
	return 0;
}

static void gic_disable(struct irqchip *c, u32 irq)
{
	nr_enabled--;
}

static int gic_xlate(const struct irqchip *c, const u32 *cells, unsigned int n, u32 *irq)
{
	if (n != 3 || cells[0] > 1 || cells[2] != 4)
		return -EINVAL;
	*irq = cells[1] + (cells[0] ? 16 : 32);
	return 0;
}

static struct irqchip gic = {
	.name = "gic",
	.phandle = PH_GIC,
	.nr_irqs = 1020,
	.enable = gic_enable,
	.disable = gic_disable,
	.xlate = gic_xlate,
};

/* ---- the tree ---- */

static u8 trees[2][4096];
static u8 *tree = trees[0];

static void irq_cells(struct fdt_writer *w, u32 kind, u32 number, u32 flags)
{
	fdtw_cells(w, "interrupts", (const u32[]){ kind, number, flags }, 3);
}

static void write_controller(struct fdt_writer *w, const char *name, u32 phandle, u32 cells)
{
	fdtw_node(w, name);
	fdtw_u32(w, "phandle", phandle);
	fdtw_u32(w, "#interrupt-cells", cells);
	fdtw_end_node(w);
}

static void write_devices(struct fdt_writer *w, bool sbsa)
{
	const u32 ppi[] = { PH_GIC, 1, 11, 4, PH_UNKNOWN, 1, 2, 3, 4, 5 };

	fdtw_nodef(w, "pl011@%lx", sbsa ? SBSA_BASE : UART_BASE);
	fdtw_prop(w, "compatible", sbsa ? "arm,sbsa-uart" : "arm,pl011\0arm,primecell",
		  sbsa ? sizeof("arm,sbsa-uart") : sizeof("arm,pl011\0arm,primecell"));
	fdtw_reg(w, sbsa ? SBSA_BASE : UART_BASE, 0x1000);
	irq_cells(w, 0, 1, 4);
	fdtw_cells(w, "clocks", (const u32[]){ PH_CLOCK, PH_CLOCK }, 2);
	fdtw_end_node(w);
	fdtw_nodef(w, "pl031@%lx", RTC_BASE);
	fdtw_string(w, "compatible", "arm,pl031");
	fdtw_reg(w, RTC_BASE, 0x1000);
	irq_cells(w, 0, 2, 3);
	fdtw_end_node(w);
	fdtw_node(w, "timer");
	fdtw_cells(w, "interrupts-extended", ppi, ARRAY_SIZE(ppi));
	fdtw_end_node(w);
	fdtw_node(w, "apb-pclk");
	fdtw_u32(w, "phandle", PH_CLOCK);
	fdtw_u32(w, "clock-frequency", 24000000);
	fdtw_end_node(w);
	write_controller(w, "intc", PH_GIC, 3);
	write_controller(w, "strange", PH_UNKNOWN, 5);
}

static void write_tree(bool sbsa)
{
	struct fdt_writer w;

	fdtw_begin(&w, tree, sizeof(trees[0]));
	fdtw_node(&w, "");
	fdtw_u32(&w, "#address-cells", 2);
	fdtw_u32(&w, "#size-cells", 2);
	fdtw_u32(&w, "interrupt-parent", PH_GIC);
	write_devices(&w, sbsa);
	fdtw_end_node(&w);
	assert_true(fdtw_finish(&w) > 0);
	assert_int_equal(fdt_check(tree, sizeof(trees[0])), 0);
}

static int node_irq(const char *path, unsigned int n, u32 *irq)
{
	return driver_irq(tree, fdt_find_path(tree, path), n, irq);
}

/* ---- tests; the machine is probed once, by the second ---- */

static int setup(void **state)
{
	shim_io = &hw_io;
	hw.fr = 0;
	hw.nr_input = hw.nr_output = hw.fr_reads = 0;
	nr_typed = 0;
	typed[0] = 0;
	return 0;
}

static void without_a_controller_nothing_has_an_interrupt(void **state)
{
	u32 irq;

	write_tree(false);
	assert_int_equal(node_irq("/pl011@9000000", 0, &irq), -ENODEV);
	assert_int_equal(irq_request(UART_IRQ, NULL, NULL, "nobody"), -ENODEV);
	irq_free(UART_IRQ);
	assert_int_equal(irqchip_register(&gic), 0);
	assert_int_equal(irqchip_register(&gic), -ENODEV);
}

static void the_controller_says_what_a_specifier_means(void **state)
{
	u32 irq = 0;

	assert_int_equal(node_irq("/pl011@9000000", 0, &irq), 0);
	assert_int_equal(irq, UART_IRQ);
	assert_int_equal(node_irq("/timer", 0, &irq), 0);
	assert_int_equal(irq, 27);
	assert_int_equal(node_irq("/pl031@9010000", 0, &irq), -EINVAL); /* its own judgement */
	assert_int_equal(node_irq("/timer", 1, &irq), -EINVAL);		/* more than anybody has */
	assert_int_equal(node_irq("/timer", 2, &irq), -ENOENT);
}

static void uart_that_the_firmware_left_off_is_turned_on(void **state)
{
	static const u16 early[] = { 'x' };

	write_tree(false);
	hw.imsc = 0x7ff;
	hw.input = early;
	hw.nr_input = 1;
	hw.polls_busy = 5;
	assert_int_equal(driver_probe_stage(tree, DRIVER_CONSOLE), 1);
	assert_string_equal(console->name, "pl011");
	assert_int_equal(hw.cr & CR_ON, CR_ON);
	assert_int_equal(hw.lcr_h, LCR_8F);
	/* 24 MHz / (16 * 115200) = 13 + 1/64 */
	assert_int_equal(hw.ibrd, 13);
	assert_int_equal(hw.fbrd, 1);
	assert_int_equal(hw.imsc, INT_IN);
	/* The receive interrupts are not cleared: not all would come again. */
	assert_int_equal(hw.icr & INT_IN, 0);
	assert_int_equal(nr_enabled, 1);
	assert_int_equal(enabled[0], UART_IRQ);
	assert_string_equal(typed, "x"); /* that came before interrupts were on */
	assert_int_equal(hw.setups, 1);
}

static void clock_starts_at_what_the_device_says(void **state)
{
	assert_int_equal(driver_probe_stage(tree, DRIVER_DEVICE), 1);
	assert_true(wallclock_ns() == 0x6ab13f80 * 1000000000ull);
}

static void characters_are_sent_when_there_is_room(void **state)
{
	console->putc(console, 'h');
	console->putc(console, 'i');
	assert_int_equal(hw.nr_output, 2);
	assert_memory_equal(hw.output, "hi", 2);
	hw.fr = FR_TXFF;
	hw.fr_reads = 0;
	console->putc(console, 'x');
	assert_in_range(hw.fr_reads, 1000, 2000000);
	assert_int_equal(hw.nr_output, 2);
}

static void fifo_is_filled_as_long_as_it_has_room(void **state)
{
	assert_int_equal(console->send(console, (const u8 *)"hi", 2), 2);
	assert_memory_equal(hw.output, "hi", 2);
	hw.fr = FR_TXFF;
	assert_int_equal(console->send(console, (const u8 *)"x", 1), 0);
	assert_int_equal(hw.nr_output, 2);
}

static void interrupts_are_those_that_are_wanted(void **state)
{
	console->tx_irq(console, true);
	assert_int_equal(hw.imsc, INT_IN | INT_TX);
	tx_calls = 0;
	irq_dispatch(UART_IRQ);
	assert_int_equal(tx_calls, 1);
	console->tx_irq(console, false);
	assert_int_equal(hw.imsc, INT_IN);
}

static void input_that_nobody_wants_stays_in_the_uart(void **state)
{
	static const u16 bytes[] = { 'a', 'b' };

	hw.input = bytes;
	hw.nr_input = 2;
	hw.cr = 0xf01;
	wants_input = false;
	irq_dispatch(UART_IRQ);
	assert_int_equal(hw.nr_input, 2);
	assert_int_equal(hw.imsc, 0);
	assert_int_equal(hw.cr, 0x701); /* RTS */
	wants_input = true;
	console->rx_irq(console, true);
	assert_int_equal(hw.imsc, INT_IN);
	assert_int_equal(hw.cr, 0xf01);
	irq_dispatch(UART_IRQ);
	assert_string_equal(typed, "ab");
}

static void overrun_is_told(void **state)
{
	static const u16 bytes[] = { 'a', 0x800 | 'b' };

	hw.input = bytes;
	hw.nr_input = 2;
	lost_input = 0;
	irq_dispatch(UART_IRQ);
	assert_int_equal(lost_input, 1);
	irq_dispatch(UART_IRQ);
	assert_int_equal(lost_input, 1);
}

static void input_comes_through_the_interrupt(void **state)
{
	/* With a parity error, which nobody can mend; a break is no character. */
	static const u16 bytes[] = { 'a', 0x200 | 'b', 0x500, 'c' };

	hw.input = bytes;
	hw.nr_input = ARRAY_SIZE(bytes);
	irq_dispatch(UART_IRQ);
	assert_string_equal(typed, "abc");
	assert_int_equal(hw.nr_input, 0);
}

static void nothing(void *arg)
{
}

static void the_last_interrupt_of_the_controller_can_be_had(void **state)
{
	assert_int_equal(irq_request(1020, nothing, NULL, "none"), -EINVAL);
	assert_int_equal(irq_request(1019, nothing, NULL, "last"), 0);
	irq_free(1019);
	irq_free(1020);
	irq_dispatch(1020);
	assert_int_equal(nr_enabled, 1);
}

static void uart_that_went_away_interrupts_no_more(void **state)
{
	hw.fr = ~0u;
	irq_dispatch(UART_IRQ);
	assert_int_equal(nr_enabled, 0);
}

/* Another machine of the same kind. */
static void probe_again(bool sbsa)
{
	tree = tree == trees[0] ? trees[1] : trees[0];
	write_tree(sbsa);
	pl011.regs = NULL;
	hw.setups = 0;
	hw.imsc = 0;
	assert_int_equal(driver_probe_stage(tree, DRIVER_CONSOLE), 1);
	assert_int_equal(hw.setups, 0);
	assert_int_equal(hw.imsc, INT_IN);
	irq_free(UART_IRQ);
}

static void uart_that_the_firmware_set_up_is_left_as_it_is(void **state)
{
	hw.cr = CR_ON;
	hw.lcr_h = LCR_8F;
	hw.ibrd = 26;
	probe_again(false);
	assert_int_equal(hw.cr, CR_ON);
	assert_int_equal(hw.ibrd, 26);
}

static void generic_uart_has_nothing_to_set_up(void **state)
{
	hw.cr = 0;
	probe_again(true);
	assert_int_equal(hw.cr, 0);
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_a_controller_nothing_has_an_interrupt),
		TEST(the_controller_says_what_a_specifier_means),
		TEST(uart_that_the_firmware_left_off_is_turned_on),
		TEST(clock_starts_at_what_the_device_says),
		TEST(characters_are_sent_when_there_is_room),
		TEST(fifo_is_filled_as_long_as_it_has_room),
		TEST(interrupts_are_those_that_are_wanted),
		TEST(input_that_nobody_wants_stays_in_the_uart),
		TEST(overrun_is_told),
		TEST(input_comes_through_the_interrupt),
		TEST(the_last_interrupt_of_the_controller_can_be_had),
		TEST(uart_that_went_away_interrupts_no_more),
		TEST(uart_that_the_firmware_set_up_is_left_as_it_is),
		TEST(generic_uart_has_nothing_to_set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
