/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_FUZZ_H
#define IMAGE_FUZZ_H

/*
 * What the fuzz targets of the loaders share. An input says what kind of file the kernel is, how
 * it is packed, what the description says, and which fields of the file have other values.
 *
 * Whatever the file: what is written lies in the VM's memory (the fixture refuses the rest, and
 * a loader that writes without asking is told by ASan), a kernel that is taken starts in memory
 * and is there as the file has it, one that is refused has one printable line about it, work is
 * bounded, files are closed and memory is given back.
 */
#include "fuzz.h"

/* A target says before, if it has another board: see image_fixture.h. */
static void ram_written(u64 off, u64 len);
#define RAM_WRITTEN(off, len) ram_written(off, len)
#ifndef IMAGE_FIXTURE
#define IMAGE_FIXTURE "image_fixture.h"
#endif
#include IMAGE_FIXTURE
#include <lodge/crc32.h>
#include <lodge/le.h>

#define FILE_MAX    (KIB(192) + 0u)
#define HEAD_MAX    8192u
#define MAX_CHANGES 12u
#define STORED_MAX  65535u
#define GZIP_HEAD   10u
#define ZBOOT_START 64u
/* Looks at the time slice: each stands for some thousand bytes at most. */
#define MAX_ROOMS 200000u

enum pack { PACK_NONE, PACK_GZIP, PACK_ZBOOT, NR_PACKS };

static u8 plain[FILE_MAX + KIB(1)], packed[FILE_MAX + KIB(1)];
static size_t plain_size;
static enum pack pack;

/* ---- what is written, and put back ---- */

static u8 *page_written;
static u32 *written;
static u32 nr_written;

static void ram_written(u64 off, u64 len)
{
	u64 page;

	assert_true(off <= ram_size && len <= ram_size - off);
	for (page = off / PAGE_SIZE; len && page <= (off + len - 1) / PAGE_SIZE; page++)
		if (!page_written[page]) {
			page_written[page] = 1;
			written[nr_written++] = (u32)page;
		}
}

static void put_back(void)
{
	while (nr_written) {
		u64 page = written[--nr_written];

		memset(ram + page * PAGE_SIZE, dirty, PAGE_SIZE);
		page_written[page] = 0;
	}
}

static unsigned int rooms;

void thread_make_room(void)
{
	assert_true(++rooms < MAX_ROOMS);
}

void fuzz_init(void)
{
	setup(NULL);
	page_written = calloc(1, ram_size / PAGE_SIZE);
	written = calloc(ram_size / PAGE_SIZE, sizeof(*written));
}

/* ---- the file ---- */

/* Files of this kind, in @plain. Return: bytes. */
typedef size_t (*make_file)(void);

static size_t make_bytes(void)
{
	return 0;
}

static size_t make_elf(void)
{
	struct elf_file e = elf_file();

	e.phnum = 3;
	e.seg[0].filesz = 0x800;
	e.seg[1] = e.seg[0];
	e.seg[1].offset += 0x800;
	e.seg[1].paddr += 0x4000;
	e.seg[1].vaddr += 0x4000;
	e.seg[2] = e.seg[1];
	e.seg[2].type = 4;
	memcpy(plain, &e, sizeof(e));
	return sizeof(e);
}

/* Fields with other values: where, how wide, and what. */
static void change(struct fuzz *in)
{
	u8 n = fuzz_u8(in) % MAX_CHANGES;

	while (n--) {
		u16 where = (u16)fuzz_take(in, 2);
		unsigned int width = 1u << (where >> 14);
		u64 v = fuzz_take(in, width);

		memcpy(plain + (where & 0x3fff) % HEAD_MAX, &v, width);
	}
}

/* RFC 1951, 3.2.4, and RFC 1952: not smaller, but packed. */
static size_t gzip(u8 *out)
{
	size_t at = 0, n;
	u8 *p = out;

	memcpy(p, "\x1f\x8b\x08\0\0\0\0\0\0\x03", GZIP_HEAD);
	p += GZIP_HEAD;
	do {
		n = min(plain_size - at, (size_t)STORED_MAX);
		*p++ = at + n == plain_size;
		put_le16(p, (u16)n);
		put_le16(p + 2, (u16)~n);
		memcpy(p + 4, plain + at, n);
		p += 4 + n;
		at += n;
	} while (at < plain_size);
	put_le32(p, crc32_update(0, plain, plain_size));
	put_le32(p + 4, (u32)plain_size);
	return (size_t)(p + 8 - out);
}

static void add_kernel(struct fuzz *in)
{
	size_t n, at;

	switch (pack) {
	case PACK_NONE:
		add_file("/k", plain, plain_size);
		return;
	case PACK_GZIP:
		n = gzip(packed);
		break;
	default:
		n = gzip(packed + ZBOOT_START);
		memset(packed, 0, ZBOOT_START);
		memcpy(packed, "MZ\0\0zimg", 8);
		put_le32(packed + 8, ZBOOT_START);
		put_le32(packed + 12, (u32)n);
		memcpy(packed + 24, "gzip", 5);
		n += ZBOOT_START;
	}
	/* Of what is packed, too. */
	if (fuzz_u8(in) & 1) {
		at = fuzz_take(in, 2) % n;
		packed[at] ^= fuzz_u8(in);
	}
	add_file("/k", packed, n);
	/* It may be no packed file any more. */
	if (memcmp(packed, pack == PACK_GZIP ? "\x1f\x8b\x08" : "MZ\0\0zimg",
		   pack == PACK_GZIP ? 3 : 8)) {
		memcpy(plain, packed, n);
		plain_size = n;
	}
}

