// SPDX-License-Identifier: Apache-2.0
/* FAT: what reading a kernel costs, in requests and pieces. */
/* links: fs/file.c fs/find.c fs/partition.c fs/volume.c fs/bio.c fs/cache.c fs/fat/mount.c fs/fat/table.c fs/fat/alloc.c fs/fat/name.c fs/fat/shortname.c fs/fat/dir.c fs/fat/dir_edit.c fs/fat/data.c fs/fat/seek.c fs/fat/date.c fs/fat/namei.c tests/unit/fatdisk.c tests/unit/ramdisk.c */
#include <shim.h>

#include <asm/layout.h>

#include "fatdisk.h"

#define KERNEL (MIB(30) + 1000)
#define PIECES 64

static const struct layout {
	const char *args;
	u64 size;
	u32 cluster;
	bool fragmented;
	/* The most that may go to the disk: table, directories, data; in pieces. */
	u64 requests, segs;
} layouts[] = {
	{ "-F 32 -s 1", MIB(100), 512, false, 110, 240 },
	{ "-F 32 -s 8", MIB(300), 4096, false, 50, 140 },
	{ "-F 32 -s 8", MIB(300), 4096, true, 9000, 9000 },
};

/* A kernel with another file's cluster after each of its own, or in one piece. */
static void put_kernel(struct fs *fs, const struct layout *l, const u8 *data)
{
	struct file *f, *other;

	if (!l->fragmented) {
		write_file(fs, "/kernel", data, KERNEL);
		return;
	}
	assert_int_equal(fs_open(fs, "/kernel", FS_O_WRITE | FS_O_CREATE, &f), 0);
	assert_int_equal(fs_open(fs, "/other", FS_O_WRITE | FS_O_CREATE, &other), 0);
	for (u64 off = 0; off < KERNEL; off += l->cluster) {
		u64 n = min((u64)l->cluster, KERNEL - off);

		assert_int_equal(file_write(f, off, data + off, n), n);
		assert_int_equal(file_write(other, off, data + off, n), n);
	}
	fs_close(f);
	fs_close(other);
}

static void read_kernel(struct disk *d, const struct layout *l, const u8 *data)
{
	u8 *mem = malloc(KERNEL);
	struct block_seg segs[PIECES];
	struct fs *fs = disk_mount(d);
	u64 each = KERNEL / PIECES & ~4095ull;
	struct file *f;

	/* A guest's memory, as its pages happen to lie. */
	for (unsigned int i = 0; i < PIECES; i++)
		segs[i] = (struct block_seg){ .addr = kva_to_hpa(mem + i * each), .len = each };
	segs[PIECES - 1].len = KERNEL - (PIECES - 1) * each;
	assert_int_equal(fs_open(fs, "/kernel", FS_O_READ, &f), 0);
	disk_reset_counts(d);
	assert_int_equal(file_read_segs(f, 0, segs, PIECES), 0);
	assert_memory_equal(mem, data, KERNEL);
	print_message("# %s%s: %llu requests, %llu pieces, %llu KiB for a kernel of %llu KiB\n",
		      l->args, l->fragmented ? ", in fragments" : "",
		      (unsigned long long)d->requests, (unsigned long long)d->segs,
		      (unsigned long long)d->bytes >> 10, (unsigned long long)KERNEL >> 10);
	assert_true(d->requests <= l->requests);
	assert_true(d->segs <= l->segs);
	/* Every byte of data once, the table once, and a block for the end. */
	assert_true(d->bytes <= KERNEL + (KERNEL / l->cluster + 1) * 8 + 3 * 4096);
	fs_close(f);
	fs_unmount(fs);
	free(mem);
}

static void a_kernel_is_read_with_few_requests(void **state)
{
	u8 *data = pattern(1, KERNEL);

	for (unsigned int i = 0; i < ARRAY_SIZE(layouts); i++) {
		struct disk d;
		struct fs *fs;

		disk_make(&d, layouts[i].size, layouts[i].args);
		fs = disk_mount(&d);
		put_kernel(fs, &layouts[i], data);
		fs_unmount(fs);
		read_kernel(&d, &layouts[i], data);
		disk_check_clean(&d);
		disk_free(&d);
	}
	free(data);
}

static void reading_on_does_not_walk_the_chain_again(void **state)
{
	u8 *data = pattern(1, MIB(4)), buf[512];
	struct disk d;
	struct fs *fs;
	struct file *f;

	disk_make(&d, MIB(100), "-F 32 -s 1");
	fs = disk_mount(&d);
	write_file(fs, "/f", data, MIB(4));
	fs_unmount(fs);
	fs = disk_mount(&d);
	assert_int_equal(fs_open(fs, "/f", FS_O_READ, &f), 0);
	disk_reset_counts(&d);
	for (u64 off = 0; off < MIB(4); off += 512)
		assert_int_equal(file_read(f, off, buf, 512), 512);
	/* One request each, and the table of 32 KiB. */
	assert_true(d.requests <= MIB(4) / 512 + 9);
	fs_close(f);
	fs_unmount(fs);
	disk_free(&d);
	free(data);
}

static void a_jump_back_does_not_begin_at_the_start(void **state)
{
	u8 *data = pattern(1, MIB(64)), buf[512];
	struct disk d;
	struct fs *fs;
	struct file *f;
	u64 rng = shim_seed(1);

	disk_make(&d, MIB(100), "-F 32 -s 1");
	fs = disk_mount(&d);
	write_file(fs, "/f", data, MIB(64));
	fs_unmount(fs);
	fs = disk_mount(&d);
	assert_int_equal(fs_open(fs, "/f", FS_O_READ, &f), 0);
	assert_int_equal(file_read(f, MIB(64) - 1, buf, 1), 1);
	disk_reset_counts(&d);
	for (unsigned int i = 0; i < 1000; i++) {
		u64 off = shim_random(&rng) % (MIB(64) - 512);

		assert_int_equal(file_read(f, off, buf, 512), 512);
		assert_memory_equal(buf, data + off, 512);
	}
	/* The chain's table is 512 KiB, of which a jump reads a 64th, 8 KiB, or less. */
	assert_true(d.requests <= 1000 * (2 + 3));
	fs_close(f);
	fs_unmount(fs);
	disk_free(&d);
	free(data);
}

static void a_large_write_is_few_requests(void **state)
{
	u8 *data = pattern(1, MIB(8));
	struct block_seg seg = { .addr = kva_to_hpa(data), .len = MIB(8) };
	struct disk d;
	struct fs *fs;
	struct file *f;

	disk_make(&d, MIB(300), "-F 32 -s 8");
	fs = disk_mount(&d);
	assert_int_equal(fs_open(fs, "/f", FS_O_WRITE | FS_O_CREATE, &f), 0);
	disk_reset_counts(&d);
	assert_int_equal(file_write_segs(f, 0, &seg, 1), 0);
	print_message("# 8 MiB written with %llu requests\n", (unsigned long long)d.requests);
	/* 16 sectors of two tables, and the data. */
	assert_true(d.requests <= 60);
	check_file(fs, "/f", data, MIB(8));
	fs_close(f);
	fs_unmount(fs);
	disk_check_clean(&d);
	disk_free(&d);
	free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_kernel_is_read_with_few_requests),
		cmocka_unit_test(reading_on_does_not_walk_the_chain_again),
		cmocka_unit_test(a_jump_back_does_not_begin_at_the_start),
		cmocka_unit_test(a_large_write_is_few_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
