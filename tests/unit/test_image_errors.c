// SPDX-License-Identifier: Apache-2.0
/* The loader: files that are no kernel, and what it says of them. */
/* links: virt/image/image.c virt/image/image_kernel.c virt/image/image_foreign.c virt/image/image_unpack.c virt/image/image_fdt.c virt/mem/region.c lib/elf.c */
/* links: arch/riscv64/virt/image.c */
#include "image_fixture.h"

#define KERNEL "\"kernel\": /k "

static const u8 code[8] = { 0xa1, 0x48, 0x73, 0, 0, 0, 1, 0 };

/* ---- the disk ---- */

static void files_that_cannot_be_opened(void **state)
{
	static const struct {
		int error;
		const char *said;
	} t[] = {
		{ -ENOENT, "is not on the boot disk: copy it there or correct the path" },
		{ -ENOTDIR, "is not on the boot disk: copy it there or correct the path" },
		{ -EISDIR, "is a directory: name a file" },
		{ -EINVAL, "is not a valid path on the boot disk: correct it" },
		{ -ENOMEM, "does not fit: there is not enough memory; make the VM smaller" },
		{ -EUCLEAN, "can't be read, the file system is damaged: repair it with fsck.fat" },
		{ -EIO, "can't be read: check the boot disk" },
	};
	struct file *f = add_file("/k", code, sizeof(code));
	char want[VM_ERROR_MAX];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		f->error = t[i].error;
		snprintf(want, sizeof(want), KERNEL "%s", t[i].said);
		load_fails(want);
	}
	nr_files = 0;
	load_fails(KERNEL "is not on the boot disk: copy it there or correct the path");
}

static void a_bad_disk_is_told(void **state)
{
	add_file("/k", code, sizeof(code))->read_error = -EIO;
	load_fails(KERNEL "can't be read: check the boot disk");
}

static void an_initrd_that_is_not_there(void **state)
{
	add_file("/k", code, sizeof(code));
	strcpy(cfg.initrd, "/i");
	load_fails("\"initrd\": /i is not on the boot disk: copy it there or correct the path");
	add_file("/i", code, 0);
	load_fails("\"initrd\": /i is empty: copy it again");
}

static void an_initrd_that_is_unreadable(void **state)
{
	add_file("/k", code, sizeof(code));
	add_file("/i", code, sizeof(code))->read_error = -EUCLEAN;
	strcpy(cfg.initrd, "/i");
	load_fails(
		"\"initrd\": /i can't be read, the file system is damaged: repair it with fsck.fat");
}

/* ---- no kernels ---- */

static void magic(u64 offset, const void *what, size_t len, const char *said)
{
	u8 file[0x2000] = { 1 };
	char want[VM_ERROR_MAX];

	memcpy(file + offset, what, len);
	nr_files = 0;
	add_file("/k", file, sizeof(file));
	snprintf(want, sizeof(want), KERNEL "%s", said);
	load_fails(want);
}

