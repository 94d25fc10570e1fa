// SPDX-License-Identifier: Apache-2.0
/* links: kernel/driver.c lib/fdt_irq.c drivers/port.c drivers/uart/uart.c drivers/uart/stdout.c kernel/irq.c */
/* links: lib/fdt.c lib/fdt_check.c lib/fdt_prop.c lib/fdt_write.c lib/date.c */
/* flags: -DCONFIG_HAS_IOPORT=1 -DCONFIG_NR_CPUS=4 -I$(root)/arch/x86_64/include */
/* libs: -Wl,-T,$(here)/drivers.lds */
/* Devices of PCs: UART, clock and power registers in I/O ports. */
#include "drivers_pc_fixture.h"

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
	/* Others by which a PC can be reset. */
	assert_string_equal(ioport_owner(0x64, 1), "acpi-power");
	assert_string_equal(ioport_owner(0x92, 1), "acpi-power");
	assert_string_equal(ioport_owner(0xcfc, 4), "acpi-power");
	assert_null(ioport_owner(0x60, 4));
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_port_is_one_on_an_isa_bus, setup),
		cmocka_unit_test_setup(the_uart_speaks_by_ports, setup),
		cmocka_unit_test_setup(the_clock_is_read_however_it_is_set, setup),
		cmocka_unit_test_setup(soft_off_goes_through_both_registers, setup),
		cmocka_unit_test_setup(failures_go_through_the_debug_exit, setup),
		cmocka_unit_test_setup(a_machine_without_registers_stays_on, setup),
		cmocka_unit_test_setup(ports_of_the_host_are_its_own, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