/* ---- what the description says ---- */

static u64 some_address(struct fuzz *in)
{
	return RAM + fuzz_take(in, 4) % (2 * RAM_SIZE) - RAM_SIZE / 8;
}

static void describe(struct fuzz *in)
{
	static const u8 other[4096] = { 1 };
	u8 what = fuzz_u8(in);

	piece = what & 1 ? MIB(2) : 2 * PAGE_SIZE;
	cfg.has_load = what & 2;
	if (cfg.has_load)
		cfg.load = gpa(some_address(in));
	cfg.has_entry = what & 4;
	if (cfg.has_entry)
		cfg.entry = gpa(some_address(in));
	if (what & 8) {
		strcpy(cfg.initrd, "/i");
		add_file("/i", other, 1 + fuzz_take(in, 2) % sizeof(other));
	}
	if (what & 0x10) {
		strcpy(cfg.dtb, "/d");
		add_file("/d", other, 1 + fuzz_take(in, 2) % sizeof(other));
	}
	if (what & 0x20)
		memset(cfg.bootargs, 'b', fuzz_u8(in) % sizeof(cfg.bootargs));
}

/* ---- what came of it ---- */

static u64 field(const void *p, unsigned int off, unsigned int width)
{
	u64 v = 0;

	memcpy(&v, (const u8 *)p + off, width);
	return v;
}

static bool is_elf(void)
{
	return plain_size >= 64 && !memcmp(plain, "\177ELF\2", 5);
}

/* An opinion of its own on ELF: segments are in memory, and zero behind the file's part. */
static void check_elf(void)
{
	const u8 *p = plain + field(plain, 32, 8);
	u64 n = field(plain, 56, 2), i;

	for (; n--; p += 56) {
		u64 off = field(p, 8, 8), to = field(p, 24, 8), size = field(p, 32, 8);
		u64 all = field(p, 40, 8);

		/* A page of headers below memory is left out. */
		if (field(p, 0, 4) != 1 || !is_ram(gpa(to), all))
			continue;
		assert_memory_equal(at(to), plain + off, size);
		for (i = size; i < all; i++)
			assert_int_equal(*at(to + i), 0);
	}
}

static void check_loaded(void)
{
	const struct region *r = region_find(&vm.map, vm.entry);

	assert_true(r && r->backing != BACKING_EMULATED);
	if (cfg.has_entry)
		assert_int_equal(vm.entry.v, cfg.entry.v);
	assert_true(is_ram(vm.boot_arg, 1) || !vm.boot_arg.v);
}

static void check_refused(const char *err)
{
	size_t len = strnlen(err, VM_ERROR_MAX), i;

	assert_in_range(len, 21, VM_ERROR_MAX - 1);
	assert_memory_equal(err, "vms/a.dtb: /chosen: ", 20);
	for (i = 0; i < len; i++)
		assert_in_range(err[i], ' ', '~');
}

/* Return: whether it was loaded. */
static bool run(struct fuzz *in, const make_file *kinds, unsigned int nr_kinds)
{
	char err[VM_ERROR_MAX] = "";
	u8 kind;
	int rc;

	memset(&cfg, 0, sizeof(cfg));
	vm.entry = vm.boot_arg = gpa(0);
	nr_files = rooms = 0;
	strcpy(cfg.file, "vms/a.dtb");
	strcpy(cfg.kernel, "/k");
	kind = fuzz_u8(in);
	pack = kind >> 4 & 3;
	describe(in);
	memset(plain, 0x66, 2 * HEAD_MAX);
	plain_size = kinds[(kind & 15) % nr_kinds]();
	change(in);
	if (!plain_size)
		plain_size = fuzz_bytes(in, plain, HEAD_MAX);
	else if (kind & 0x80)
		plain_size = fuzz_take(in, 3) % FILE_MAX;
	add_kernel(in);
	rc = image_load(&vm, err);
	assert_int_equal(open_files, 0);
	assert_int_equal(shim_objects, 0);
	if (rc)
		check_refused(err);
	else
		check_loaded();
	return !rc;
}

/* Each kind, plain and packed, with nothing changed. */
static size_t make_seed(unsigned int n, unsigned int nr_kinds, u8 *buf)
{
	static const u8 rest[] = { 1, 0, 0, 0 };

	if (n >= nr_kinds * NR_PACKS)
		return 0;
	buf[0] = (u8)(n % nr_kinds | n / nr_kinds << 4);
	memcpy(buf + 1, rest, sizeof(rest));
	return 1 + sizeof(rest);
}

#endif