static void files_of_other_kinds(void **state)
{
	static const char other[] =
		"is a Linux kernel for another architecture: use one for this machine";

	magic(0, "\xfd\x37zXZ\0", 6, "is compressed with xz: unpack it with unxz first");
	magic(0, "\x28\xb5\x2f\xfd", 4, "is compressed with zstd: unpack it with unzstd first");
	magic(0, "\x04\x22\x4d\x18", 4, "is compressed with lz4: unpack it with unlz4 first");
	magic(0, "\x02\x21\x4c\x18", 4, "is compressed with lz4: unpack it with unlz4 first");
	magic(0, "BZh9", 4, "is compressed with bzip2: unpack it with bunzip2 first");
	magic(0, "\xd0\x0d\xfe\xed", 4,
	      "is a devicetree blob: name it in \"dtb\", and a kernel here");
	magic(0, "070701", 6, "is a cpio archive: name it in \"initrd\", and a kernel here");
	magic(0, "\x27\x05\x19\x56", 4,
	      "is a U-Boot uImage: use the kernel that is in it (dumpimage)");
	magic(56, "ARM\x64", 4, other);
	magic(0x202, "HdrS", 4, other);
	magic(0, "MZ", 2, "is a program for DOS: name a kernel image");
	magic(0, "\xd0\x0d\xfe\xed\0\0\0\1images", 15,
	      "is a FIT image: use the kernel that is in it (dumpimage)");
	magic(0, "ANDROID!", 8,
	      "is an Android boot image: use the kernel that is in it (unpack_bootimg)");
	magic(0, "QFI\xfb", 4, "is a qcow2 image: use the kernel that is in it");
	magic(0, "hsqs", 4, "is a squashfs image: use the kernel that is in it");
	magic(1080, "\x53\xef\x01\0", 4, "is an ext2, 3 or 4 image: use the kernel that is in it");
	magic(512, "EFI PART", 8, "is a disk image: use the kernel that is in it");
	magic(4096 - 8, "\0\0\0\0\0\0\0\0EFI PART", 16,
	      "is a disk image: use the kernel that is in it");
	magic(64, "\x7f\x10\xda\xbe", 4, "is a VDI image: use the kernel that is in it");
	magic(0, "PK\3\4", 4, "is a zip archive: unpack it, and name the kernel that is in it");
	magic(257, "ustar", 5, "is a tar archive: unpack it, and name the kernel that is in it");
	magic(0, "\xcf\xfa\xed\xfe", 4, "is a Mach-O file: use an ELF file or a plain image");
	magic(0, "\x0b\x01\x64\0", 4, "is an a.out file: use an ELF file or a plain image");
}

static void efi_programs(void **state)
{
	u8 file[0x1000] = "MZ";

	add_file("/k", file, sizeof(file));
	file[0x3c] = 0x80;
	memcpy(file + 0x80, "PE\0\0\x64\x86", 6);
	load_fails(KERNEL "is an EFI program for another machine: use a kernel for this one");
	memcpy(file + 0x80, "PE\0\0\x64\x50", 6);
	load_fails(KERNEL "is an EFI program, which needs an EFI firmware: start that, or use a "
			  "plain kernel");
	memcpy(file + 0x200, ".linux\0\0", 8);
	load_fails(KERNEL "is a unified kernel image: take the kernel out (objcopy -O binary -j "
			  ".linux)");
	memset(file + 0x3c, 0xff, 4);
	load_fails(KERNEL "is a program for DOS: name a kernel image");
}

static void a_disk_with_partitions(void **state)
{
	static u8 file[0x1000] = { 0x13 };
	u8 *entry = file + 446 + 16;

	file[510] = 0x55;
	file[511] = 0xaa;
	add_file("/k", file, sizeof(file));
	load();
	entry[4] = 0x83;
	entry[8] = entry[13] = 8;
	load_fails(KERNEL "is a disk image: use the kernel that is in it");
	entry[0] = 0x80;
	load_fails(KERNEL "is a disk image: use the kernel that is in it");
	/* Code, which has such an end by chance. */
	entry[16] = 0x33;
	load();
}

static void a_cd_image(void **state)
{
	static u8 file[0x9000];

	memcpy(file + 0x8001, "CD001", 5);
	add_file("/k", file, sizeof(file));
	load_fails(KERNEL "is a CD image (ISO 9660): use the kernel that is in it");
}

static void a_text_file(void **state)
{
	static const char text[] = "/dts-v1/;\n/ {\n\tm\xc3\xb6re = <1>;\r\n};\n";

	add_file("/k", text, sizeof(text) - 1);
	load_fails(KERNEL "is a text file: name a kernel image");
}

static void an_empty_file(void **state)
{
	add_file("/k", code, 0);
	load_fails(KERNEL "is empty: copy it again");
}

static void short_files_are_code(void **state)
{
	static const u8 nothing[600];
	unsigned int n;

	for (n = 1; n < sizeof(nothing); n++) {
		nr_files = 0;
		add_file("/k", nothing, n);
		load();
	}
}

static void a_big_endian_image(void **state)
{
	struct image_file i = image_file();

	i.flags = 1;
	add_file("/k", &i, sizeof(i));
	load_fails(KERNEL "is a big-endian kernel image: use a little-endian one");
}

/* ---- ELF files ---- */

