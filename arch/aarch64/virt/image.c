// SPDX-License-Identifier: Apache-2.0
/* Linux's "Image" for arm64: Documentation/arch/arm64/booting.rst there. */
#include <lodge/arch_virt.h>
#include <lodge/errno.h>
#include <lodge/image_loader.h>
#include <lodge/string.h>

struct arm64_image_header {
	u32 code[2];	 /* "MZ" at first where it is an EFI program as well */
	u64 text_offset; /* from a boundary of 2 MiB */
	u64 image_size;	 /* in memory, with what is zero; 0 in old kernels */
	u64 flags;
	u64 res2, res3, res4;
	u32 magic;
	u32 res5;
};

static_assert(offsetof(struct arm64_image_header, magic) == 56, "layout of the header");

#define MAGIC		 0x644d5241u /* "ARM\x64" */
#define FLAGS_BIG_ENDIAN 1u

/* What kernels were that have no image_size: text_offset is not to be trusted either. */
#define OLD_TEXT_OFFSET 0x80000

int arch_image_load(struct image_loader *l)
{
	struct arm64_image_header h;
	u64 offset;

	if (l->head_len < sizeof(h))
		return -ENOEXEC;
	memcpy(&h, l->head, sizeof(h));
	if (h.magic != MAGIC)
		return -ENOEXEC;
	if (h.flags & FLAGS_BIG_ENDIAN)
		return image_error(l, -EINVAL,
				   "is a big-endian kernel image: use a little-endian one");
	offset = h.image_size ? h.text_offset : OLD_TEXT_OFFSET;
	/* The base of RAM is left to the devicetree, as on QEMU's board. */
	if (offset < MIB(2))
		offset += MIB(2);
	return image_load_flat(l, offset, h.image_size);
}

int arch_boot_data(struct image_loader *l)
{
	return image_load_fdt(l);
}
