/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VM_CONFIG_FIXTURE_H
#define VM_CONFIG_FIXTURE_H

/* A board, and sources compiled by dtc, for tests of what reads devicetrees. */
#include <lodge/board.h>
#include <lodge/vm_config.h>
#include <shim.h>

static const struct vdev_config board_devices[] = {
	{ "test", "lodge,syscon", { 0x100000 }, 0x1000, 0, VDEV_MEMORY },
	{ "rtc", "lodge,rtc", { 0x101000 }, 0x1000, 11, VDEV_MEMORY },
	{ "plic", "lodge,plic", { 0xc000000 }, 0x600000, 0, VDEV_MEMORY },
	{ "uart0", "lodge,uart", { 0x10000000 }, 0x100, 10, VDEV_MEMORY },
};

static const struct vdev_config board_watchdog = { "dog", "lodge,board-dog", { 0x102000 }, 0x1000,
						   12,	  VDEV_MEMORY };

static const char *const test_host_parts[] = { "arm,armv7-timer-mem", NULL };

const struct guest_board arch_guest_board = {
	.ram_base = 0x80000000,
	.kernel_offset = 0x200000,
	.elf_machine = 243,
	.devices = board_devices,
	.nr_devices = ARRAY_SIZE(board_devices),
	.uart = "lodge,board-uart",
	.watchdog = &board_watchdog,
	.host_paths = true,
	.host_parts = test_host_parts,
	.nr_ports = 0x10000,
	.acpi = true,
};

/* Devices that are built in, but not on the board. */
static struct vdev_ops extra_ops = { .compatible = "lodge,extra" };
static const struct vdev_ops dog_ops = { .compatible = "lodge,board-dog" };

const struct vdev_ops *vdev_find_ops(const char *compatible)
{
	if (!strcmp(board_kind(compatible), dog_ops.compatible))
		return &dog_ops;
	return strcmp(compatible, extra_ops.compatible) ? NULL : &extra_ops;
}

/* What dtc makes of @source; to be freed. */
static inline void *compile(const char *source, size_t *size)
{
	size_t room = 1 << 20;
	char *blob = malloc(room);

	*size = shim_filter("dtc -q -f -I dts -O dtb", source, strlen(source), blob, room);
	if (!*size)
		fail_msg("dtc has no output for: %s", source);
	/* So that ASan sees the end. */
	return realloc(blob, *size);
}

#endif
