// SPDX-License-Identifier: Apache-2.0
/*
 * Multiboot (specification 0.6.96): kernels in 32 bits, as ELF files or with the addresses in
 * their header, that are told of their memory and of a module.
 */
#include "boot.h"
#include <lodge/elf.h>
#include <lodge/errno.h>
#include <lodge/printf.h>
#include <lodge/slab.h>
#include <lodge/string.h>
#include <lodge/vm.h>

#define HEADER_MAGIC  0x1badb002u
#define HEADER2_MAGIC 0xe85250d6u
#define LOADER_MAGIC  0x2badb002u
#define HEADER_SEARCH 8192u

/* Flags of the header: the lower half is what the kernel can't do without. */
#define WANTS_PAGE_ALIGN BIT(0)
#define WANTS_MEMORY	 BIT(1)
#define WANTS_VIDEO	 BIT(2) /* a wish, really */
#define WANTS_KNOWN	 (WANTS_PAGE_ALIGN | WANTS_MEMORY | WANTS_VIDEO)
#define HAS_ADDRESSES	 BIT(16)

struct multiboot_header {
	u32 magic, flags, checksum;
	u32 header_addr, load_addr, load_end_addr, bss_end_addr, entry_addr;
};

/* What is valid of the information (3.3). */
#define INFO_MEMORY  BIT(0)
#define INFO_CMDLINE BIT(2)
#define INFO_MODULES BIT(3)
#define INFO_MAP     BIT(6)
#define INFO_LOADER  BIT(9)

struct multiboot_info {
	u32 flags, mem_lower, mem_upper, boot_device;
	u32 cmdline, mods_count, mods_addr, syms[4];
	u32 mmap_length, mmap_addr, drives_length, drives_addr;
	u32 config_table, boot_loader_name, apm_table;
	u32 vbe[4], framebuffer[7];
};

static_assert(offsetof(struct multiboot_info, mmap_length) == 44, "3.3");
static_assert(offsetof(struct multiboot_info, boot_loader_name) == 64, "3.3");
static_assert(sizeof(struct multiboot_info) == 116, "3.3");

struct multiboot_range {
	u32 size; /* of the rest */
	u64 addr, len;
	u32 type;
} __packed;

struct multiboot_module {
	u32 start, end, cmdline, reserved;
};

/* ---- which, and how ---- */

static int load_elf32(struct image_loader *l)
{
	u64 entry;
	int rc;

	if (!boot_elf32_check(l))
		return image_error(
			l, -EINVAL,
			"is a multiboot kernel in an unsupported ELF file: link it again");
	rc = boot_elf32_load(l, &entry);
	return rc ? rc : image_set_entry(l, entry);
}

static int find_header(const struct image_loader *l, struct multiboot_header *h, u64 *at)
{
	size_t end = min(l->head_len, (size_t)HEADER_SEARCH), i;

	for (i = 0; i + 12 <= end; i += 4) {
		memset(h, 0, sizeof(*h));
		memcpy(h, l->head + i, min(sizeof(*h), end - i));
		if (h->magic != HEADER_MAGIC || h->magic + h->flags + h->checksum)
			continue;
		*at = i;
		return 0;
	}
	return -ENOEXEC;
}

/* The whole file from the header's load address on, or as much as it says. */
static int load_by_addresses(struct image_loader *l, const struct multiboot_header *h, u64 at)
{
	u64 skip = (u64)h->header_addr - h->load_addr, offset = at - skip, len, size;
	int rc;

	if (h->header_addr < h->load_addr || skip > at)
		return image_error(l, -EINVAL, "has a damaged multiboot header: link it again");
	len = h->load_end_addr ? (u64)h->load_end_addr - h->load_addr : l->file_size - offset;
	if (h->load_end_addr && (h->load_end_addr < h->load_addr || len > l->file_size - offset))
		return image_error(l, -EINVAL,
				   "is a multiboot kernel that is cut short: copy it again");
	size = max(len, h->bss_end_addr > h->load_addr ? (u64)h->bss_end_addr - h->load_addr : 0);
	rc = image_load_segment(
		l, &(struct elf_segment){ .offset = offset, .filesz = len, .memsz = size },
		h->load_addr);
	return rc ? rc : image_set_entry(l, h->entry_addr);
}

/*
 * Of Multiboot2 (specification 2.0, 3.1.1): a magic number, the architecture, the length and a checksum,
 * at a multiple of 8 bytes. Its kernels are entered in 32 bits, whatever their ELF file is.
 */
