// SPDX-License-Identifier: Apache-2.0
/* Linux's "Image" for riscv64: Documentation/arch/riscv/boot-image-header.rst there. */
#include <lodge/arch_virt.h>
#include <lodge/errno.h>
#include <lodge/image_loader.h>
#include <lodge/string.h>

struct riscv_image_header {
	u32 code[2];
	u64 text_offset; /* from the start of RAM */
	u64 image_size;	 /* in memory, with what is zero */
	u64 flags;
	u32 version;
	u32 res1;
	u64 res2;
	u64 magic; /* of old kernels only */
	u32 magic2;
	u32 res3;
};

static_assert(offsetof(struct riscv_image_header, magic2) == 56, "layout of the header");

#define MAGIC2		 0x05435352u /* "RSC\5" */
#define FLAGS_BIG_ENDIAN 1u

int arch_image_load(struct image_loader *l)
{
	struct riscv_image_header h;

	if (l->head_len < sizeof(h))
		return -ENOEXEC;
	memcpy(&h, l->head, sizeof(h));
	if (h.magic2 != MAGIC2)
		return -ENOEXEC;
	if (h.flags & FLAGS_BIG_ENDIAN)
		return image_error(l, -EINVAL,
				   "is a big-endian kernel image: use a little-endian one");
	return image_load_flat(l, h.text_offset, h.image_size);
}

int arch_boot_data(struct image_loader *l)
{
	return image_load_fdt(l);
}
