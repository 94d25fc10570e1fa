// SPDX-License-Identifier: Apache-2.0
/*
 * The machine as a devicetree, which is the only description of it that the rest of Lodge
 * knows: by published bindings where there are some, and by own ones, whose names begin
 * with "lodge,", for what only ACPI has.
 */
#include "platform.h"
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/string.h>

#define IOAPIC_SIZE  0x1000u
#define HPET_SIZE    0x400u
#define ECAM_PER_BUS MIB(1)

/* The first cell of an address on an ISA bus (IEEE 1275, ISA binding): I/O space. */
#define ISA_IO 1u

/* Interrupts of legacy devices, by the numbers that PCs have always given them. */
#define COM1_PORT  0x3f8u
#define COM1_IRQ   4u
#define COM1_CLOCK 1843200u
#define COM1_BAUD  115200u
#define CMOS_PORT  0x70u

/* How an input senses (intel,ce4100-ioapic). */
#define SENSE_EDGE_RISING  0u
#define SENSE_LEVEL_LOW	   1u
#define SENSE_LEVEL_HIGH   2u
#define SENSE_EDGE_FALLING 3u

static u32 override_sense(const struct boot_override *o)
{
	bool low = (o->flags & MADT_POLARITY) == MADT_POLARITY_LOW;

	/* What conforms to the bus is as on ISA. */
	if ((o->flags & MADT_TRIGGER) == MADT_TRIGGER_LEVEL)
		return low ? SENSE_LEVEL_LOW : SENSE_LEVEL_HIGH;
	return low ? SENSE_EDGE_FALLING : SENSE_EDGE_RISING;
}

/* Which input legacy interrupt @irq is at, and how it senses. */
static void isa_interrupt(const struct boot_platform *p, u32 irq, u32 cells[2])
{
	unsigned int i;

	cells[0] = irq;
	cells[1] = SENSE_EDGE_RISING;
	for (i = 0; i < p->nr_overrides; i++)
		if (p->override[i].irq == irq) {
			cells[0] = p->override[i].gsi;
			cells[1] = override_sense(&p->override[i]);
		}
}

static void write_chosen(struct fdt_writer *w, const struct boot_info *info, const u8 *seed,
			 u32 seed_len)
{
	fdtw_node(w, "chosen");
	fdtw_string(w, "bootargs", info->cmdline);
	fdtw_string(w, "stdout-path", "/isa/serial@i3f8");
	if (seed_len)
		fdtw_prop(w, "rng-seed", seed, seed_len);
	fdtw_end_node(w);
}

static void write_cpus(struct fdt_writer *w, const struct boot_platform *p)
{
	unsigned int i;

	fdtw_node(w, "cpus");
	fdtw_u32(w, "#address-cells", 1);
	fdtw_u32(w, "#size-cells", 0);
	for (i = 0; i < p->nr_cpus; i++) {
		fdtw_nodef(w, "cpu@%x", p->cpu[i]);
		fdtw_string(w, "device_type", "cpu");
		fdtw_u32(w, "reg", p->cpu[i]);
		fdtw_end_node(w);
	}
	fdtw_end_node(w);
}

static void write_memory(struct fdt_writer *w, const struct boot_info *info, u64 trampoline)
{
	unsigned int i;

	for (i = 0; i < info->nr_ranges; i++) {
		fdtw_nodef(w, "memory@%lx", info->range[i].start);
		fdtw_string(w, "device_type", "memory");
		fdtw_reg(w, info->range[i].start, info->range[i].size);
		fdtw_end_node(w);
	}
	if (!trampoline)
		return;
	fdtw_node(w, "reserved-memory");
	fdtw_u32(w, "#address-cells", 2);
	fdtw_u32(w, "#size-cells", 2);
	fdtw_empty(w, "ranges");
	fdtw_nodef(w, "trampoline@%lx", trampoline);
	fdtw_string(w, "compatible", "lodge,trampoline");
	fdtw_reg(w, trampoline, PAGE_SIZE);
	fdtw_end_node(w);
	fdtw_end_node(w);
}

/* All I/O APICs together are one controller, whose inputs are ACPI's global numbers. */
static u32 write_ioapics(struct fdt_writer *w, const struct boot_platform *p)
{
	u32 reg[4 * BOOT_MAX_IOAPICS], base[BOOT_MAX_IOAPICS];
	unsigned int i;
	u32 phandle;

	for (i = 0; i < p->nr_ioapics; i++) {
		memcpy(&reg[4 * i], (u32[4]){ 0, p->ioapic[i].addr, 0, IOAPIC_SIZE }, 16);
		base[i] = p->ioapic[i].gsi_base;
	}
	fdtw_nodef(w, "interrupt-controller@%x", p->ioapic[0].addr);
	fdtw_string(w, "compatible", "intel,ce4100-ioapic");
	fdtw_empty(w, "interrupt-controller");
	fdtw_u32(w, "#interrupt-cells", 2);
	fdtw_cells(w, "reg", reg, 4 * p->nr_ioapics);
	fdtw_cells(w, "lodge,first-input", base, p->nr_ioapics);
	phandle = fdtw_phandle(w);
	fdtw_end_node(w);
	return phandle;
}

