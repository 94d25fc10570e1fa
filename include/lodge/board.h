/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_BOARD_H
#define LODGE_BOARD_H

#include <lodge/vdev.h>

/**
 * struct guest_board - the machine that a guest of this architecture finds
 * @ram_base:	  where memory-mib puts RAM
 * @kernel_offset: where a raw kernel goes, from @ram_base
 * @elf_machine:  e_machine of this architecture's ELF files
 * @devices:	  what is on it unless a description disables it, @nr_devices of them
 */
struct guest_board {
	u64 ram_base;
	u64 kernel_offset;
	u16 elf_machine;
	const struct vdev_config *devices;
	unsigned int nr_devices;
};

extern const struct guest_board arch_guest_board;

#endif
