// SPDX-License-Identifier: Apache-2.0
/* No boot protocols but the simplest: a raw kernel starts in real mode. */
#include <lodge/arch_virt.h>
#include <lodge/elf.h>
#include <lodge/errno.h>
#include <lodge/image_loader.h>
#include <lodge/vm.h>

#define RAW_KERNEL 0x10000

const struct guest_board arch_guest_board = { .kernel_offset = RAW_KERNEL };

int arch_image_load(struct image_loader *l)
{
	return -ENOEXEC;
}

int arch_boot_data(struct image_loader *l)
{
	l->vm->arch.start.cs_base = RAW_KERNEL;
	return 0;
}
