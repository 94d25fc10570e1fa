// SPDX-License-Identifier: Apache-2.0
/* Multiboot kernels: what is loaded where, what they are told, what is refused. */
/* links: virt/image/image.c virt/image/image_kernel.c virt/image/image_foreign.c virt/image/image_unpack.c virt/mem/region.c lib/elf.c */
/* links: arch/x86_64/virt/boot/boot.c arch/x86_64/virt/boot/boot_linux.c arch/x86_64/virt/boot/boot_pvh.c */
/* links: arch/x86_64/virt/boot/boot_multiboot.c arch/x86_64/virt/boot/boot_elf32.c */
/* arch: x86_64 */
#include "boot_fixture.h"

#define MB_MAGIC 0x1badb002u

struct mb_image {
	u8 ident[16];
	u16 type, machine;
	u32 version, entry, phoff, shoff, flags;
	u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
	struct {
		u32 type, offset, vaddr, paddr, filesz, memsz, flags, align;
	} seg[2];
	u32 header[8];
	u8 data[0x1000];
};

static struct mb_image mb_image(u32 flags)
{
	struct mb_image m = {
		.ident = "\177ELF\1\1\1",
		.type = 2,
		.machine = 3,
		.version = 1,
		.entry = 0xc0200020,
		.phoff = offsetof(struct mb_image, seg),
		.phentsize = 32,
		.phnum = 1,
		.seg[0] = { 1, 0, 0xc0200000, 0x200000, sizeof(m), 0x4000, 7, 0x1000 },
		.header = { MB_MAGIC, flags, 0u - MB_MAGIC - flags },
	};

	memset(m.data, 0x77, sizeof(m.data));
	return m;
}

static void a_multiboot_kernel_is_loaded(void **state)
{
	struct mb_image m = mb_image(3);
	u64 info, map;

	add_file("/k", &m, sizeof(m));
	strcpy(cfg.bootargs, "a b");
	load();
	assert_int_equal(start()->mode, X86_START_PROTECTED);
	assert_int_equal(start()->rip, 0x200020);
	assert_int_equal(start()->rax, 0x2badb002);
	check_gdt(false);
	assert_memory_equal(at(0x200000), &m, sizeof(m));
	assert_int_equal(*at(0x200000 + sizeof(m)), 0);
	info = vm.boot_arg.v;
	assert_int_equal(start()->rbx, info);
	check_area(info);
	assert_int_equal(get(info, 4), 1 << 9 | 1 << 6 | 1 << 2 | 1);
	assert_int_equal(get(info + 4, 4), 640);
	assert_int_equal(get(info + 8, 4), (RAM_SIZE - MIB(1)) / 1024);
	assert_string_equal(text(get(info + 16, 4)), "/k a b");
	assert_string_equal(text(get(info + 64, 4)), "Lodge");
	assert_int_equal(get(info + 44, 4), 3 * 24);
	map = get(info + 48, 4);
	assert_int_equal(get(map + 24, 4), 20);
	assert_int_equal(get(map + 28, 8), 0xa0000);
	assert_int_equal(get(map + 24 + 20, 4), 2);
	assert_int_equal(get(map + 48 + 4, 8), 0x100000);
}

static void a_multiboot_module_is_told(void **state)
{
	struct mb_image m = mb_image(3);
	static const u8 initrd[0x1234] = { 1, 2, 3 };
	u64 mods;

	add_file("/k", &m, sizeof(m));
	add_file("/i", initrd, sizeof(initrd));
	strcpy(cfg.initrd, "/i");
	load();
	assert_int_equal(get(vm.boot_arg.v, 4) & 8, 8);
	assert_int_equal(get(vm.boot_arg.v + 20, 4), 1);
	mods = get(vm.boot_arg.v + 24, 4);
	assert_int_equal(get(mods, 4), RAM_SIZE - 0x2000);
	assert_int_equal(get(mods + 4, 4), RAM_SIZE - 0x2000 + sizeof(initrd));
	assert_string_equal(text(get(mods + 8, 4)), "/i");
}

