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
};

const struct guest_board arch_guest_board = {
	.ram_base = 0x40000000,
	.kernel_offset = 0x200000,
	.elf_machine = EM_AARCH64,
	.devices = devices,
	.nr_devices = ARRAY_SIZE(devices),
	.fdt_at_base = true,
	.uart = "lodge,pl011",
	.rtc = "lodge,pl031",
};
