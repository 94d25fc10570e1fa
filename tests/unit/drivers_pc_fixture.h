/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DRIVERS_PC_FIXTURE_H
#define DRIVERS_PC_FIXTURE_H

/* A PC: its registers in I/O ports and in memory, two I/O APICs, and the tree that tells of them. */
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

#endif