/* By addresses, with whatever else the file is; the header is at @at of @size bytes. */
static void add_flat(u8 *file, u32 at_byte, u64 size, const u32 *addr)
{
	u32 h[8] = { MB_MAGIC, 1 << 16, 0u - MB_MAGIC - (1 << 16), addr[0], addr[1], addr[2],
		     addr[3],  addr[4] };

	memset(file, 1, size);
	memcpy(file + at_byte, h, sizeof(h));
	nr_files = 0;
	add_file("/k", file, size);
}

static void addresses_of_a_header_are_obeyed(void **state)
{
	static u8 file[0x4000];

	/* The header is 0x10 bytes behind what is loaded first. */
	add_flat(file, 0x1010, sizeof(file),
		 (u32[]){ 0x300010, 0x300000, 0x302000, 0x305000, 0x300100 });
	load();
	assert_int_equal(start()->rip, 0x300100);
	assert_memory_equal(at(0x300000), file + 0x1000, 0x2000);
	assert_int_equal(*at(0x302000), 0);
	assert_int_equal(*at(0x304fff), 0);
	assert_int_equal(*at(0x305000), dirty);
	/* 0 is the rest of the file. */
	add_flat(file, 0x1010, sizeof(file), (u32[]){ 0x300010, 0x300000, 0, 0, 0x300100 });
	load();
	assert_memory_equal(at(0x300000), file + 0x1000, 0x3000);
}

static void odd_multiboot_kernels_are_refused(void **state)
{
	static u8 file[0x4000];
	struct mb_image m = mb_image(0x13);

	add_file("/k", &m, sizeof(m));
	load_fails(KERNEL
		   "is a multiboot kernel that requires more than multiboot 0.6.96 provides");
	m = mb_image(3);
	m.phoff = 0xfffffff0;
	load_fails(KERNEL "is a multiboot kernel in an unsupported ELF file: link it again");
	m = mb_image(3);
	m.seg[0].filesz = 0x5000;
	load_fails(KERNEL "is a damaged ELF file: copy it again");
	m = mb_image(3);
	m.seg[0].type = 0;
	load_fails(KERNEL "is an ELF file with nothing to load: link it again");
	m = mb_image(3);
	cfg.has_load = true;
	cfg.load = gpa(0x300000);
	load_fails(KERNEL "is a multiboot kernel, which can't be moved: remove \"load\"");
	cfg.has_load = false;
	add_flat(file, 0x1010, sizeof(file), (u32[]){ 0x2fffff, 0x300000, 0, 0, 0x300100 });
	load_fails(KERNEL "has a damaged multiboot header: link it again");
	add_flat(file, 0x10, sizeof(file), (u32[]){ 0x300020, 0x300000, 0, 0, 0x300100 });
	load_fails(KERNEL "has a damaged multiboot header: link it again");
	add_flat(file, 0x10, sizeof(file), (u32[]){ 0x300010, 0x300000, 0x304001, 0, 0x300100 });
	load_fails(KERNEL "is a multiboot kernel that is cut short: copy it again");
	add_flat(file, 0x2000, sizeof(file), (u32[]){ 0x300000, 0x300000, 0, 0, 0x300000 });
	load(); /* too far behind to be a header: plain code */
	assert_int_equal(start()->mode, X86_START_REAL);
	/* Firmware, which says itself where it goes and starts. */
	add_flat(file, 0x10, sizeof(file), (u32[]){ 0x300010, 0x300000, 0, 0, 0x300100 });
	cfg.has_load = cfg.has_entry = true;
	cfg.load = gpa(0x30c000);
	cfg.entry = gpa(0x30fff0);
	load();
	assert_int_equal(start()->cs_base, 0x300000);
	assert_int_equal(start()->rip, 0xfff0);
}

