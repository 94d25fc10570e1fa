// SPDX-License-Identifier: Apache-2.0
/* The machine that guests find: QEMU's "virt" board. */
#include <lodge/board.h>

#define EM_AARCH64 183 /* ELF for the Arm 64-bit architecture */

static const struct vdev_config devices[] = {
	{ .name = "gic", .compatible = "lodge,gic", .base = { 0x08000000 }, .size = 0x10000 },
	{ .name = "uart0",
	  .compatible = "lodge,uart",
	  .base = { 0x09000000 },
	  .size = 0x1000,
	  .irq = 33 },
	{ .name = "rtc",
	  .compatible = "lodge,rtc",
	  .base = { 0x09010000 },
	  .size = 0x1000,
	  .irq = 34 },
	{ .name = "gpio",
	  .compatible = "lodge,pl061",
	  .base = { 0x09030000 },
	  .size = 0x1000,
	  .irq = 39 },
};

/* Where that board has nothing. */
static const struct vdev_config watchdog = {
	.name = "watchdog",
	.compatible = "lodge,sp805",
	.base = { 0x090c0000 },
	.size = 0x1000,
	.irq = 42,
};

/* Firmware of that board looks for these, where the devicetree that it is given names them. */
static const struct memory_range probed[] = {
	{ 0x09020000, 0x18 },	      /* fw_cfg */
	{ 0x3f000000, 0x01000000 },   /* configuration space of PCI: all ones is no device */
	{ 0x4010000000, 0x10000000 }, /* the same, for more buses */
};

/* The generic timer's frames, of which the host may use one. */
static const char *const host_parts[] = { "arm,armv7-timer-mem", NULL };

const struct guest_board arch_guest_board = {
	.ram_base = 0x40000000,
	.kernel_offset = 0x200000,
	.elf_machine = EM_AARCH64,
	.pe_machine = 0xaa64, /* PE format, Machine Types */
	.devices = devices,
	.nr_devices = ARRAY_SIZE(devices),
	.fdt_at_base = true,
	.watchdog = &watchdog,
	.uart = "lodge,pl011",
	.rtc = "lodge,pl031",
	.probed_memory = probed,
	.nr_probed_memory = ARRAY_SIZE(probed),
	.info_page = 0x090a0000, /* that board has it there, too */
	.slots = { .base = 0x0a000000, .size = 0x200, .count = 32 },
	.host_paths = true,
	.host_parts = host_parts,
};
