// SPDX-License-Identifier: Apache-2.0
/* links: kernel/driver.c lib/fdt_irq.c drivers/port.c drivers/uart/uart.c drivers/uart/stdout.c kernel/irq.c */
/* links: lib/fdt.c lib/fdt_check.c lib/fdt_prop.c lib/fdt_write.c lib/date.c */
/* flags: -DCONFIG_HAS_IOPORT=1 -DCONFIG_NR_CPUS=4 -I$(root)/arch/x86_64/include */
/* libs: -Wl,-T,$(here)/drivers.lds */
/* Devices of PCs: UART, clock and power registers in I/O ports, I/O APICs and messages. */
#include "../../drivers/irqchip/ioapic.c"
#include "../../drivers/power/acpi_power.c"
#include "../../drivers/rtc/mc146818.c"
#include "../../drivers/uart/ns16550.c"
#include "../../kernel/ioport.c"
#include "console_stub.h"
#include <asm/io.h>
#include <lodge/console.h>
#include <lodge/hostmap.h>
#include <shim.h>

#define IOAPIC0 0xfec00000ul
#define IOAPIC1 0xfec01000ul

u64 time_now(void)
{
	return 0;
}

/* ---- registers ---- */

static struct {
	u8 cmos[128], cmos_index;
	unsigned int updating; /* reads of register A until the update ends */
	char output[64];
	unsigned int nr_output;
	u8 uart[8];
	u16 pm1a, pm1b;
	bool needs_enable;
	int debug_exit;
	u8 reset;
	u32 redir[2][48], select[2];
	unsigned int eois;
	u32 vector;
} hw;

u64 shim_port_read(u16 port, unsigned int width)
{
	switch (port) {
	case 0x71:
		assert_int_equal(width, 1);
		if (hw.cmos_index == 0x0a && hw.updating)
			return hw.updating-- ? 0x80 : 0;
		return hw.cmos[hw.cmos_index];
	case 0x3f8 ... 0x3ff:
		assert_int_equal(width, 1);
		return port == 0x3fd ? 0x60 : hw.uart[port - 0x3f8];
	case 0x604:
		return hw.pm1a;
	case 0x704:
		return hw.pm1b;
	}
	fail_msg("nothing is at port %x", port);
	return 0;
}

void shim_port_write(u16 port, unsigned int width, u64 v)
{
	switch (port) {
	case 0x70:
		hw.cmos_index = (u8)v & 0x7f;
		return;
	case 0x3f8 ... 0x3ff:
		assert_int_equal(width, 1);
		if (port == 0x3f8 && !(hw.uart[3] & 0x80))
			hw.output[hw.nr_output++] = (char)v;
		hw.uart[port - 0x3f8] = (u8)v;
		return;
	case 0xb2:
		if (v == 2)
			hw.pm1a |= 1;
		return;
	case 0x604:
		if (!hw.needs_enable || hw.pm1a & 1)
			hw.pm1a = (u16)v;
		return;
	case 0x704:
		hw.pm1b = (u16)v;
		return;
	case 0xf4:
		hw.debug_exit = (int)v * 2 + 1;
		return;
	case 0xcf9:
		hw.reset = (u8)v;
		return;
	}
	fail_msg("nothing is at port %x", port);
}

static u64 mmio_read(const volatile void *p, unsigned int width)
{
	u64 a = (u64)p;
	unsigned int i = a >= IOAPIC1;

	assert_int_equal(width, 4);
	assert_int_equal(a & 0xfff, 0x10);
	/* 24 inputs, and 8. */
	if (hw.select[i] == 1)
		return i ? 0x00070011 : 0x00170011;
	return hw.redir[i][hw.select[i] - 0x10];
}

static void mmio_write(volatile void *p, unsigned int width, u64 v)
{
	u64 a = (u64)p;
	unsigned int i = a >= IOAPIC1;

	assert_int_equal(width, 4);
	if ((a & 0xfff) == 0)
		hw.select[i] = (u32)v;
	else
		hw.redir[i][hw.select[i] - 0x10] = (u32)v;
}