static void headers_of_multiboot_may_be_anything(void **state)
{
	static u8 file[0x4000];
	u64 seed = shim_seed(11);
	int i;

	for (i = 0; i < 5000; i++) {
		char err[VM_ERROR_MAX];
		u32 addr[5];
		int n;

		for (n = 0; n < 5; n++)
			addr[n] = shim_random(&seed) % 3 ? 0x300000 + shim_random(&seed) % 0x4000
							 : (u32)shim_random(&seed);
		add_flat(file, (u32)(shim_random(&seed) % 0x2100) & ~3u, sizeof(file), addr);
		if (image_load(&vm, err))
			assert_memory_equal(err, "vms/a.dtb: /chosen: ", 20);
		assert_int_equal(open_files, 0);
	}
}

/* It would be entered in long mode, or in real mode, by code of 32 bits. */
static void multiboot2_is_refused(void **state)
{
	static const u32 header[4] = { 0xe85250d6, 0, 16, 0u - 0xe85250d6 - 16 };
	struct elf_file e = elf_file();
	static u8 file[0x4000];

	e.seg[0].vaddr = e.seg[0].paddr = 0x200000;
	e.entry = 0x200010;
	add_file("/k", &e, sizeof(e));
	load();
	assert_int_equal(start()->mode, X86_START_LONG);
	memcpy(e.data + (0x1000 - offsetof(struct elf_file, data)), header, sizeof(header));
	load_fails(KERNEL
		   "is a multiboot2 kernel: use one that is built for PVH or multiboot 0.6.96");
	cfg.has_entry = true;
	cfg.entry = gpa(0x200020);
	load();
	assert_int_equal(start()->rip, 0x200020);
	cfg.has_entry = false;
	nr_files = 0;
	memset(file, 1, sizeof(file));
	memcpy(file + 8, header, sizeof(header));
	add_file("/k", file, sizeof(file));
	load_fails(KERNEL
		   "is a multiboot2 kernel: use one that is built for PVH or multiboot 0.6.96");
	/* Something else is wrong with it, or it is none. */
	file[8 + 15]++;
	load();
}

/* Linux for i386 is one; a header of multiboot comes first, as for QEMU. */
static void a_pvh_note_of_32_bits_is_obeyed(void **state)
{
	struct mb_image m = mb_image(3);
	struct {
		u32 namesz, descsz, type;
		char name[4];
		u32 entry;
	} note = { 4, 4, 18, "Xen", 0x200040 };

	m.phnum = 2;
	m.seg[1].type = 4;
	m.seg[1].offset = offsetof(struct mb_image, data);
	m.seg[1].filesz = sizeof(note);
	memcpy(m.data, &note, sizeof(note));
	add_file("/k", &m, sizeof(m));
	load();
	assert_int_equal(start()->rip, 0x200020);
	m.header[0] = 0;
	load();
	assert_int_equal(start()->mode, X86_START_PROTECTED);
	assert_int_equal(start()->rip, 0x200040);
	assert_int_equal(start()->rbx, vm.boot_arg.v);
	assert_int_equal(get(vm.boot_arg.v, 4), 0x336ec578);
	assert_memory_equal(at(0x200000), &m, sizeof(m));
	assert_int_equal(*at(0x200000 + sizeof(m)), 0);
	check_gdt(false);
	cfg.has_load = true;
	cfg.load = gpa(0x300000);
	load_fails(KERNEL "is a 32-bit PVH kernel, which can't be moved: remove \"load\"");
	cfg.has_load = false;
	((u32 *)m.data)[2] = 17;
	load_fails(KERNEL "is a 32-bit ELF file: use a 64-bit one");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		loader_test(a_multiboot_kernel_is_loaded),
		loader_test(a_multiboot_module_is_told),
		loader_test(addresses_of_a_header_are_obeyed),
		loader_test(odd_multiboot_kernels_are_refused),
		loader_test(headers_of_multiboot_may_be_anything),
		loader_test(multiboot2_is_refused),
		loader_test(a_pvh_note_of_32_bits_is_obeyed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
