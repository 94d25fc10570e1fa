/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_IMAGE_H
#define LODGE_IMAGE_H

#include <lodge/types.h>

struct vm;
struct vm_config;

/**
 * image_load() - put a VM's kernel, initrd and what they are told into its memory
 * @vm:	 with its memory set up and its devices created
 * @err: on failure, one line naming the file and what to do; VM_ERROR_MAX bytes
 *
 * Sets where the first vCPU starts. Reads straight from the disk into the guest's pages.
 * Reset in place calls it again.
 * Return: 0 or -errno with @err set.
 */
__must_check int image_load(struct vm *vm, char *err);

/** image_load_pages() - pages of the host's that image_load() needs at most meanwhile. */
u64 image_load_pages(const struct vm_config *cfg);

#endif