bool boot_multiboot2_has(const struct image_loader *l)
{
	u32 h[4];
	size_t i;

	for (i = 0; i + sizeof(h) <= l->head_len; i += 8) {
		memcpy(h, l->head + i, sizeof(h));
		if (h[0] == HEADER2_MAGIC && !(h[0] + h[1] + h[2] + h[3]))
			return true;
	}
	return false;
}

int boot_multiboot_load(struct image_loader *l)
{
	struct multiboot_header h;
	u64 at;

	/* Firmware may be for multiboot too: who says where it goes and starts wants neither. */
	if (find_header(l, &h, &at) || (l->vm->cfg->has_load && l->vm->cfg->has_entry))
		return -ENOEXEC;
	if (l->vm->cfg->has_load)
		return image_error(l, -EINVAL,
				   "is a multiboot kernel, which can't be moved: remove \"load\"");
	if (h.flags & 0xffff & ~WANTS_KNOWN)
		return image_error(
			l, -EINVAL,
			"is a multiboot kernel that requires more than multiboot 0.6.96 provides");
	if (h.flags & HAS_ADDRESSES)
		return load_by_addresses(l, &h, at);
	if (boot_elf32_has_magic(l))
		return load_elf32(l);
	return image_error(l, -EINVAL,
			   "is a multiboot kernel that is neither a 32-bit ELF file nor has "
			   "addresses: link it again");
}

/* ---- what it is told ---- */

static int put_map(struct boot *b, struct multiboot_info *info)
{
	struct multiboot_range m[ARRAY_SIZE(b->map)];
	unsigned int i;
	u64 addr;
	int rc;

	for (i = 0; i < b->nr_ranges; i++) {
		const struct boot_range *r = &b->map[i];

		m[i] = (struct multiboot_range){ sizeof(m[i]) - 4, r->start, r->size, r->type };
		if (r->start == HOLE_END && r->type == MEMORY_RAM)
			info->mem_upper = (u32)(min(r->size, GIB(4) - HOLE_END) / 1024);
	}
	info->mem_lower = HOLE_START / 1024;
	info->mmap_length = b->nr_ranges * (u32)sizeof(m[0]);
	rc = boot_put(b, m, info->mmap_length, 8, &addr);
	info->mmap_addr = (u32)addr;
	return rc;
}

static int put_module(struct boot *b, struct multiboot_info *info)
{
	struct multiboot_module m = { .start = (u32)b->initrd,
				      .end = (u32)(b->initrd + b->initrd_size) };
	const char *path = b->l->vm->cfg->initrd;
	u64 addr;
	int rc;

	if (!b->initrd_size)
		return 0;
	rc = boot_put(b, path, strlen(path) + 1, 1, &addr);
	m.cmdline = (u32)addr;
	if (!rc)
		rc = boot_put(b, &m, sizeof(m), 8, &addr);
	info->flags |= INFO_MODULES;
	info->mods_count = 1;
	info->mods_addr = (u32)addr;
	return rc;
}

/* Their command lines begin with the kernel's own name. */
static int put_cmdline(struct boot *b, struct multiboot_info *info)
{
	const struct vm_config *cfg = b->l->vm->cfg;
	char line[VM_PATH_MAX + VM_ARGS_MAX];
	u64 addr;
	int n, rc;

	n = snprintf(line, sizeof(line), "%s%s%s", cfg->kernel, cfg->bootargs[0] ? " " : "",
		     cfg->bootargs);
	rc = boot_put(b, line, (size_t)n + 1, 1, &addr);
	info->cmdline = (u32)addr;
	return rc;
}

int boot_multiboot_data(struct boot *b)
{
	struct multiboot_info info = {
		.flags = INFO_MEMORY | INFO_CMDLINE | INFO_MAP | INFO_LOADER,
	};
	u64 name;
	int rc = boot_put(b, "Lodge", 6, 1, &name);

	info.boot_loader_name = (u32)name;
	if (!rc)
		rc = put_cmdline(b, &info);
	if (!rc)
		rc = put_module(b, &info);
	if (!rc)
		rc = put_map(b, &info);
	if (!rc)
		rc = boot_put(b, &info, sizeof(info), 8, &b->l->vm->boot_arg.v);
	b->start.rax = LOADER_MAGIC;
	b->start.rbx = b->l->vm->boot_arg.v;
	return rc;
}
