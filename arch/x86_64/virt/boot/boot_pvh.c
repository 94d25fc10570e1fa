// SPDX-License-Identifier: Apache-2.0
/*
 * PVH, the direct boot of ELF kernels (Xen's docs/misc/pvh.pandoc, and start_info.h of its public
 * headers). Our own kernels, which begin in long mode, are told the same.
 */
#include "boot.h"
#include <lodge/elf.h>
#include <lodge/errno.h>
#include <lodge/slab.h>
#include <lodge/string.h>
#include <lodge/vm.h>

#define NOTE_MAX     4096u /* of a segment of notes, what is looked at */
#define PHYS32_ENTRY 18u

#define START_MAGIC 0x336ec578u

struct hvm_start_info {
	u32 magic, version, flags, nr_modules;
	u64 modlist, cmdline, rsdp;
	u64 memmap; /* from version 1 on */
	u32 nr_memmap, reserved;
};

struct hvm_module {
	u64 paddr, size, cmdline, reserved;
};

struct hvm_memmap {
	u64 addr, size;
	u32 type, reserved;
};

static_assert(sizeof(struct hvm_start_info) == 56, "start_info.h");
static_assert(sizeof(struct hvm_module) == 32, "start_info.h");
static_assert(sizeof(struct hvm_memmap) == 24, "start_info.h");

struct note {
	u32 namesz, descsz, type;
};

/* @buf has @len bytes of notes. */
static int find_note(const u8 *buf, size_t len, u64 *entry)
{
	size_t at = 0;
	struct note n;

	while (len - at >= sizeof(n)) {
		size_t name = at + sizeof(n), desc, end;

		memcpy(&n, buf + at, sizeof(n));
		if (n.namesz > len || n.descsz > len)
			break;
		desc = name + ALIGN_UP((size_t)n.namesz, 4);
		end = desc + ALIGN_UP((size_t)n.descsz, 4);
		if (desc > len || desc + n.descsz > len)
			break;
		if (n.type == PHYS32_ENTRY && n.namesz == 4 && !memcmp(buf + name, "Xen", 4) &&
		    (n.descsz == 4 || n.descsz == 8)) {
			*entry = 0;
			memcpy(entry, buf + desc, n.descsz);
			return 0;
		}
		if (end > len)
			break;
		at = end;
	}
	return -ENOEXEC;
}

static int read_notes(struct image_loader *l, const struct elf_segment *s, u8 *buf, u64 *entry)
{
	s64 n = image_peek(l, s->offset, buf, min(s->filesz, (u64)NOTE_MAX));

	return n < 0 ? (int)n : find_note(buf, (size_t)n, entry);
}

static int phdr(const struct image_loader *l, unsigned int n, struct elf_segment *s)
{
	return boot_elf32_check(l) ? boot_elf32_phdr(l, n, s)
				   : elf_phdr(l->head, l->head_len, n, s);
}

int boot_pvh_find(struct image_loader *l, u64 *entry)
{
	u8 *buf = kmalloc_for(l->vm->account, NOTE_MAX);
	struct elf_segment s;
	int rc = -ENOEXEC;
	unsigned int i;

	if (!buf)
		return image_fs_error(l, -ENOMEM);
	for (i = 0; rc == -ENOEXEC && !phdr(l, i, &s); i++)
		if (s.type == ELF_PT_NOTE && s.offset < l->file_size)
			rc = read_notes(l, &s, buf, entry);
	kfree_for(l->vm->account, buf);
	return rc;
}

static int put_module(struct boot *b, struct hvm_start_info *s)
{
	struct hvm_module m = { .paddr = b->initrd, .size = b->initrd_size };

	if (!b->initrd_size)
		return 0;
	s->nr_modules = 1;
	return boot_put(b, &m, sizeof(m), 8, &s->modlist);
}

static int put_memmap(struct boot *b, struct hvm_start_info *s)
{
	struct hvm_memmap m[ARRAY_SIZE(b->map)];
	unsigned int i;

	for (i = 0; i < b->nr_ranges; i++)
		m[i] = (struct hvm_memmap){ b->map[i].start, b->map[i].size, b->map[i].type, 0 };
	s->nr_memmap = b->nr_ranges;
	return boot_put(b, m, b->nr_ranges * sizeof(m[0]), 8, &s->memmap);
}

int boot_pvh_data(struct boot *b)
{
	struct hvm_start_info s = {
		.magic = START_MAGIC,
		.version = 1,
		.rsdp = b->rsdp,
	};
	const char *args = b->l->vm->cfg->bootargs;
	int rc = boot_put(b, args, strlen(args) + 1, 1, &s.cmdline);

	if (!rc)
		rc = put_module(b, &s);
	if (!rc)
		rc = put_memmap(b, &s);
	if (!rc)
		rc = boot_put(b, &s, sizeof(s), 8, &b->l->vm->boot_arg.v);
	b->start.rbx = b->start.rsi = b->l->vm->boot_arg.v;
	return rc;
}
