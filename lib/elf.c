// SPDX-License-Identifier: Apache-2.0
#include <lodge/elf.h>
#include <lodge/errno.h>
#include <lodge/string.h>

struct elf_header {
	u8 ident[16];
	u16 type, machine;
	u32 version;
	u64 entry, phoff, shoff;
	u32 flags;
	u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf_program_header {
	u32 type, flags;
	u64 offset, vaddr, paddr, filesz, memsz, align;
};

static_assert(sizeof(struct elf_header) == ELF_HEADER_SIZE, "ELF64 header");
static_assert(sizeof(struct elf_program_header) == 56, "ELF64 program header");

#define IDENT_CLASS    4
#define IDENT_DATA     5
#define IDENT_VERSION  6
#define CLASS_64       2
#define DATA_LSB       1
#define VERSION	       1
#define TYPE_EXEC      2
#define TYPE_DYN       3      /* position-independent: goes where its addresses say, too */
#define PHNUM_EXTENDED 0xffff /* the number is elsewhere: more segments than anyone has */

/* A file's buffer may be aligned to nothing. */
static struct elf_header header_of(const void *hdr)
{
	struct elf_header h;

	memcpy(&h, hdr, sizeof(h));
	return h;
}

int elf_check(const void *hdr, size_t len, u16 machine)
{
	struct elf_header h;

	if (len < 4 || memcmp(hdr, "\177ELF", 4))
		return -ENOEXEC;
	if (len < sizeof(h))
		return -EINVAL;
	h = header_of(hdr);
	if (h.ident[IDENT_CLASS] != CLASS_64 || h.ident[IDENT_DATA] != DATA_LSB ||
	    h.ident[IDENT_VERSION] != VERSION || h.version != VERSION)
		return -EINVAL;
	if (h.machine != machine || (h.type != TYPE_EXEC && h.type != TYPE_DYN))
		return -EINVAL;
	if (h.phentsize != sizeof(struct elf_program_header) || !h.phnum ||
	    h.phnum == PHNUM_EXTENDED || h.phoff < sizeof(h))
		return -EINVAL;
	/* So that elf_headers_size() can be a number. */
	return h.phoff > ~0ul - (u64)h.phnum * h.phentsize ? -EINVAL : 0;
}

u16 elf_machine(const void *hdr)
{
	return header_of(hdr).machine;
}

u64 elf_headers_size(const void *hdr)
{
	struct elf_header h = header_of(hdr);

	return h.phoff + (u64)h.phnum * h.phentsize;
}

static bool wraps(u64 start, u64 size)
{
	return start + size < start;
}

int elf_phdr(const void *hdr, size_t len, unsigned int n, struct elf_segment *out)
{
	struct elf_header h = header_of(hdr);
	struct elf_program_header p;
	u64 off = h.phoff + (u64)n * sizeof(p);

	if (n >= h.phnum)
		return -ENOENT;
	if (off > len || len - off < sizeof(p))
		return -E2BIG;
	memcpy(&p, (const u8 *)hdr + off, sizeof(p));
	*out = (struct elf_segment){
		.type = p.type,
		.flags = p.flags,
		.offset = p.offset,
		.filesz = p.filesz,
		.vaddr = p.vaddr,
		.paddr = p.paddr,
		.memsz = p.memsz,
	};
	if (p.type == ELF_PT_LOAD && (p.filesz > p.memsz || wraps(p.offset, p.filesz) ||
				      wraps(p.vaddr, p.memsz) || wraps(p.paddr, p.memsz)))
		return -EINVAL;
	return 0;
}

/* Where the segment with @entry among its virtual or its physical addresses has it. */
static int find_entry(const void *hdr, size_t len, bool physical, u64 *paddr)
{
	u64 entry = header_of(hdr).entry;
	struct elf_segment s;
	int err;

	for (unsigned int n = 0; !(err = elf_phdr(hdr, len, n, &s)); n++) {
		u64 start = physical ? s.paddr : s.vaddr;

		if (s.type != ELF_PT_LOAD || entry < start || entry - start >= s.memsz)
			continue;
		*paddr = s.paddr + (entry - start);
		return 0;
	}
	return err == -ENOENT ? -EINVAL : err;
}

int elf_entry(const void *hdr, size_t len, u64 *paddr)
{
	int err = find_entry(hdr, len, false, paddr);

	return err == -EINVAL ? find_entry(hdr, len, true, paddr) : err;
}
