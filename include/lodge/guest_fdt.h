/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_GUEST_FDT_H
#define LODGE_GUEST_FDT_H

#include <lodge/types.h>

struct vm;
struct fdt_writer;

/* What a guest's tree tells of its boot. */
struct guest_boot {
	gpa_t initrd;
	u64 initrd_size; /* 0 when there is none */
};

/**
 * guest_fdt_build() - describe a VM to its guest as the board's firmware would
 * @vm:	  with its devices created
 * @buf:  of @size bytes, aligned to 8
 * @boot: the size of the tree does not depend on the addresses in it
 *
 * May sleep. Return: the size of the tree; -ENOSPC, -ENOMEM, or what a device's or the
 * architecture's hook returned.
 */
__must_check s64 guest_fdt_build(struct vm *vm, void *buf, size_t size,
				 const struct guest_boot *boot);

/**
 * guest_fdt_complete() - copy a tree that somebody has made for the guest
 * @tree, @tree_size: not trusted, aligned to 8
 *
 * The VM's memory and bootargs are added where @tree does not tell; where the initrd is can
 * only be told here, and is replaced.
 * Return: as above; -EINVAL if @tree is damaged, -ERANGE if its addresses and sizes are not of
 * two cells each, -EOPNOTSUPP if it has memory reservations outside /reserved-memory.
 */
__must_check s64 guest_fdt_complete(struct vm *vm, const void *tree, size_t tree_size, void *buf,
				    size_t size, const struct guest_boot *boot);

/**
 * guest_fdt_host() - the nodes of the host's tree that the guest gets
 * @w: where properties and nodes of the root have come before
 * Return: 0, or -EINVAL if the host's tree is not as it was when the description was read.
 */
__must_check int guest_fdt_host(struct vm *vm, struct fdt_writer *w);

#endif