static const struct shim_io io = { mmio_read, mmio_write };

/* ---- the host's services ---- */

static struct cpu cpu = { .self_hwid = 5 }, another = { .id = 1, .self_hwid = 6 };
static struct power_driver *power;
static const char *debug_exit_arg;
static u64 clock_ns;

void *host_ioremap(u64 pa, u64 size)
{
	return (void *)pa;
}

struct cpu *cpu_get(unsigned int id)
{
	return id ? &another : &cpu;
}

void power_driver_register(struct power_driver *d)
{
	power = d;
}

const char *host_bootarg(const char *name, char *buf, size_t size)
{
	assert_string_equal(name, "lodge.debug-exit");
	return debug_exit_arg;
}

void wallclock_set(u64 ns)
{
	clock_ns = ns;
}

u32 apic_vector(void)
{
	return hw.vector;
}

void apic_eoi(void)
{
	hw.eois++;
}

/* The last that was sent. */
static struct {
	u32 id, mode;
	u8 vector;
	unsigned int n;
} ipi;

void apic_send(u32 id, u32 mode, u8 vector)
{
	ipi.id = id;
	ipi.mode = mode;
	ipi.vector = vector;
	ipi.n++;
}

/* ---- the tree ---- */

static u64 tree[1024];

static void isa_device(struct fdt_writer *w, const char *name, const char *compatible, u32 port,
		       u32 size)
{
	fdtw_node(w, name);
	fdtw_string(w, "compatible", compatible);
	fdtw_cells(w, "reg", (u32[]){ 1, port, size }, 3);
}

static void make_tree(void)
{
	static struct fdt_writer w;
	u32 phandle;

	fdtw_begin(&w, tree, sizeof(tree));
	fdtw_node(&w, "");
	fdtw_u32(&w, "#address-cells", 2);
	fdtw_u32(&w, "#size-cells", 2);
	fdtw_node(&w, "interrupt-controller@fec00000");
	fdtw_string(&w, "compatible", "intel,ce4100-ioapic");
	fdtw_u32(&w, "#interrupt-cells", 2);
	fdtw_cells(&w, "reg", (u32[]){ 0, IOAPIC0, 0, 4096, 0, IOAPIC1, 0, 4096 }, 8);
	fdtw_cells(&w, "lodge,first-input", (u32[]){ 0, 24 }, 2);
	phandle = fdtw_phandle(&w);
	fdtw_end_node(&w);
	fdtw_node(&w, "isa");
	fdtw_string(&w, "compatible", "isa");
	fdtw_u32(&w, "#address-cells", 2);
	fdtw_u32(&w, "#size-cells", 1);
	fdtw_u32(&w, "interrupt-parent", phandle);
	isa_device(&w, "serial@i3f8", "ns16550a", 0x3f8, 8);
	fdtw_cells(&w, "interrupts", (u32[]){ 4, 0 }, 2);
	fdtw_end_node(&w);
	isa_device(&w, "rtc@i70", "motorola,mc146818", 0x70, 2);
	fdtw_end_node(&w);
	isa_device(&w, "short@i80", "test,short", 0x80, 2);
	fdtw_end_node(&w);
	isa_device(&w, "high@ifff8", "test,high", 0xfff8, 9);
	fdtw_end_node(&w);
	fdtw_end_node(&w);
	fdtw_node(&w, "power");
	fdtw_string(&w, "compatible", "lodge,acpi-power");
	fdtw_cells(&w, "pm1-control", (u32[]){ 0x604, 0x704 }, 2);
	fdtw_cells(&w, "soft-off", (u32[]){ 5, 6 }, 2);
	fdtw_cells(&w, "acpi-enable", (u32[]){ 0xb2, 2 }, 2);
	fdtw_cells(&w, "reset", (u32[]){ 1, 0, 0xcf9, 6 }, 4);
	fdtw_end_node(&w);
	fdtw_end_node(&w);
	assert_true(fdtw_finish(&w) > 0);
}

