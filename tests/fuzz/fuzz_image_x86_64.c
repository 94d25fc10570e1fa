// SPDX-License-Identifier: Apache-2.0
/* Loading kernels of x86_64: plain code, bzImage, ELF, PVH and Multiboot, and what they are told. */
/* links: virt/image/image.c virt/image/image_kernel.c virt/image/image_foreign.c virt/image/image_unpack.c virt/mem/region.c */
/* links: arch/x86_64/virt/boot/boot.c arch/x86_64/virt/boot/boot_linux.c arch/x86_64/virt/boot/boot_pvh.c */
/* links: arch/x86_64/virt/boot/boot_multiboot.c arch/x86_64/virt/boot/boot_elf32.c */
/* arch: x86_64 */
/* runs: 3000 */
/* length: 160 */
#define IMAGE_FIXTURE "boot_fixture.h"
#define get	      boot_get
#include "image_fuzz.h"

static void set(unsigned int off, u64 v, unsigned int width)
{
	memcpy(plain + off, &v, width);
}

/* Documentation/arch/x86/boot.rst */
static size_t make_bzimage(void)
{
	memset(plain, 0, 5 * 512);
	set(0x1f1, 4, 1);
	set(0x1fe, 0xaa55, 2);
	set(0x201, 0x6a, 1);
	memcpy(plain + 0x202, "HdrS", 4);
	set(0x206, 0x20f, 2);
	set(0x211, 1, 1);
	set(0x22c, 0x7fffffff, 4);
	set(0x230, 0x1000, 4);
	set(0x234, 1, 1);
	set(0x236, 0x7f, 2);
	set(0x238, 2047, 4);
	set(0x258, 0x200000, 8);
	set(0x260, 0x8000, 4);
	return HEAD_MAX;
}

/* With Xen's note of a 32-bit entry. */
static size_t make_pvh(void)
{
	size_t size = make_elf();

	set(64 + 2 * 56 + 8, 0x400, 8);
	set(64 + 2 * 56 + 32, 24, 8);
	set(0x400, 4, 4);
	set(0x404, 8, 4);
	set(0x408, 18, 4);
	memcpy(plain + 0x40c, "Xen", 4);
	set(0x410, 0x200010, 8);
	return size;
}

/* An ELF file of 32 bits with a Multiboot header, or only that with the addresses in it. */
static size_t make_multiboot_elf(void)
{
	memset(plain, 0, 0x100);
	memcpy(plain, "\177ELF\1\1\1", 7);
	set(16, 2 | 3 << 16, 4);
	set(20, 1, 4);
	set(24, 0xc0200020, 4);
	set(28, 52, 4);
	set(42, 32 | 1 << 16, 4);
	set(52, 1, 4);
	set(60, 0xc0200000, 4);
	set(64, 0x200000, 4);
	set(68, 0x1000, 4);
	set(72, 0x4000, 4);
	set(0x80, 0x1badb002, 4);
	set(0x84, 3, 4);
	set(0x88, -(0x1badb002 + 3), 4);
	return 0x1800;
}

static size_t make_multiboot(void)
{
	memset(plain, 0, 0x100);
	set(0x40, 0x1badb002, 4);
	set(0x44, 0x10003, 4);
	set(0x48, -(0x1badb002 + 0x10003), 4);
	set(0x4c, 0x200040, 4);
	set(0x50, 0x200000, 4);
	set(0x54, 0x201000, 4);
	set(0x58, 0x203000, 4);
	set(0x5c, 0x200060, 4);
	return 0x1000;
}

static const make_file kinds[] = {
	make_bzimage, make_elf, make_pvh, make_multiboot_elf, make_multiboot, make_bytes,
};

/* What a kernel was told is where it was told it is, and all of it in memory. */
static void check_told(void)
{
	if (start()->mode == X86_START_REAL)
		return;
	check_gdt(start()->mode == X86_START_LONG);
	if (start()->mode == X86_START_LONG)
		assert_int_equal(translate(start()->rip), start()->rip);
	assert_true(is_ram(gpa(start()->rip), 1) || cfg.has_entry);
}

void fuzz_one(struct fuzz *in)
{
	memset(&vm.arch, 0, sizeof(vm.arch));
	if (run(in, kinds, ARRAY_SIZE(kinds))) {
		check_told();
		if (is_elf() && !cfg.has_load)
			check_elf();
	}
	put_back();
}

size_t fuzz_seed(unsigned int n, u8 *buf, size_t room)
{
	return make_seed(n, ARRAY_SIZE(kinds), buf);
}
