/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIRT_IMAGE_INTERNAL_H
#define VIRT_IMAGE_INTERNAL_H

#include <lodge/block.h>
#include <lodge/types.h>

struct file;
struct vm;

/*
 * Between the parts of the loader: image.c reads files into a VM's memory and finds
 * places, image_kernel.c knows what kinds of kernels there are, image_foreign.c what
 * is none.
 */

#define IMAGE_HEAD_MAX	  4096u
#define IMAGE_MAX_EXTENTS 24
#define IMAGE_MAX_SEGS	  128

/* A part of the VM's memory that is taken. */
struct image_extent {
	u64 start, size;
};

struct image_loader {
	struct vm *vm;
	char *err;
	/* The file being loaded, and which property of /chosen names it. */
	const char *prop, *path;
	struct file *file;
	u64 file_size;
	size_t head_len;

	unsigned int nr_extents;
	struct image_extent extent[IMAGE_MAX_EXTENTS + 2]; /* the kernel's, the tree, the initrd */
	struct block_seg seg[IMAGE_MAX_SEGS];
	u8 head[IMAGE_HEAD_MAX]; /* the start of the file, zero beyond @head_len */
};

/**
 * image_error() - word an error about the file being loaded
 * Return: @rc, to be passed on.
 */
__printf(3, 4) int image_error(struct image_loader *l, int rc, const char *fmt, ...);

/* Whether the VM has [start, start + size) as RAM that nothing is in yet; if so, take it. */
__must_check int image_claim(struct image_loader *l, u64 start, u64 size);

/* @len bytes of the file at @off to @addr. */
__must_check int image_read(struct image_loader *l, u64 off, u64 addr, u64 len);
__must_check int image_zero(struct image_loader *l, u64 addr, u64 len);

/* Where RAM starts, as far as kernels are concerned. */
u64 image_ram_base(struct vm *vm);

/* Loads the kernel that is open; sets vm->entry. */
__must_check int image_load_kernel(struct image_loader *l);

/* What a file is that is no kernel, and what to do; NULL if it may be one. */
const char *image_foreign(const u8 *head, size_t len);

#endif
