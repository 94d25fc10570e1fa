// SPDX-License-Identifier: Apache-2.0
#include <guest/guest.h>
#include <guest/user.h>
#include <lodge/elf.h>

/* What a kernel does for a process: its program, and what it asks for. */

/* ---- the program ---- */

static bool load_segment(struct address_space *as, const void *file, size_t size,
			 const struct elf_segment *s)
{
	u32 prot = MAP_U | (s->flags & ELF_PF_R ? MAP_R : 0) | (s->flags & ELF_PF_W ? MAP_W : 0) |
		   (s->flags & ELF_PF_X ? MAP_X : 0);

	if (s->vaddr % PAGE_SIZE || s->vaddr < USER_TEXT ||
	    s->vaddr + s->memsz > USER_STACK_TOP - USER_STACK_SIZE || s->filesz > s->memsz ||
	    s->offset + s->filesz > size)
		return false;
	for (u64 off = 0; off < s->memsz; off += PAGE_SIZE) {
		u64 page = as->alloc();

		if (off < s->filesz)
			memcpy((void *)page, (const char *)file + s->offset + off,
			       min(s->filesz - off, PAGE_SIZE));
		as_map(as, s->vaddr + off, page, PAGE_SIZE, prot, 0);
	}
	return true;
}

bool user_load(struct address_space *as, const void *file, size_t size, u64 *entry)
{
	struct elf_segment s;

	if (elf_check(file, size, ARCH_ELF_MACHINE) || elf_entry(file, size, entry))
		return false;
	for (unsigned int i = 0; !elf_phdr(file, size, i, &s); i++)
		if (s.type == ELF_PT_LOAD && s.memsz && !load_segment(as, file, size, &s))
			return false;
	return true;
}

/* ---- system calls ---- */

/* Whether the process can read all of it: what it may not read, no call may read for it. */
static bool is_readable(struct address_space *as, u64 va, u64 len)
{
	u64 end = BIT(as->mode->va_bits - 1), pa;

	if (va >= end || len > end - va)
		return false;
	for (u64 at = ALIGN_DOWN(va, PAGE_SIZE); at < va + len; at += PAGE_SIZE)
		if (!as_translate(as, at, MAP_R | MAP_U, &pa))
			return false;
	return true;
}

long user_write(struct address_space *as, u64 fd, u64 buf, u64 len)
{
	u64 n, pa;

	if (fd != 1)
		return -EBADF;
	if (!is_readable(as, buf, len))
		return -EFAULT;
	for (u64 at = buf; at < buf + len; at += n) {
		as_translate(as, at, MAP_R | MAP_U, &pa);
		n = min(PAGE_SIZE - at % PAGE_SIZE, buf + len - at);
		console_write((const char *)pa, n);
	}
	return (long)len;
}
