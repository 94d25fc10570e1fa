// SPDX-License-Identifier: Apache-2.0
/*
 * Linux's boot protocol (Documentation/arch/x86/boot.rst and zero-page.rst there): a bzImage, whose
 * 64-bit entry is used, or its 32-bit entry if it has no other, so that none of its 16-bit code
 * runs.
 */
#include "boot.h"
#include <lodge/errno.h>
#include <lodge/random.h>
#include <lodge/slab.h>
#include <lodge/string.h>
#include <lodge/vm.h>

/* Offsets, in the file as in the zero page. */
#define HDR_START	   0x1f1u
#define HDR_SETUP_SECTS	   0x1f1
#define HDR_BOOT_FLAG	   0x1fe
#define HDR_JUMP	   0x201 /* the header ends so many bytes behind 0x202 */
#define HDR_MAGIC	   0x202
#define HDR_VERSION	   0x206
#define HDR_TYPE_OF_LOADER 0x210
#define HDR_LOADFLAGS	   0x211
#define HDR_RAMDISK_IMAGE  0x218
#define HDR_RAMDISK_SIZE   0x21c
#define HDR_VERSION_TEXT   0x20e /* from 0x200 on */
#define HDR_CODE32_START   0x214
#define HDR_CMD_LINE_PTR   0x228
#define HDR_INITRD_MAX	   0x22c
#define HDR_ALIGNMENT	   0x230
#define HDR_RELOCATABLE	   0x234
#define HDR_XLOADFLAGS	   0x236
#define HDR_CMDLINE_SIZE   0x238
#define HDR_SETUP_DATA	   0x250
#define HDR_PREF_ADDRESS   0x258
#define HDR_INIT_SIZE	   0x260
#define HDR_SIZE	   0x268u /* with init_size */

/* Of the zero page alone. */
#define ZP_ACPI_RSDP 0x070
#define ZP_E820_NR   0x1e8
#define ZP_E820	     0x2d0u
#define ZP_E820_MAX  128u
#define ZP_HDR_MAX   0x290u

#define BOOT_FLAG	 0xaa55
#define VERSION_MIN	 0x020a /* Linux 2.6.31: the first that tells what memory it needs */
#define VERSION_64	 0x020c /* Linux 3.8: the first that tells whether it has a 64-bit entry */
#define LOADED_HIGH	 BIT(0)
#define XLF_KERNEL_64	 BIT(0)
#define LOADER_UNDEFINED 0xff
#define ENTRY_64	 0x200
#define SECTOR		 512u

#define SETUP_RNG_SEED 9
#define SEED_SIZE      32

struct e820_entry {
	u64 addr, size;
	u32 type;
} __packed;

struct setup_seed {
	u64 next;
	u32 type, len;
	u8 seed[SEED_SIZE];
};

static u64 get(const u8 *head, unsigned int off, unsigned int bytes)
{
	u64 v = 0;

	memcpy(&v, head + off, bytes);
	return v;
}

static void put(u8 *page, unsigned int off, u64 val, unsigned int bytes)
{
	memcpy(page + off, &val, bytes);
}

/* ---- loading ---- */

static bool has_64bit_entry(const u8 *h)
{
	return get(h, HDR_VERSION, 2) >= VERSION_64 && (get(h, HDR_XLOADFLAGS, 2) & XLF_KERNEL_64);
}

/*
 * Others have such a header too so that loaders take them, and live from a PC's BIOS: they have no
 * 32-bit entry, or a name where Linux has its version.
 */
static bool needs_bios(const u8 *h)
{
	u64 text = get(h, HDR_VERSION_TEXT, 2);
	u8 first = text && text < IMAGE_HEAD_MAX - 0x200 ? h[0x200 + text] : '0';

	return !get(h, HDR_CODE32_START, 4) || !(get(h, HDR_LOADFLAGS, 1) & LOADED_HIGH) ||
	       first < '0' || first > '9';
}

static const char *refused(const struct image_loader *l)
{
	const u8 *h = l->head;

	if (get(h, HDR_VERSION, 2) < VERSION_MIN)
		return needs_bios(h)
			       ? "needs the BIOS of a PC, which guests do not have: use a kernel "
				 "with a 32-bit or 64-bit entry"
			       : "is a Linux kernel older than 2.6.31: use a newer one";
	if (!(get(h, HDR_LOADFLAGS, 1) & LOADED_HIGH) || !get(h, HDR_INIT_SIZE, 4))
		return "is a Linux kernel with a damaged header: copy it again";
	if (strlen(l->vm->cfg->bootargs) > get(h, HDR_CMDLINE_SIZE, 4))
		return "is a Linux kernel that accepts no bootargs of this length: shorten them";
	return NULL;
}