static void write_isa(struct fdt_writer *w, const struct boot_platform *p, u32 phandle)
{
	u32 irq[2];

	fdtw_node(w, "isa");
	fdtw_string(w, "compatible", "isa");
	fdtw_u32(w, "#address-cells", 2);
	fdtw_u32(w, "#size-cells", 1);
	if (phandle)
		fdtw_u32(w, "interrupt-parent", phandle);

	fdtw_nodef(w, "serial@i%x", COM1_PORT);
	fdtw_string(w, "compatible", "ns16550a");
	fdtw_cells(w, "reg", (u32[]){ ISA_IO, COM1_PORT, 8 }, 3);
	fdtw_u32(w, "clock-frequency", COM1_CLOCK);
	fdtw_u32(w, "current-speed", COM1_BAUD);
	if (phandle) {
		isa_interrupt(p, COM1_IRQ, irq);
		fdtw_cells(w, "interrupts", irq, 2);
	}
	fdtw_end_node(w);

	if (!p->no_cmos_rtc) {
		fdtw_nodef(w, "rtc@i%x", CMOS_PORT);
		fdtw_string(w, "compatible", "motorola,mc146818");
		fdtw_cells(w, "reg", (u32[]){ ISA_IO, CMOS_PORT, 2 }, 3);
		fdtw_end_node(w);
	}
	fdtw_end_node(w);
}

static void write_pci(struct fdt_writer *w, const struct boot_ecam *e)
{
	u64 buses = (u64)(e->bus_last - e->bus_first) + 1;

	fdtw_nodef(w, "pcie@%lx", e->base);
	fdtw_string(w, "compatible", "pci-host-ecam-generic");
	fdtw_string(w, "device_type", "pci");
	/* The window begins with the first bus, while the table gives where bus 0 would be. */
	fdtw_reg(w, e->base + e->bus_first * ECAM_PER_BUS, buses * ECAM_PER_BUS);
	fdtw_cells(w, "bus-range", (u32[]){ e->bus_first, e->bus_last }, 2);
	fdtw_u32(w, "linux,pci-domain", e->segment);
	fdtw_end_node(w);
}

static void write_power(struct fdt_writer *w, const struct boot_power *p)
{
	fdtw_node(w, "power");
	fdtw_string(w, "compatible", "lodge,acpi-power");
	if (p->pm1a.port && p->has_s5) {
		fdtw_cells(w, "pm1-control", (u32[]){ p->pm1a.port, p->pm1b.port }, 2);
		fdtw_cells(w, "soft-off", (u32[]){ p->slp_typ[0], p->slp_typ[1] }, 2);
	}
	if (p->smi_cmd && p->acpi_enable)
		fdtw_cells(w, "acpi-enable", (u32[]){ p->smi_cmd, p->acpi_enable }, 2);
	if (p->has_reset) {
		fdtw_cells(w, "reset",
			   (u32[]){ p->reset_space, (u32)(p->reset_addr >> 32), (u32)p->reset_addr,
				    p->reset_value },
			   4);
	}
	fdtw_end_node(w);
	if (p->pm_timer.port && p->pm_timer.bytes == 4) {
		fdtw_node(w, "pm-timer");
		fdtw_string(w, "compatible", "lodge,acpi-pm-timer");
		fdtw_u32(w, "port", p->pm_timer.port);
		fdtw_u32(w, "bits", p->pm_timer_32bit ? 32 : 24);
		fdtw_end_node(w);
	}
}

int host_fdt_write(void *buf, size_t size, const struct boot_info *info,
		   const struct boot_platform *p, u64 trampoline, const u8 *seed, u32 seed_len)
{
	static struct fdt_writer w;
	unsigned int i;
	u32 phandle = 0;

	fdtw_begin(&w, buf, size);
	fdtw_node(&w, "");
	fdtw_string(&w, "compatible", "lodge,pc");
	fdtw_u32(&w, "#address-cells", 2);
	fdtw_u32(&w, "#size-cells", 2);
	write_chosen(&w, info, seed, seed_len);
	write_cpus(&w, p);
	write_memory(&w, info, trampoline);
	if (p->nr_ioapics)
		phandle = write_ioapics(&w, p);
	write_isa(&w, p, phandle);
	for (i = 0; i < p->nr_ecams; i++)
		write_pci(&w, &p->ecam[i]);
	write_power(&w, &p->power);
	if (p->hpet) {
		fdtw_nodef(&w, "timer@%lx", p->hpet);
		fdtw_string(&w, "compatible", "intel,ce4100-hpet");
		fdtw_reg(&w, p->hpet, HPET_SIZE);
		fdtw_end_node(&w);
	}
	fdtw_end_node(&w);
	return fdtw_finish(&w);
}
