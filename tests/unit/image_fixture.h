/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_FIXTURE_H
#define IMAGE_FIXTURE_H

/* A VM whose RAM is an array, and a disk that is a table, for the loader. */
#include <shim.h>
#include <lodge/board.h>
#include <lodge/errno.h>
#include <lodge/fs.h>
#include <lodge/guest_fdt.h>
#include <lodge/image.h>
#include <lodge/vm.h>
#include <asm/layout.h>

/* A test of another board says so before it includes this. */
#ifndef IMAGE_FDT_AT_BASE
#define IMAGE_FDT_AT_BASE false
#endif
#ifndef RAM
#define RAM	      0x80000000ul
#define RAM_SIZE      MIB(16)
#define KERNEL_OFFSET 0x200000
#define ELF_MACHINE   243
#endif

#define FLASH	 0x20000000ul
#define TREE_LEN 0x300u

const struct guest_board arch_guest_board = {
	.ram_base = RAM,
	.kernel_offset = KERNEL_OFFSET,
	.elf_machine = ELF_MACHINE,
	.pe_machine = 0x5064,
	.fdt_at_base = IMAGE_FDT_AT_BASE,
};

/* ---- memory ---- */

static struct vm vm;
static struct vm_config cfg;
static u8 *ram; /* of the region at RAM */
static u64 ram_size;
static u64 piece; /* memory is in pieces of so many bytes in the host */
static u8 dirty;  /* what a page that nobody zeroed reads as */

/* Whoever wants to know what of RAM has been written says what to call. */
#ifndef RAM_WRITTEN
#define RAM_WRITTEN(off, len)
#endif

static bool is_ram(gpa_t addr, u64 len)
{
	return addr.v - RAM <= ram_size && len <= ram_size - (addr.v - RAM);
}

int vm_memory_check(struct vm *v, gpa_t addr, u64 len, u32 access)
{
	return is_ram(addr, len) ? 0 : -EFAULT;
}

int vm_memory_segs(struct vm *v, gpa_t addr, u64 len, u32 access, struct block_seg *segs,
		   unsigned int max)
{
	unsigned int used = 0;
	u64 at = addr.v, n;

	/* Only the loader comes here. */
	assert_int_equal(access, ACCESS_LOAD | MEM_NOZERO);
	if (!is_ram(addr, len))
		return -EFAULT;
	for (; at < addr.v + len; at += n) {
		n = min(piece - at % piece, addr.v + len - at);
		if (used == max)
			return -E2BIG;
		RAM_WRITTEN(at - RAM, n);
		segs[used++] = (struct block_seg){ kva_to_hpa(ram + (at - RAM)), (u32)n };
	}
	return (int)used;
}

int guest_load(struct vm *v, gpa_t addr, const void *buf, size_t len)
{
	if (!is_ram(addr, len))
		return -EFAULT;
	RAM_WRITTEN(addr.v - RAM, len);
	memcpy(ram + (addr.v - RAM), buf, len);
	return 0;
}

static inline const u8 *at(u64 addr)
{
	assert_true(is_ram(gpa(addr), 1));
	return ram + (addr - RAM);
}

/* ---- the disk ---- */

struct file {
	const char *path;
	const void *data;
	u64 size;
	int error; /* of opening it */
	int read_error;
	u64 read_error_at; /* a bad sector; 0 is none */
};

static struct file disk[8];
static unsigned int nr_files;
static int open_files;

static struct file *add_file(const char *path, const void *data, u64 size)
{
	struct file *f = &disk[nr_files++];

	*f = (struct file){ .path = path, .data = data, .size = size };
	return f;
}

int fs_open(struct fs *fs, const char *path, unsigned int flags, struct file **out)
{
	unsigned int i;

	for (i = 0; i < nr_files; i++)
		if (!strcmp(disk[i].path, path)) {
			if (disk[i].error)
				return disk[i].error;
			*out = &disk[i];
			open_files++;
			return 0;
		}
	return -ENOENT;
}

int fs_close(struct file *f)
{
	open_files--;
	return 0;
}

u64 file_size(const struct file *f)
{
	return f->size;
}

s64 file_read(struct file *f, u64 off, void *buf, size_t len)
{
	if (off >= f->size)
		return 0;
	len = min(len, f->size - off);
	if (f->read_error_at && f->read_error_at - off < len)
		return -EIO;
	memcpy(buf, (const u8 *)f->data + off, len);
	return (s64)len;
}

