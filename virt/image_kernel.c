// SPDX-License-Identifier: Apache-2.0
/* Kinds of kernels: ELF files, the architecture's images, and plain code. */
#include <lodge/arch_virt.h>
#include <lodge/board.h>
#include <lodge/elf.h>
#include <lodge/errno.h>
#include <lodge/image_loader.h>
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

int image_load_segment(struct image_loader *l, const struct elf_segment *s, u64 addr)
{
	int rc;

	if (s->offset + s->filesz > l->file_size)
		return image_error(l, -EINVAL, "is an ELF file that is cut short: copy it again");
	rc = image_claim(l, addr, s->memsz);
	if (!rc && s->filesz)
		rc = image_read(l, s->offset, addr, s->filesz);
	if (!rc && s->memsz > s->filesz)
		rc = image_zero(l, addr + s->filesz, s->memsz - s->filesz);
	return rc;
}

int image_load_segments(struct image_loader *l, u64 *bias)
{
	struct elf_segment s;
	unsigned int n;
	int rc, err;

	*bias = elf_bias(l);
	for (n = 0; !(err = elf_phdr(l->head, l->head_len, n, &s)); n++) {
		if (s.type != ELF_PT_LOAD || !s.memsz)
			continue;
		rc = image_load_segment(l, &s, s.paddr + *bias);
		if (rc)
			return rc;
	}
	if (err == -E2BIG && l->file_size > l->head_len)
		return image_error(l, -EINVAL,
				   "has its program headers too far behind: link it again");
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
	return image_load_flat(l, arch_guest_board.kernel_offset, 0);
}