static void elf(struct elf_file *e, u64 size, const char *said)
{
	char want[VM_ERROR_MAX];
	u8 *exact = malloc(size); /* so that ASan sees the end */

	memcpy(exact, e, size);
	nr_files = 0;
	add_file("/k", exact, size);
	snprintf(want, sizeof(want), KERNEL "%s", said);
	load_fails(want);
	free(exact);
	*e = elf_file();
}

static void elf_files_that_cannot_run(void **state)
{
	struct elf_file e = elf_file();

	e.ident[4] = 1;
	elf(&e, sizeof(e), "is a 32-bit ELF file: use a 64-bit one");
	e.ident[5] = 2;
	elf(&e, sizeof(e), "is a big-endian ELF file: use a little-endian one");
	e.machine = 62;
	elf(&e, sizeof(e), "is an ELF file for another machine: use one that is built for this");
	e.type = 1;
	elf(&e, sizeof(e), "is an object file: link it to an executable");
	e.type = 4;
	elf(&e, sizeof(e), "is a core dump: name the program itself");
	e.phnum = 0;
	elf(&e, sizeof(e), "is a damaged ELF file: copy it again");
	elf(&e, 63, "is an ELF file that is cut short: copy it again");
	elf(&e, 100, "is a damaged ELF file: copy it again");
	elf(&e, 0x1000, "is an ELF file that is cut short: copy it again");
	e.phoff = 0x100000;
	elf(&e, sizeof(e), "has its program headers too far into the file: link it again");
}

static void elf_segments_that_cannot_be(void **state)
{
	struct elf_file e = elf_file();

	e.seg[0].filesz = 0x4000;
	elf(&e, sizeof(e), "is a damaged ELF file: copy it again");
	e.seg[0].paddr = -0x1000ul;
	elf(&e, sizeof(e), "is a damaged ELF file: copy it again");
	e.seg[0].offset = 0x100000;
	elf(&e, sizeof(e), "is an ELF file that is cut short: copy it again");
	e.seg[0].type = 0;
	elf(&e, sizeof(e), "is an ELF file with nothing to load: link it again");
	e.seg[0].paddr = 0x1000;
	elf(&e, sizeof(e),
	    "needs 0x3000 bytes at 0x1000, where the VM has no memory: link it for 0x80000000, where "
	    "that begins, or give the VM some there");
	e.seg[0].paddr = RAM + RAM_SIZE - 0x2000;
	elf(&e, sizeof(e),
	    "needs 0x3000 bytes at 0x80ffe000, where the VM has less memory: give it more");
	e.phnum = 2;
	e.seg[1] = e.seg[0];
	e.seg[1].paddr += 0x2000;
	elf(&e, sizeof(e), "has parts that overlap at 0x80202000: link it again");
	e.entry = 0;
	elf(&e, sizeof(e), "has no entry point in what it loads: set \"entry\"");
}

static void an_entry_can_be_given(void **state)
{
	struct elf_file e = elf_file();

	e.entry = 0;
	cfg.has_entry = true;
	cfg.entry = gpa(RAM + MIB(2));
	add_file("/k", &e, sizeof(e));
	load();
	assert_int_equal(vm.entry.v, RAM + MIB(2));
}

static void an_entry_that_is_nowhere(void **state)
{
	cfg.has_entry = true;
	cfg.entry = gpa(0x1000);
	add_file("/k", code, sizeof(code));
	load_fails(KERNEL "starts at 0x1000, where the VM has no memory: set \"entry\"");
}

static void too_many_segments(void **state)
{
	static struct {
		struct elf_file e;
	} f;
	struct elf_file_segment *seg = f.e.seg;
	unsigned int n;

	f.e = elf_file();
	f.e.phnum = 30;
	for (n = 0; n < f.e.phnum; n++)
		seg[n] = (struct elf_file_segment){ .type = 1,
						    .offset = 0,
						    .paddr = RAM + n * 0x1000,
						    .vaddr = n * 0x1000,
						    .filesz = 0x100,
						    .memsz = 0x100 };
	add_file("/k", &f, sizeof(f));
	load_fails(KERNEL "has more than 24 parts to load: link it again");
}

/* ---- places ---- */

