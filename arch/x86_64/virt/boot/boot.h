/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIRT_BOOT_H
#define VIRT_BOOT_H

/*
 * Between the boot protocols of x86 kernels: boot.c decides which one it is and makes what all of
 * them need; boot_linux.c, boot_pvh.c and boot_multiboot.c have what each wants to be told.
 *
 * All of that is in the last 128 KiB below 1 MiB, where a PC has its firmware: no kernel
 * uses that, and it is where the ACPI tables are looked for.
 */
#include <lodge/image_loader.h>
#include <lodge/region.h>
#include <asm/start.h>

#define BOOT_AREA      0xe0000ul
#define BOOT_AREA_SIZE 0x20000ul

/* Where a PC's firmware begins in real mode, f000:fff0. */
#define RESET_VECTOR 0xffff0ul

/* What is not RAM to guests on any PC, though it is behind it here. */
#define HOLE_START 0xa0000ul
#define HOLE_END   0x100000ul

/* l->protocol */
enum boot_protocol {
	BOOT_REAL,     /* plain code */
	BOOT_LONG,     /* ELF without a protocol of its own: ours */
	BOOT_LINUX,    /* bzImage; the argument is its initrd_addr_max */
	BOOT_LINUX_32, /* the same without a 64-bit entry */
	BOOT_PVH,
	BOOT_MULTIBOOT,
};

/* Types of memory, as in ACPI's address map interface (ACPI 6.5, 15). */
#define MEMORY_RAM	1u
#define MEMORY_RESERVED 2u

struct boot_range {
	u64 start, size;
	u32 type;
};

/**
 * struct boot - what a kernel is told
 * @next:    the first free byte of the area
 * @map:     memory, in order, without what is nothing
 * @start:   to be filled in
 */
struct boot {
	struct image_loader *l;
	u64 next;
	u64 rsdp;
	u64 initrd, initrd_size;
	unsigned int nr_ranges;
	struct boot_range map[MAX_REGIONS + 3];
	struct x86_start start;
};

/** boot_put() - copy @size bytes into the area, at a multiple of @align. */
__must_check int boot_put(struct boot *b, const void *data, size_t size, u64 align, u64 *addr);

/* ---- ELF in 32 bits ---- */

struct elf_segment;

/** boot_elf32_has_magic() - whether the open file is one, of any kind. */
bool boot_elf32_has_magic(const struct image_loader *l);
/** boot_elf32_check() - whether it is a program for i386 that can be loaded. */
bool boot_elf32_check(const struct image_loader *l);
/* The rest is for one that passed. */
/** boot_elf32_phdr() - its @n-th program header, whatever that says; -ENOENT after the last. */
__must_check int boot_elf32_phdr(const struct image_loader *l, unsigned int n,
				 struct elf_segment *s);
/** boot_elf32_load() - load its segments; @entry becomes the physical address of its entry. */
__must_check int boot_elf32_load(struct image_loader *l, u64 *entry);

/* ---- each protocol: whether the open file has it, then what it is told ---- */

__must_check int boot_linux_load(struct image_loader *l);
__must_check int boot_linux_data(struct boot *b);

/* -ENOEXEC if an ELF file has no such note; else where it is entered. */
__must_check int boot_pvh_find(struct image_loader *l, u64 *entry);
__must_check int boot_pvh_data(struct boot *b);

__must_check int boot_multiboot_load(struct image_loader *l);
/* Whether it is for Multiboot2, which is not offered; as far as its header is in l->head. */
bool boot_multiboot2_has(const struct image_loader *l);
__must_check int boot_multiboot_data(struct boot *b);

#endif