int file_read_segs(struct file *f, u64 off, const struct block_seg *segs, unsigned int nr)
{
	unsigned int i;

	if (f->read_error)
		return f->read_error;
	for (i = 0; i < nr; i++) {
		if (off + segs[i].len > f->size)
			return -EIO;
		memcpy(hpa_to_kva(segs[i].addr), (const u8 *)f->data + off, segs[i].len);
		off += segs[i].len;
	}
	return 0;
}

/* ---- the tree: not what is tested here, but what it is told ---- */

static struct guest_boot told;
static s64 tree_result; /* its size, or an error */

s64 guest_fdt_build(struct vm *v, void *buf, size_t size, const struct guest_boot *boot)
{
	told = *boot;
	if (tree_result > 0)
		memset(buf, 'T', (size_t)tree_result);
	return tree_result;
}

s64 guest_fdt_complete(struct vm *v, const void *tree, size_t tree_size, void *buf, size_t size,
		       const struct guest_boot *boot)
{
	told = *boot;
	if (tree_result > 0) {
		assert_true(tree_size <= size);
		memcpy(buf, tree, tree_size);
		return (s64)tree_size;
	}
	return tree_result;
}

/* ---- each test ---- */

static void set_ram(u64 size)
{
	struct region r = { .gpa = gpa(RAM),
			    .size = size,
			    .backing = BACKING_LAZY,
			    .perm = REGION_W };
	struct region flash = { .gpa = gpa(FLASH), .size = MIB(2), .backing = BACKING_DEVICE };

	free(ram);
	ram = malloc(size);
	memset(ram, dirty, size);
	ram_size = size;
	vm.map.count = 0;
	assert_int_equal(region_add(&vm.map, &r), 0);
	assert_int_equal(region_add(&vm.map, &flash), 0);
}

static int setup(void **state)
{
	memset(&vm, 0, sizeof(vm));
	memset(&cfg, 0, sizeof(cfg));
	vm.cfg = &cfg;
	strcpy(cfg.file, "vms/a.dtb");
	strcpy(cfg.kernel, "/k");
	dirty = 0xaa;
	piece = MIB(2);
	nr_files = 0;
	tree_result = TREE_LEN;
	told = (struct guest_boot){ .initrd_size = 0 };
	set_ram(RAM_SIZE);
	return 0;
}

static int teardown(void **state)
{
	free(ram);
	ram = NULL;
	return shim_objects || open_files;
}

#define loader_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static inline void load(void)
{
	char err[VM_ERROR_MAX] = "";

	if (image_load(&vm, err))
		fail_msg("%s", err);
}

/* Loading fails, and says this after the description's name. */
static inline void load_fails(const char *want)
{
	char err[VM_ERROR_MAX] = "";

	assert_true(image_load(&vm, err) < 0);
	assert_memory_equal(err, "vms/a.dtb: /chosen: ", 20);
	assert_string_equal(err + 20, want);
	assert_int_equal(open_files, 0);
}

/* ---- kernels ---- */

struct elf_file {
	u8 ident[16];
	u16 type, machine;
	u32 version;
	u64 entry, phoff, shoff;
	u32 flags;
	u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
	struct elf_file_segment {
		u32 type, flags;
		u64 offset, vaddr, paddr, filesz, memsz, align;
	} seg[4];
	u8 data[0x2000];
};

/* One segment with all of @data at RAM + 2 MiB, seen at a virtual address. */
static inline struct elf_file elf_file(void)
{
	struct elf_file e = {
		.ident = "\177ELF\2\1\1",
		.type = 2,
		.machine = ELF_MACHINE,
		.version = 1,
		.entry = 0xffffffff80000010,
		.phoff = 64,
		.ehsize = 64,
		.phentsize = 56,
		.phnum = 1,
		.seg[0] = { 1, 7, offsetof(struct elf_file, data), 0xffffffff80000000, RAM + MIB(2),
			    0x1800, 0x3000, 0x1000 },
	};

	memset(e.data, 0x55, sizeof(e.data));
	return e;
}

struct image_file {
	u8 code[8];
	u64 text_offset, image_size, flags;
	u8 pad[24];
	char magic[8];
	u8 data[0x1000];
};

static inline struct image_file image_file(void)
{
	struct image_file i = { .code = { 0x6f },
				.text_offset = MIB(2),
				.image_size = MIB(5),
				.magic = "RSC\5" };

	memset(i.data, 0x66, sizeof(i.data));
	return i;
}

#endif
