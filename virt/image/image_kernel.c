// SPDX-License-Identifier: Apache-2.0
/* Kinds of kernels: ELF files, the architecture's images, and plain code. */
#include <lodge/arch_virt.h>
#include <lodge/board.h>
#include <lodge/elf.h>
#include <lodge/errno.h>
#include <lodge/image_loader.h>
#include <lodge/string.h>
#include <lodge/thread.h>
#include <lodge/vm.h>

/* Not a place to start from: nothing is there that could be fetched. */
int image_set_entry(struct image_loader *l, u64 entry)
{
	const struct vm_config *cfg = l->vm->cfg;
	const struct region *r;

	l->vm->entry = cfg->has_entry ? cfg->entry : gpa(entry);
	r = region_find(&l->vm->map, l->vm->entry);
	if (r && r->backing != BACKING_EMULATED)
		return 0;
	return image_error(l, -EINVAL, "starts at 0x%lx, where the VM has no memory: set \"entry\"",
			   l->vm->entry.v);
}

/* ---- in one piece ---- */

int image_load_flat(struct image_loader *l, u64 offset, u64 mem_size)
{
	const struct vm_config *cfg = l->vm->cfg;
	u64 base = image_ram_base(l->vm), start;
	int rc;

	if (base + offset < base)
		return image_error(l, -EINVAL, "has a damaged header: copy it again");
	start = cfg->has_load ? cfg->load.v : base + offset;
	rc = image_claim(l, start, max(mem_size, l->file_size));
	if (!rc)
		rc = image_read(l, 0, start, l->file_size);
	return rc ? rc : image_set_entry(l, start);
}

/* ---- ELF ---- */

#define ELF_CLASS 4 /* of e_ident */
#define ELF_DATA  5
#define ELF_TYPE  16

/* Why elf_check() refused it, for a person. */
static int elf_refused(struct image_loader *l)
{
	const u8 *h = l->head;

	if (l->head_len < ELF_HEADER_SIZE)
		return image_error(l, -EINVAL, "is an ELF file that is cut short: copy it again");
	if (h[ELF_CLASS] == 1)
		return image_error(l, -EINVAL, "is a 32-bit ELF file: use a 64-bit one");
	if (h[ELF_DATA] == 2)
		return image_error(l, -EINVAL, "is a big-endian ELF file: use a little-endian one");
	if (elf_machine(h) != arch_guest_board.elf_machine)
		return image_error(
			l, -EINVAL,
			"is an ELF file for another machine: use one that is built for this");
	if (h[ELF_TYPE] == 1)
		return image_error(l, -EINVAL, "is an object file: link it to an executable");
	if (h[ELF_TYPE] == 4)
		return image_error(l, -EINVAL, "is a core dump: name the program itself");
	return image_error(l, -EINVAL, "is a damaged ELF file: copy it again");
}

/* Added to each physical address of the file. */
static u64 elf_bias(struct image_loader *l)
{
	u64 lowest = ~(u64)0;
	struct elf_segment s;
	unsigned int n;

	if (!l->vm->cfg->has_load)
		return 0;
	for (n = 0; !elf_phdr(l->head, l->head_len, n, &s); n++)
		if (s.type == ELF_PT_LOAD && s.memsz)
			lowest = min(lowest, s.paddr);
	return l->vm->cfg->load.v - lowest;
}

/* Where the first memory behind @addr begins that a kernel can be in; ~0 if there is none. */
static u64 next_memory(struct vm *vm, u64 addr)
{
	const struct guest_board *b = &arch_guest_board;
	unsigned int i;

	if (addr >= b->hole_start && addr < b->hole_end)
		return b->hole_end;
	for (i = 0; i < vm->map.count; i++)
		if (region_is_memory(&vm->map.r[i]) && vm->map.r[i].gpa.v > addr)
			return vm->map.r[i].gpa.v;
	return ~(u64)0;
}

static bool has_memory(struct vm *vm, u64 addr)
{
	const struct guest_board *b = &arch_guest_board;

	return region_is_memory(region_find(&vm->map, gpa(addr))) &&
	       (addr < b->hole_start || addr >= b->hole_end);
}

/* Whether nothing but zeroes is in @len bytes of the file. */
static int is_padding(struct image_loader *l, u64 off, u64 len)
{
	u64 word[16], n;
	unsigned int i;
	s64 rc;

	for (; len; off += n, len -= n) {
		memset(word, 0, sizeof(word));
		thread_make_room();
		rc = image_peek(l, off, word, min(len, (u64)sizeof(word)));
		if (rc < 0)
			return (int)rc;
		n = (u64)rc;
		for (i = 0; i < ARRAY_SIZE(word); i++)
			if (word[i] || !n)
				return false;
	}
	return true;
}

