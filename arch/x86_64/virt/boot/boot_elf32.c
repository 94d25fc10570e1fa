// SPDX-License-Identifier: Apache-2.0
/* ELF files in 32 bits (System V ABI, chapters 4 and 5), as kernels for Multiboot are, and some for PVH. */
#include "boot.h"
#include <lodge/elf.h>
#include <lodge/errno.h>
#include <lodge/string.h>

struct elf32_header {
	u8 ident[16];
	u16 type, machine;
	u32 version, entry, phoff, shoff, flags;
	u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf32_program_header {
	u32 type, offset, vaddr, paddr, filesz, memsz, flags, align;
};

static_assert(sizeof(struct elf32_header) == 52, "ELF32 header");
static_assert(sizeof(struct elf32_program_header) == 32, "ELF32 program header");

#define IDENT_32  "\177ELF\1\1\1"
#define TYPE_EXEC 2
#define EM_386	  3

static struct elf32_header header_of(const struct image_loader *l)
{
	struct elf32_header h;

	memcpy(&h, l->head, sizeof(h));
	return h;
}

bool boot_elf32_has_magic(const struct image_loader *l)
{
	return l->head_len > sizeof(struct elf32_header) && !memcmp(l->head, IDENT_32, 7);
}

bool boot_elf32_check(const struct image_loader *l)
{
	struct elf32_header h = header_of(l);

	return boot_elf32_has_magic(l) && h.type == TYPE_EXEC && h.machine == EM_386 &&
	       h.phentsize == sizeof(struct elf32_program_header) && h.phoff <= l->head_len &&
	       (l->head_len - h.phoff) / sizeof(struct elf32_program_header) >= h.phnum;
}

int boot_elf32_phdr(const struct image_loader *l, unsigned int n, struct elf_segment *s)
{
	struct elf32_header h = header_of(l);
	struct elf32_program_header p;

	if (n >= h.phnum)
		return -ENOENT;
	memcpy(&p, l->head + h.phoff + n * sizeof(p), sizeof(p));
	*s = (struct elf_segment){
		.type = p.type,
		.flags = p.flags,
		.offset = p.offset,
		.filesz = p.filesz,
		.vaddr = p.vaddr,
		.paddr = p.paddr,
		.memsz = p.memsz,
	};
	return 0;
}

int boot_elf32_load(struct image_loader *l, u64 *entry)
{
	struct elf32_header h = header_of(l);
	struct elf_segment s;
	unsigned int n;
	int rc = 0;

	*entry = h.entry;
	l->headers = h.phoff + h.phnum * sizeof(struct elf32_program_header);
	for (n = 0; !rc && !boot_elf32_phdr(l, n, &s); n++) {
		if (s.type != ELF_PT_LOAD || !s.memsz)
			continue;
		if (s.filesz > s.memsz)
			return image_error(l, -EINVAL, "is a damaged ELF file: copy it again");
		/* The entry may be in the segment's virtual addresses, which may wrap. */
		if ((u32)(h.entry - s.vaddr) < s.memsz)
			*entry = s.paddr + (u32)(h.entry - s.vaddr);
		rc = image_load_segment(l, &s, s.paddr);
	}
	if (!rc && !l->nr_extents)
		rc = image_error(l, -EINVAL, "is an ELF file with nothing to load: link it again");
	return rc;
}