static int setup(void **state)
{
	(void)state;
	shim_this_cpu = &cpu;
	shim_io = &io;
	memset(&hw, 0, sizeof(hw));
	debug_exit_arg = NULL;
	memset(&acpi, 0, sizeof(acpi));
	memset(&ipi, 0, sizeof(ipi));
	nr_claims = 0;
	make_tree();
	if (!apics.nr_ioapics)
		assert_int_equal(driver_probe_stage(tree, DRIVER_IRQCHIP), 2);
	return 0;
}

/* ---- tests ---- */

static void a_port_is_one_on_an_isa_bus(void **state)
{
	int node = fdt_find_path(tree, "/isa/short@i80");
	u16 port = 0;

	assert_int_equal(driver_port(tree, node, 0, 2, &port), 0);
	assert_int_equal(port, 0x80);
	assert_int_equal(driver_port(tree, node, 0, 3, &port), -ENOENT);
	assert_int_equal(driver_port(tree, node, 1, 1, &port), -ENOENT);
	assert_int_equal(driver_port(tree, node, ~0u / 3, 1, &port), -ENOENT);
	node = fdt_find_path(tree, "/isa/high@ifff8");
	assert_int_equal(driver_port(tree, node, 0, 1, &port), -ENOENT);
	node = fdt_find_path(tree, "/power");
	assert_int_equal(driver_port(tree, node, 0, 1, &port), -ENOENT);
}

static void the_uart_speaks_by_ports(void **state)
{
	assert_int_equal(driver_probe_stage(tree, DRIVER_CONSOLE), 1);
	/* 115200 baud are not asked for: the speed stays. */
	assert_int_equal(hw.uart[3], 3);
	console->putc(console, 'h');
	console->putc(console, 'i');
	assert_string_equal(hw.output, "hi");
	assert_int_equal(hw.uart[1], 1);
	assert_string_equal(ioport_owner(0x3ff, 1), "ns16550");
	assert_string_equal(ioport_owner(0x3f0, 9), "ns16550");
	assert_null(ioport_owner(0x3f0, 8));
	assert_null(ioport_owner(0x400, 0xfc00));
	/* Its input is unmasked, for this CPU: rising edge. */
	assert_int_equal(hw.redir[0][8], 0x30 + 4);
	assert_int_equal(hw.redir[0][9], 5u << 24);
}

static void ports_of_the_host_are_its_own(void **state)
{
	assert_null(ioport_owner(0, 0x10000));
	debug_exit_arg = "0xf4";
	acpi_power_probe(tree, fdt_find_path(tree, "/power"));
	assert_string_equal(ioport_owner(0x605, 1), "acpi-power");
	assert_string_equal(ioport_owner(0x705, 1), "acpi-power");
	assert_string_equal(ioport_owner(0xcf9, 1), "acpi-power");
	assert_string_equal(ioport_owner(0xb2, 1), "acpi-power");
	assert_string_equal(ioport_owner(0xf4, 1), "acpi-power");
	/* The clock is only read at boot. */
	assert_null(ioport_owner(0x70, 2));
}

static u64 time_of(u8 b, const u8 *t)
{
	static const u8 regs[] = { 0, 2, 4, 7, 8, 9 };
	unsigned int i;

	for (i = 0; i < 6; i++)
		hw.cmos[regs[i]] = t[i];
	hw.cmos[0x0b] = b;
	clock_ns = 0;
	driver_probe_stage(tree, DRIVER_DEVICE);
	return clock_ns / 1000000000;
}

