// SPDX-License-Identifier: Apache-2.0
/* The machine that guests find: QEMU's "virt" board. */
#include <lodge/board.h>

#define EM_RISCV 243 /* RISC-V ELF psABI */

static const struct vdev_config devices[] = {
	{ .name = "plic", .compatible = "lodge,plic", .base = { 0xc000000 }, .size = 0x600000 },
	{ .name = "uart0",
	  .compatible = "lodge,uart",
	  .base = { 0x10000000 },
	  .size = 0x100,
	  .irq = 10 },
	{ .name = "rtc",
	  .compatible = "lodge,rtc",
	  .base = { 0x101000 },
	  .size = 0x1000,
	  .irq = 11 },
	/* That board has none: as on SiFive's. */
	{ .name = "gpio",
	  .compatible = "lodge,sifive-gpio",
	  .base = { 0x10060000 },
	  .size = 0x1000,
	  .irq = 13 },
	{ .name = "test",
	  .compatible = "lodge,test-finisher",
	  .base = { 0x100000 },
	  .size = 0x1000 },
};

/* Where that board has nothing. */
static const struct vdev_config watchdog = {
	.name = "watchdog",
	.compatible = "lodge,sunxi-wdt",
	.base = { 0x102000 },
	.size = 0x1000,
	.irq = 12,
};

/* Firmware of that board looks for these, where the devicetree that it is given names them. */
static const struct memory_range probed[] = {
	{ 0x10100000, 0x18 },	    /* fw_cfg */
	{ 0x30000000, 0x10000000 }, /* configuration space of PCI: all ones is no device */
};

const struct guest_board arch_guest_board = {
	.ram_base = 0x80000000,
	.kernel_offset = 0x200000,
	.elf_machine = EM_RISCV,
	.pe_machine = 0x5064, /* PE format, Machine Types */
	.devices = devices,
	.nr_devices = ARRAY_SIZE(devices),
	.watchdog = &watchdog,
	.uart = "lodge,ns16550",
	.rtc = "lodge,goldfish-rtc",
	.probed_memory = probed,
	.nr_probed_memory = ARRAY_SIZE(probed),
	.slots = { .base = 0x10001000, .size = 0x1000, .count = 8 },
	.host_paths = true,
};
