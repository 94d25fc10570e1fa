// SPDX-License-Identifier: Apache-2.0
/*
 * What boot loaders tell: PVH (struct hvm_start_info of Xen's public headers) and the boot
 * information of the Multiboot2 specification 2.0, 3.6.
 */
#include "platform.h"
#include <asm/setup.h>
#include <lodge/string.h>

/* ---- PVH ---- */

#define PVH_MAGIC 0x336ec578u

struct pvh_start_info {
	u32 magic, version, flags, nr_modules;
	u64 modlist, cmdline, rsdp;
	/* from version 1 on */
	u64 memmap;
	u32 memmap_entries, reserved;
};

struct pvh_memmap_entry {
	u64 addr, size;
	u32 type, reserved;
};

static_assert(sizeof(struct pvh_start_info) == 56, "as Xen has it");
static_assert(sizeof(struct pvh_memmap_entry) == 24, "as Xen has it");

static void add_range(struct boot_info *out, u64 start, u64 size, u32 type)
{
	/* What is not RAM is of no interest. More RAM than there is room for stays unused. */
	if (type == BOOT_MEMORY_RAM && size && out->nr_ranges < BOOT_MAX_RANGES)
		out->range[out->nr_ranges++] = (struct boot_range){ start, size, type };
}

/* A string that ends somewhere; what is too long is cut. */
static void copy_cmdline(struct boot_info *out, const char *s, u64 most)
{
	u64 i;

	most = min(most, (u64)BOOT_CMDLINE_SIZE - 1);
	for (i = 0; i < most && s[i]; i++)
		out->cmdline[i] = s[i];
	out->cmdline[i] = '\0';
}

static const char *pvh_read(u64 pa, struct boot_info *out)
{
	const struct pvh_start_info *s = boot_view(pa, sizeof(*s));
	const struct pvh_memmap_entry *e;
	const char *cmdline;
	u32 i;

	if (!s || s->magic != PVH_MAGIC)
		return "the boot loader passed no start information (PVH)";
	if (s->version < 1)
		return "the boot loader passed no memory map (PVH version 0)";
	e = boot_view(s->memmap, (u64)s->memmap_entries * sizeof(*e));
	if (!e)
		return "the memory map can't be reached (PVH)";
	for (i = 0; i < s->memmap_entries; i++)
		add_range(out, e[i].addr, e[i].size, e[i].type);
	cmdline = s->cmdline ? boot_view(s->cmdline, BOOT_CMDLINE_SIZE) : NULL;
	if (cmdline)
		copy_cmdline(out, cmdline, BOOT_CMDLINE_SIZE);
	out->rsdp = s->rsdp;
	return NULL;
}

/* ---- multiboot2 ---- */

#define MB2_END	     0u
#define MB2_CMDLINE  1u
#define MB2_MMAP     6u
#define MB2_RSDP_OLD 14u
#define MB2_RSDP_NEW 15u

/* Far more than any loader tells. */
#define MB2_MAX_SIZE MIB(1)

struct mb2_tag {
	u32 type, size;
};

struct mb2_mmap {
	struct mb2_tag tag;
	u32 entry_size, entry_version;
};

struct mb2_mmap_entry {
	u64 addr, len;
	u32 type, reserved;
};

static void mb2_mmap(const struct mb2_tag *t, struct boot_info *out)
{
	const struct mb2_mmap *m = (const struct mb2_mmap *)t;
	struct mb2_mmap_entry e;
	u32 at;

	if (t->size < sizeof(*m) || m->entry_size < sizeof(struct mb2_mmap_entry))
		return;
	for (at = sizeof(*m); t->size - at >= m->entry_size; at += m->entry_size) {
		/* Their size is the loader's word, and so is that they are aligned. */
		memcpy(&e, (const u8 *)t + at, sizeof(e));
		add_range(out, e.addr, e.len, e.type);
	}
}

static void mb2_tag(const struct mb2_tag *t, u64 pa, struct boot_info *out)
{
	switch (t->type) {
	case MB2_CMDLINE:
		copy_cmdline(out, (const char *)(t + 1), t->size - sizeof(*t));
		break;
	case MB2_MMAP:
		mb2_mmap(t, out);
		break;
	case MB2_RSDP_OLD:
		/* The tag holds a copy; that of a newer ACPI is better. */
		if (!out->rsdp)
			out->rsdp = pa + sizeof(*t);
		break;
	case MB2_RSDP_NEW:
		out->rsdp = pa + sizeof(*t);
		break;
	}
}

static const char *mb2_read(u64 pa, struct boot_info *out)
{
	const u32 *total = boot_view(pa, 8);
	const u8 *info = total && *total <= MB2_MAX_SIZE ? boot_view(pa, *total) : NULL;
	u32 size = info ? *total : 0, at = 8;

	if (!info || !IS_ALIGNED(pa, 8))
		return "the boot loader passed no boot information (multiboot2)";
	while (size >= sizeof(struct mb2_tag) && at <= size - sizeof(struct mb2_tag)) {
		const struct mb2_tag *t = (const void *)(info + at);

		if (t->type == MB2_END || t->size < sizeof(*t) || t->size > size - at)
			break;
		mb2_tag(t, pa + at, out);
		at += ALIGN_UP(t->size, 8);
	}
	return out->nr_ranges ? NULL : "the boot loader passed no memory map (multiboot2)";
}

const char *bootinfo_read(u32 protocol, u64 info, struct boot_info *out)
{
	memset(out, 0, sizeof(*out));
	return protocol == BOOT_PVH ? pvh_read(info, out) : mb2_read(info, out);
}

u64 boot_range_find(const struct boot_info *info, u64 from, u64 to, u64 size, u64 align)
{
	unsigned int i;

	for (i = 0; i < info->nr_ranges; i++) {
		const struct boot_range *r = &info->range[i];
		u64 start = ALIGN_UP(max(r->start, from), align);
		u64 end = min(r->start + r->size, to);

		if (r->start + r->size >= r->start && start >= r->start && start < end &&
		    end - start >= size)
			return start;
	}
	return 0;
}
