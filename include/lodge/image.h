/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_IMAGE_H
#define LODGE_IMAGE_H

#include <lodge/types.h>

struct vm;

/**
 * struct image_info - what the header of a kernel image says
 * @offset: where it wants to be, in bytes from the start of RAM
 * @size:   what it needs in memory, with what is not in the file; 0 if it does not tell
 *
 * It is entered at its first byte.
 */
struct image_info {
	u64 offset;
	u64 size;
};

/**
 * image_load() - put a VM's kernel, initrd and devicetree into its memory
 * @vm:	 with its memory set up and its devices created
 * @err: on failure, one line naming the file and what to do; VM_ERROR_MAX bytes
 *
 * Sets where the first vCPU starts. Reads straight from the disk into the guest's pages.
 * Reset in place calls it again.
 * Return: 0 or -errno with @err set.
 */
__must_check int image_load(struct vm *vm, char *err);

#endif