static void a_kernel_that_is_too_big(void **state)
{
	static u8 big[RAM_SIZE];

	add_file("/k", big, sizeof(big));
	load_fails(
		KERNEL
		"needs 0x1000000 bytes at 0x80200000, where the VM has less memory: give it more");
}

static void an_image_that_is_too_big(void **state)
{
	struct image_file i = image_file();

	add_file("/k", &i, sizeof(i));
	i.image_size = MIB(15);
	load_fails(
		KERNEL
		"needs 0xf00000 bytes at 0x80200000, where the VM has less memory: give it more");
	i.image_size = -1ul;
	load_fails(
		KERNEL
		"needs 0xffffffffffffffff bytes at 0x80200000, where the VM has less memory: give it more");
	i.text_offset = -0x1000ul;
	load_fails(KERNEL "has a damaged header: copy it again");
}

static void no_room_for_the_tree(void **state)
{
	struct image_file i = image_file();

	add_file("/k", &i, sizeof(i));
	i.text_offset = 0;
	i.image_size = RAM_SIZE;
	load_fails(KERNEL "leaves no room for the devicetree: give the VM more memory");
}

/* ---- trees ---- */

static void trees_that_cannot_be(void **state)
{
	static const u64 tree[8];

	add_file("/k", code, sizeof(code));
	tree_result = -ENOMEM;
	load_fails(KERNEL "does not fit: there is not enough memory; make the VM smaller");
	tree_result = -ENOSPC;
	load_fails(KERNEL "can't have its devicetree, there is not enough room: remove devices");
	strcpy(cfg.dtb, "/d");
	load_fails("\"dtb\": /d is not on the boot disk: copy it there or correct the path");
	add_file("/d", tree, sizeof(tree));
	load_fails("\"dtb\": /d has too much in it: make the tree smaller");
	tree_result = -EINVAL;
	load_fails("\"dtb\": /d is no devicetree blob, or damaged: compile it with dtc");
	tree_result = -ERANGE;
	load_fails("\"dtb\": /d does not have two address and two size cells in /: change that");
	tree_result = -EOPNOTSUPP;
	load_fails("\"dtb\": /d has /memreserve/ entries: use /reserved-memory for them");
	disk[1].size = MIB(1) + 1;
	disk[1].data = ram;
	load_fails("\"dtb\": /d is 0x100001 bytes long, too long for a devicetree blob");
}

/* ---- damage ---- */

static void damaged_files_are_survived(void **state)
{
	u64 seed = shim_seed(11), n, i, loaded = 0;

	for (n = 0; n < 4000; n++) {
		struct elf_file e = elf_file();
		struct image_file im = image_file();
		size_t size = n % 2 ? sizeof(e) : sizeof(im), head = n % 2 ? 64 + 56 : 64;
		u8 *file = malloc(size);
		char err[VM_ERROR_MAX];

		memcpy(file, n % 2 ? (void *)&e : (void *)&im, size);
		for (i = 0; i < 1 + n % 3; i++)
			file[shim_random(&seed) % head] = (u8)shim_random(&seed);
		nr_files = 0;
		add_file("/k", file, size);
		loaded += !image_load(&vm, err);
		assert_int_equal(shim_objects, 0);
		assert_int_equal(open_files, 0);
		free(file);
	}
	assert_true(loaded > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		loader_test(files_that_cannot_be_opened),
		loader_test(a_bad_disk_is_told),
		loader_test(an_initrd_that_is_not_there),
		loader_test(an_initrd_that_is_unreadable),
		loader_test(files_of_other_kinds),
		loader_test(efi_programs),
		loader_test(a_disk_with_partitions),
		loader_test(a_cd_image),
		loader_test(a_text_file),
		loader_test(an_empty_file),
		loader_test(short_files_are_code),
		loader_test(a_big_endian_image),
		loader_test(elf_files_that_cannot_run),
		loader_test(elf_segments_that_cannot_be),
		loader_test(an_entry_can_be_given),
		loader_test(an_entry_that_is_nowhere),
		loader_test(too_many_segments),
		loader_test(a_kernel_that_is_too_big),
		loader_test(an_image_that_is_too_big),
		loader_test(no_room_for_the_tree),
		loader_test(trees_that_cannot_be),
		loader_test(damaged_files_are_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