/*
 * A linker without a script puts a page with the headers before the code, which so begins below
 * memory where the code is at the start of it. No kernel misses them: that page is left out, if
 * nothing is in it but headers, notes and padding.
 */
static int skip_headers(struct image_loader *l, struct elf_segment *s, u64 *addr)
{
	u64 skip, headers = l->headers > s->offset ? l->headers - s->offset : 0, rest;
	int rc;

	if (!headers || has_memory(l->vm, *addr))
		return 0;
	skip = min(next_memory(l->vm, *addr) - *addr, s->memsz);
	rest = min(skip, s->filesz);
	rc = is_padding(l, s->offset + min(headers, rest), rest - min(headers, rest));
	if (rc < 0)
		return rc;
	if (!rc)
		return image_error(
			l, -EINVAL,
			"has headers and data at 0x%lx, where the VM has no memory: link it "
			"with -Wl,-n or a linker script",
			*addr);
	*addr += skip;
	s->memsz -= skip;
	s->filesz -= rest;
	s->offset += rest;
	return 0;
}

int image_load_segment(struct image_loader *l, const struct elf_segment *segment, u64 addr)
{
	struct elf_segment part = *segment, *s = &part;
	int rc;

	if (s->offset + s->filesz > l->file_size)
		return image_error(l, -EINVAL, "is an ELF file that is cut short: copy it again");
	rc = skip_headers(l, s, &addr);
	if (rc || !s->memsz)
		return rc;
	rc = image_claim(l, addr, s->memsz);
	if (!rc && s->filesz)
		rc = image_read(l, s->offset, addr, s->filesz);
	if (!rc && s->memsz > s->filesz)
		rc = image_zero(l, addr + s->filesz, s->memsz - s->filesz);
	return rc;
}

/* With the notes that follow: where the part of the file ends that tells of it. */
static u64 headers_end(const struct image_loader *l)
{
	u64 end = elf_headers_size(l->head);
	struct elf_segment s;
	unsigned int n;

	for (n = 0; !elf_phdr(l->head, l->head_len, n, &s); n++)
		if (s.type == ELF_PT_NOTE && s.offset >= end && s.offset - end < 16 &&
		    s.filesz < l->file_size)
			end = s.offset + s.filesz;
	return end;
}

int image_load_segments(struct image_loader *l, u64 *bias)
{
	struct elf_segment s;
	unsigned int n;
	int rc, err;

	*bias = elf_bias(l);
	l->headers = headers_end(l);
	for (n = 0; !(err = elf_phdr(l->head, l->head_len, n, &s)); n++) {
		if (s.type != ELF_PT_LOAD || !s.memsz)
			continue;
		rc = image_load_segment(l, &s, s.paddr + *bias);
		if (rc)
			return rc;
	}
	if (err == -E2BIG && l->file_size > l->head_len)
		return image_error(l, -EINVAL,
				   "has its program headers too far into the file: link it again");
	if (err != -ENOENT)
		return image_error(l, -EINVAL, "is a damaged ELF file: copy it again");
	if (!l->nr_extents)
		return image_error(l, -EINVAL,
				   "is an ELF file with nothing to load: link it again");
	return 0;
}

int image_load_elf(struct image_loader *l)
{
	u64 bias, entry = 0;
	int rc = image_load_segments(l, &bias);

	if (rc)
		return rc;
	if (elf_entry(l->head, l->head_len, &entry) && !l->vm->cfg->has_entry)
		return image_error(l, -EINVAL,
				   "has no entry point in what it loads: set \"entry\"");
	return image_set_entry(l, entry + bias);
}

/* ---- which ---- */

/* Its first 32 KiB are for others (ECMA-119, 6.2.1 and 8.1). */
static int is_cd(struct image_loader *l)
{
	u8 id[5];
	s64 n = image_peek(l, 0x8001, id, sizeof(id));

	return n < 0 ? (int)n : n == sizeof(id) && !memcmp(id, "CD001", sizeof(id));
}

int image_load_kernel(struct image_loader *l)
{
	const char *what;
	int rc = arch_image_load(l);

	if (rc != -ENOEXEC)
		return rc;
	rc = elf_check(l->head, l->head_len, arch_guest_board.elf_machine);
	if (!rc)
		return image_load_elf(l);
	if (rc != -ENOEXEC)
		return elf_refused(l);
	what = image_foreign(l->head, l->head_len);
	if (what)
		return image_error(l, -EINVAL, "%s", what);
	rc = is_cd(l);
	if (rc)
		return rc < 0 ? rc
			      : image_error(
					l, -EINVAL,
					"is a CD image (ISO 9660): use the kernel that is in it");
	return image_load_flat(l, arch_guest_board.kernel_offset, 0);
}
