// SPDX-License-Identifier: Apache-2.0
/* The machine that guests find: a PC without firmware, told by hardware-reduced ACPI tables. */
#include "boot/boot.h"
#include <lodge/board.h>
#include <lodge/wdat_regs.h>
#include <asm/vpower.h>

#define EM_X86_64 62 /* System V ABI, AMD64 supplement */

static const struct vdev_config devices[] = {
	{ .name = "lapic", .compatible = "lodge,lapic", .base = { 0xfee00000 }, .size = 0x1000 },
	{ .name = "ioapic", .compatible = "lodge,ioapic", .base = { 0xfec00000 }, .size = 0x1000 },
	{ .name = "uart0",
	  .compatible = "lodge,ns16550",
	  .space = VDEV_PORTS,
	  .base = { 0x3f8 },
	  .size = 8,
	  .irq = 4 },
	{ .name = "rtc",
	  .compatible = "lodge,cmos",
	  .space = VDEV_PORTS,
	  .base = { 0x70 },
	  .size = 2,
	  .irq = 8 },
	{ .name = "pit",
	  .compatible = "lodge,pit",
	  .space = VDEV_PORTS,
	  .base = { 0x40 },
	  .size = 0x22,
	  .irq = 2 },
	{ .name = "power",
	  .compatible = "lodge,acpi-power",
	  .space = VDEV_PORTS,
	  .base = { ACPI_POWER_PORTS },
	  .size = ACPI_POWER_NR_PORTS,
	  .irq = 9 },
	{ .name = "fw-cfg",
	  .compatible = "lodge,fw-cfg",
	  .space = VDEV_PORTS,
	  .base = { 0x510 },
	  .size = 2 },
	{ .name = "reset",
	  .compatible = "lodge,reset-control",
	  .space = VDEV_PORTS,
	  .base = { RESET_CONTROL },
	  .size = 1 },
};

/* Where nothing is looked for, as ACPI's tables tell where it is. */
static const struct vdev_config watchdog = {
	.name = "watchdog",
	.compatible = "lodge,wdat",
	.space = VDEV_PORTS,
	.base = { 0x620 },
	.size = WDAT_SIZE,
};

/* Where software of PCs looks for what this one does not have, or only wants to lose time. */
static const struct port_range probed[] = {
	{ 0x0000, 0x001f }, /* DMA controller */
	{ 0x0020, 0x0021 }, /* 8259 */
	{ 0x0064, 0x0064 }, /* keyboard controller */
	{ 0x0080, 0x009f }, /* DMA pages, POST codes, A20 */
	{ 0x00a0, 0x00a1 }, /* the other 8259 */
	{ 0x00c0, 0x00df }, /* the other DMA controller */
	{ 0x00f0, 0x00f1 }, /* coprocessor errors */
	{ 0x02e8, 0x02ef }, /* COM4 */
	{ 0x02f8, 0x02ff }, /* COM2 */
	{ 0x03b0, 0x03df }, /* VGA */
	{ 0x03e8, 0x03ef }, /* COM3 */
	{ 0x04d0, 0x04d1 }, /* edge or level of the 8259s */
	{ 0x0cf8, 0x0cff }, /* PCI configuration */
};

const struct guest_board arch_guest_board = {
	.ram_base = 0,
	.kernel_offset = 0x10000,
	.hole_start = HOLE_START,
	.hole_end = HOLE_END,
	.elf_machine = EM_X86_64,
	.pe_machine = 0x8664, /* PE format, Machine Types */
	.devices = devices,
	.nr_devices = ARRAY_SIZE(devices),
	.watchdog = &watchdog,
	.uart = "lodge,ns16550",
	.rtc = "lodge,cmos",
	.nr_ports = 0x10000,
	.acpi = true,
	.probed = probed,
	.nr_probed = ARRAY_SIZE(probed),
};
