/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_IMAGE_LOADER_H
#define LODGE_IMAGE_LOADER_H

#include <lodge/block.h>
#include <lodge/types.h>

struct elf_segment;
struct file;
struct unpack;
struct vm;

/*
 * Between the parts of the loader: image.c reads files into a VM's memory and finds
 * places, image_unpack.c unpacks what is compressed, image_kernel.c knows what kinds of
 * kernels there are, image_foreign.c what is none, image_fdt.c makes the devicetree. An architecture has its own kinds and
 * what its kernels want to be told.
 */

#define IMAGE_HEAD_MAX	  8192u /* multiboot headers are within that */
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
	struct unpack *unpack; /* if it is compressed: what follows is of its contents */
	u64 file_size;
	size_t head_len;
	u64 headers; /* how much of an ELF file tells of it, and need not be in memory */
	/* What kind of kernel it is: for arch_boot_data(), set by arch_image_load(). */
	unsigned int protocol;
	u64 protocol_arg;

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

/** image_fs_error() - the same for what the file layer says. */
int image_fs_error(struct image_loader *l, int rc);

/** image_open() - the file @path, which @prop of /chosen names, with its beginning in l->head. */
__must_check int image_open(struct image_loader *l, const char *prop, const char *path);
/** image_open_kernel() - the kernel, unpacked if it is compressed. */
__must_check int image_open_kernel(struct image_loader *l);
/** image_close() - the file that is open. */
void image_close(struct image_loader *l);

/** image_claim() - whether the VM has [start, start + size) as RAM that nothing is in yet; if
 * so, take it. */
__must_check int image_claim(struct image_loader *l, u64 start, u64 size);
/**
 * image_claim_high() - take the highest free place of @size bytes below @limit in the region
 * that the kernel is in, or in RAM if that is read-only, but below 4 GiB where that can
 * be: early code of guests may not reach further
 * Return: 0, or -ENOSPC without a message.
 */
__must_check int image_claim_high(struct image_loader *l, u64 size, u64 align, u64 limit,
				  u64 *addr);
/** image_is_free() - whether the VM has [start, start + size) as RAM that nothing is in yet. */
bool image_is_free(const struct image_loader *l, u64 start, u64 size);

/** image_take() - have a place that image_is_free(); two at most, besides the kernel's. */
void image_take(struct image_loader *l, u64 start, u64 size);

/** image_read() - @len bytes of the file at @off to @addr. */
__must_check int image_read(struct image_loader *l, u64 off, u64 addr, u64 len);
/** image_put() - @len bytes that Lodge has made, to @addr. */
__must_check int image_put(struct image_loader *l, u64 addr, const void *buf, size_t len);
/** image_peek() - up to @len bytes at @off into @buf. Return: how many, or -errno. */
__must_check s64 image_peek(struct image_loader *l, u64 off, void *buf, u64 len);
/** image_zero() - @len bytes of zeroes to @addr. */
__must_check int image_zero(struct image_loader *l, u64 addr, u64 len);

/** image_ram_base() - where RAM starts, as far as kernels are concerned. */
u64 image_ram_base(struct vm *vm);

/** image_load_kernel() - load the kernel that is open, and set vm->entry. */
__must_check int image_load_kernel(struct image_loader *l);
/**
 * image_load_flat() - one in a piece, which is entered at its first byte
 * @offset:   from the start of RAM
 * @mem_size: what it needs in memory, if that is more than the file
 */
__must_check int image_load_flat(struct image_loader *l, u64 offset, u64 mem_size);
/** image_load_elf() - an ELF file that elf_check() has passed, entered where it says. */
__must_check int image_load_elf(struct image_loader *l);
/** image_load_segments() - the same without the entry; @bias is what was added to addresses. */
__must_check int image_load_segments(struct image_loader *l, u64 *bias);
/**
 * image_load_segment() - one of them, to @addr; what of it is over @s->filesz is zeroed
 * What is within l->headers is left out where it would be in no memory.
 */
__must_check int image_load_segment(struct image_loader *l, const struct elf_segment *s, u64 addr);
/** image_set_entry() - the kernel starts at @entry, unless the description says otherwise. */
__must_check int image_set_entry(struct image_loader *l, u64 entry);

/**
 * unpack_open() - if the kernel that is open is compressed, have its contents in its place
 * All of these word their errors. What was opened is closed by unpack_close(), always.
 */
__must_check int unpack_open(struct image_loader *l);
/** unpack_read() - @len bytes of the contents, which need not be next, but should be. */
__must_check int unpack_read(struct unpack *u, u64 off, void *buf, u64 len);
/**
 * unpack_finish() - whether all that was read was right
 * @rc: what loading it came to: if it failed, and because the contents' size is not what the file
 *	says, that is told in its place. No more is unpacked for it than the VM has memory.
 */
__must_check int unpack_finish(struct unpack *u, int rc);
/** unpack_close() - give back what the others have taken. */
void unpack_close(struct image_loader *l);

/** image_load_initrd() - the initrd that the description names, as high as image_claim_high()
 * puts it. */
__must_check int image_load_initrd(struct image_loader *l, u64 limit, u64 *addr, u64 *size);

/** image_load_fdt() - the devicetree, generated or given, and the initrd: vm->boot_arg. */
__must_check int image_load_fdt(struct image_loader *l);

/** image_foreign() - what a file is that is no kernel, and what to do; NULL if it may be one. */
const char *image_foreign(const u8 *head, size_t len);

#endif