/* Where it asks to be, or the lowest place above 1 MiB that its alignment allows. */
static int choose_place(struct image_loader *l, u64 size, u64 *start)
{
	u64 align = get(l->head, HDR_ALIGNMENT, 4), end;
	const struct region *r;

	*start = get(l->head, HDR_PREF_ADDRESS, 8);
	if (l->vm->cfg->has_load)
		*start = l->vm->cfg->load.v;
	else if (!image_is_free(l, *start, size) && get(l->head, HDR_RELOCATABLE, 1)) {
		r = region_find(&l->vm->map, gpa(HOLE_END));
		end = r ? r->gpa.v + r->size : 0;
		if (align && !(align & (align - 1)) && ALIGN_UP(HOLE_END, align) < end)
			*start = ALIGN_UP(HOLE_END, align);
	}
	if (align && *start % align)
		return image_error(l, -EINVAL,
				   "is a Linux kernel that must be at a multiple of 0x%lx: change "
				   "\"load\"",
				   align);
	return image_claim(l, *start, size);
}

int boot_linux_load(struct image_loader *l)
{
	const u8 *h = l->head;
	u64 offset, len, size, start;
	const char *why;
	int rc;

	if (l->head_len < HDR_SIZE || get(h, HDR_BOOT_FLAG, 2) != BOOT_FLAG ||
	    memcmp(h + HDR_MAGIC, "HdrS", 4))
		return -ENOEXEC;
	why = refused(l);
	if (why)
		return image_error(l, -EINVAL, "%s", why);
	/* 0 means 4, for kernels older than the field. */
	offset = get(h, HDR_SETUP_SECTS, 1);
	offset = ((offset ? offset : 4) + 1) * SECTOR;
	if (l->file_size <= offset)
		return image_error(l, -EINVAL,
				   "is a Linux kernel that is cut short: copy it again");
	len = l->file_size - offset;
	size = max(get(h, HDR_INIT_SIZE, 4), len);
	rc = choose_place(l, size, &start);
	if (!rc)
		rc = image_read(l, offset, start, len);
	l->protocol_arg = get(h, HDR_INITRD_MAX, 4);
	if (!has_64bit_entry(h))
		l->protocol = BOOT_LINUX_32;
	return rc ? rc : image_set_entry(l, l->protocol == BOOT_LINUX ? start + ENTRY_64 : start);
}

/* ---- the zero page ---- */

static void put_e820(const struct boot *b, u8 *page)
{
	unsigned int i, n = min(b->nr_ranges, ZP_E820_MAX);

	for (i = 0; i < n; i++) {
		struct e820_entry e = { b->map[i].start, b->map[i].size, b->map[i].type };

		memcpy(page + ZP_E820 + i * sizeof(e), &e, sizeof(e));
	}
	put(page, ZP_E820_NR, n, 1);
}

/* So that it need not wait for entropy that a quiet board does not have. */
static int put_seed(struct boot *b, u64 *addr)
{
	struct setup_seed s = { .type = SETUP_RNG_SEED, .len = SEED_SIZE };

	*addr = 0;
	return random_bytes(s.seed, SEED_SIZE) ? boot_put(b, &s, sizeof(s), 8, addr) : 0;
}

static void fill_page(const struct boot *b, u8 *page, u64 seed, u64 cmdline)
{
	const u8 *h = b->l->head;
	u32 end = min((u32)(HDR_MAGIC + get(h, HDR_JUMP, 1)), ZP_HDR_MAX);

	if (end > HDR_START)
		memcpy(page + HDR_START, h + HDR_START, end - HDR_START);
	put(page, HDR_TYPE_OF_LOADER, LOADER_UNDEFINED, 1);
	put(page, HDR_CMD_LINE_PTR, cmdline, 4);
	put(page, HDR_RAMDISK_IMAGE, b->initrd, 4);
	put(page, HDR_RAMDISK_SIZE, b->initrd_size, 4);
	put(page, HDR_SETUP_DATA, seed, 8);
	put(page, ZP_ACPI_RSDP, b->rsdp, 8);
	put_e820(b, page);
}

int boot_linux_data(struct boot *b)
{
	const char *args = b->l->vm->cfg->bootargs;
	u64 seed = 0, cmdline = 0;
	u8 *page;
	int rc = put_seed(b, &seed);

	if (!rc)
		rc = boot_put(b, args, strlen(args) + 1, 1, &cmdline);
	/* An initrd has been in l->head since. */
	if (!rc)
		rc = image_open_kernel(b->l);
	if (rc)
		return rc;
	page = kzalloc_for(b->l->vm->account, PAGE_SIZE);
	if (page) {
		fill_page(b, page, seed, cmdline);
		rc = boot_put(b, page, PAGE_SIZE, PAGE_SIZE, &b->l->vm->boot_arg.v);
		b->start.rsi = b->l->vm->boot_arg.v;
	} else {
		rc = image_fs_error(b->l, -ENOMEM);
	}
	kfree_for(b->l->vm->account, page);
	image_close(b->l);
	return rc;
}
