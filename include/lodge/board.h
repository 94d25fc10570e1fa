/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_BOARD_H
#define LODGE_BOARD_H

#include <lodge/vdev.h>

/* I/O ports from @first to @last where nothing is, though software of such boards looks. */
struct port_range {
	u16 first, last;
};

/* The same of memory: @size bytes from @base on. */
struct memory_range {
	u64 base, size;
};

/* From @base on @count places of @size bytes where virtio devices are looked for, and none is. */
struct virtio_slots {
	u64 base;
	u32 size, count;
};

/**
 * struct guest_board - the machine that a guest of this architecture finds
 * @ram_base:	  where memory-mib puts RAM
 * @kernel_offset: where a raw kernel goes, from @ram_base
 * @hole_start, @hole_end: where no kernel is, though there may be memory
 * @elf_machine:  e_machine of this architecture's ELF files
 * @pe_machine:	  Machine of its EFI programs
 * @devices:	  what is on it unless a description disables it, @nr_devices of them
 * @fdt_at_base: firmware looks for the devicetree at @ram_base: a copy is there if nothing else is
 * @watchdog:	  the device that a description with on-watchdog adds, and that "lodge,watchdog" stands for
 * @uart, @rtc:	  the kinds of device that "lodge,uart" and "lodge,rtc" stand for here
 * @nr_ports:	  I/O ports that there can be; 0 where the instruction set has none
 * @acpi:	  its guests are told of the machine by ACPI's tables
 * @probed:	  ports at which nothing is, and accesses are not worth a report, @nr_probed ranges
 * @probed_memory: the same of addresses, @nr_probed_memory ranges
 * @info_page:	  where, if nothing else is there, a page is that the guest may only read, and finds by a
 *		  call; 0: its calls need none
 * @slots:	  of virtio devices, where a VM has nothing else
 * @host_paths:	  the machine has a devicetree of its own, and its guests get one: devices can be
 *		  given by their paths in it
 * @host_parts:  compatible strings, up to NULL, of nodes of that tree that belong to the machine and are
 *		  for no guest; NULL: there are none
 */
struct guest_board {
	u64 ram_base;
	u64 kernel_offset;
	u64 hole_start, hole_end;
	u16 elf_machine, pe_machine;
	const struct vdev_config *devices;
	unsigned int nr_devices;
	bool fdt_at_base;
	const struct vdev_config *watchdog;
	const char *uart, *rtc;
	u32 nr_ports;
	bool acpi;
	const struct port_range *probed;
	unsigned int nr_probed;
	const struct memory_range *probed_memory;
	unsigned int nr_probed_memory;
	u64 info_page;
	struct virtio_slots slots;
	bool host_paths;
	const char *const *host_parts;
};

extern const struct guest_board arch_guest_board;

/** board_kind() - the kind of device that @compatible means on this board. */
static inline const char *board_kind(const char *compatible)
{
	const struct guest_board *b = &arch_guest_board;

	if (b->uart && !strcmp(compatible, "lodge,uart"))
		return b->uart;
	if (b->rtc && !strcmp(compatible, "lodge,rtc"))
		return b->rtc;
	if (b->watchdog && !strcmp(compatible, "lodge,watchdog"))
		return b->watchdog->compatible;
	return compatible;
}

#endif
