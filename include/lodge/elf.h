/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_ELF_H
#define LODGE_ELF_H

#include <lodge/types.h>

/*
 * Executables in ELF64, little-endian (System V ABI, chapters 4 and 5). Only the
 * start of the file has to be in memory: the header, and the program headers, which
 * usually come right behind it. It is not trusted.
 */

#define ELF_HEADER_SIZE 64u

#define ELF_PT_LOAD 1u
#define ELF_PT_NOTE 4u
#define ELF_PF_X    1u
#define ELF_PF_W    2u
#define ELF_PF_R    4u

/**
 * struct elf_segment - a program header
 * @type, @flags: ELF_PT_*, ELF_PF_*
 * @offset, @filesz: bytes of the file; @offset + @filesz does not wrap
 * @vaddr, @paddr, @memsz: where they go; what is over @filesz is zero; nothing wraps
 */
struct elf_segment {
	u32 type, flags;
	u64 offset, filesz;
	u64 vaddr, paddr, memsz;
};

/**
 * elf_check() - whether a file is an executable for @machine
 * @hdr: the start of the file, of which @len bytes are there
 *
 * Return: 0; -ENOEXEC if it is no ELF file at all; -EINVAL if it is one, but damaged, of
 * another class, byte order or machine, or nothing to execute.
 */
__must_check int elf_check(const void *hdr, size_t len, u16 machine);

/* The rest is for a header that passed. */

/** elf_machine() - e_machine, for a message about the wrong one; @len >= ELF_HEADER_SIZE. */
u16 elf_machine(const void *hdr);

/** elf_headers_size() - how much of the start of the file elf_phdr() needs, in bytes; may be
 * anything, if the file says so: the caller has a limit. */
u64 elf_headers_size(const void *hdr);

/**
 * elf_phdr() - the @n-th program header
 * Return: 0, -ENOENT after the last, -E2BIG if it is not within the first @len bytes,
 * -EINVAL if it is damaged (of what is not to be loaded only @type is looked at).
 */
__must_check int elf_phdr(const void *hdr, size_t len, unsigned int n, struct elf_segment *out);

/**
 * elf_entry() - the physical address of the first instruction
 * The file has a virtual one, in one of the segments that are loaded. Kernels that are linked for
 * the upper half may name the physical one, because they start without an MMU.
 * Return: 0, -EINVAL if it is in none, or as elf_phdr().
 */
__must_check int elf_entry(const void *hdr, size_t len, u64 *paddr);

#endif