static void the_clock_is_read_however_it_is_set(void **state)
{
	/* 2026-02-28 23:59:30, in BCD and in binary, with 24 and with 12 hours. */
	assert_int_equal(time_of(2, (u8[]){ 0x30, 0x59, 0x23, 0x28, 0x02, 0x26 }), 1772323170);
	assert_int_equal(time_of(6, (u8[]){ 30, 59, 23, 28, 2, 26 }), 1772323170);
	assert_int_equal(time_of(0, (u8[]){ 0x30, 0x59, 0x91, 0x28, 0x02, 0x26 }), 1772323170);
	assert_int_equal(time_of(4, (u8[]){ 30, 59, 0x8b, 28, 2, 26 }), 1772323170);
	/* Midnight and noon of 12 hours. */
	assert_int_equal(time_of(4, (u8[]){ 0, 0, 12, 1, 1, 26 }), 1767225600);
	assert_int_equal(time_of(4, (u8[]){ 0, 0, 0x8c, 1, 1, 26 }), 1767225600 + 43200);
	hw.updating = 3;
	assert_int_equal(time_of(6, (u8[]){ 0, 0, 0, 1, 1, 26 }), 1767225600);
	/* An empty battery. */
	assert_int_equal(time_of(6, (u8[]){ 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }), 0);
	assert_int_equal(time_of(6, (u8[]){ 0, 0, 0, 0, 0, 0 }), 0);
}

static void soft_off_goes_through_both_registers(void **state)
{
	hw.needs_enable = true;
	acpi_power_probe(tree, fdt_find_path(tree, "/power"));
	power->off(0);
	assert_int_equal(hw.pm1a, 1 | 5 << 10 | 1 << 13);
	assert_int_equal(hw.pm1b, 6 << 10 | 1 << 13);
	power->off(101);
	assert_int_equal(hw.debug_exit, 0);
	power->reset();
	assert_int_equal(hw.reset, 6);
}

static void failures_go_through_the_debug_exit(void **state)
{
	debug_exit_arg = "0xf4";
	acpi_power_probe(tree, fdt_find_path(tree, "/power"));
	power->off(101);
	assert_int_equal(hw.debug_exit, 101);
	power->off(1);
	assert_int_equal(hw.debug_exit, 1);
	hw.debug_exit = 0;
	power->off(0);
	assert_int_equal(hw.debug_exit, 0);
	debug_exit_arg = "0x10000";
	memset(&acpi, 0, sizeof(acpi));
	acpi_power_probe(tree, fdt_find_path(tree, "/power"));
	power->off(1);
	assert_int_equal(hw.debug_exit, 0);
}

static void a_machine_without_registers_stays_on(void **state)
{
	acpi_power_probe(tree, fdt_find_path(tree, "/isa"));
	power->off(0);
	power->reset();
	assert_int_equal(hw.pm1a | hw.reset, 0);
}

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
		cmocka_unit_test_setup(a_port_is_one_on_an_isa_bus, setup),
		cmocka_unit_test_setup(the_uart_speaks_by_ports, setup),
		cmocka_unit_test_setup(the_clock_is_read_however_it_is_set, setup),
		cmocka_unit_test_setup(soft_off_goes_through_both_registers, setup),
		cmocka_unit_test_setup(failures_go_through_the_debug_exit, setup),
		cmocka_unit_test_setup(a_machine_without_registers_stays_on, setup),
		cmocka_unit_test_setup(inputs_sense_as_the_tree_says, setup),
		cmocka_unit_test_setup(an_interrupt_is_handled_and_ended, setup),
		cmocka_unit_test_setup(messages_have_numbers_of_their_own, setup),
		cmocka_unit_test_setup(interrupts_do_not_go_to_the_cpu_that_requests_them, setup),
		cmocka_unit_test_setup(ports_of_the_host_are_its_own, setup),
		cmocka_unit_test_setup(a_kept_level_is_masked_until_its_end, setup),
		cmocka_unit_test_setup(a_kept_edge_that_comes_again_is_remembered, setup),
		cmocka_unit_test_setup(a_kept_one_that_is_off_does_not_come, setup),
		cmocka_unit_test_setup(a_kept_one_goes_where_it_is_routed, setup),
		cmocka_unit_test_setup(a_kept_one_may_be_a_driver_s_later, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
