// SPDX-License-Identifier: Apache-2.0
/* FAT on damaged disks: an error or an answer, within a bounded number of requests. */
/* links: fs/file.c fs/find.c fs/partition.c fs/volume.c fs/bio.c fs/cache.c fs/fat/mount.c fs/fat/table.c fs/fat/alloc.c fs/fat/name.c fs/fat/shortname.c fs/fat/dir.c fs/fat/dir_edit.c fs/fat/data.c fs/fat/seek.c fs/fat/date.c fs/fat/namei.c tests/unit/fatdisk.c tests/unit/ramdisk.c */
#include <shim.h>

#include <lodge/le.h>

#include "fatdisk.h"

/* What a run may cost at most. Whoever bites his tail reads 2 MiB of a directory per scan. */
#define BUDGET 400000

static const struct format {
	const char *args;
	u64 size;
} formats[] = {
	{ "-F 12 -s 1 -r 64", KIB(360) },
	{ "-F 16 -s 1 -r 64", MIB(4) },
	{ "-F 32 -s 1", MIB(34) },
};

/* Where the FAT is, and the first of the root directory. */
static u32 fat_at(const struct disk *d)
{
	return (d->data[14] | d->data[15] << 8) * SECTOR_SIZE;
}

static u32 root_at(const struct disk *d)
{
	u32 size = d->data[22] | d->data[23] << 8;

	if (!size)
		memcpy(&size, d->data + 36, 4);
	return fat_at(d) + 2 * size * SECTOR_SIZE;
}

static u32 cluster_at(const struct disk *d, u32 cluster)
{
	return root_at(d) + (cluster - 2) * d->data[13] * SECTOR_SIZE;
}

static u64 rooms;

void thread_make_room(void)
{
	rooms++;
}

static void populate(struct disk *d)
{
	u8 *data = pattern(1, 20000);

	disk_put_host_file(d, "in", data, 20000);
	disk_run(d, "mmd -i img ::/dir '::/dir/a longer name of a directory'");
	disk_run(d,
		 "mcopy -i img in ::/FILE; mcopy -i img in '::/dir/a long name for a file.text'");
	disk_run(d, "mcopy -i img in '::/dir/a longer name of a directory/deep down'");
	free(data);
}

/* All of a directory, and what is below, as far as the depth goes. */
static void look_at(struct fs *fs, const char *dir, unsigned int depth, unsigned int *steps)
{
	static u8 buf[4096];
	struct fs_dirent e;
	struct file *f;
	u32 pos = 0;

	while (++*steps < 200 && !fs_readdir(fs, dir, &pos, &e)) {
		char path[2048];

		snprintf(path, sizeof(path), "%s/%s", dir, e.name);
		if (e.is_dir) {
			if (depth)
				look_at(fs, path, depth - 1, steps);
			continue;
		}
		if (fs_open(fs, path, FS_O_READ, &f))
			continue;
		for (u64 off = 0; off < file_size(f) && off < 100000; off += sizeof(buf))
			if (file_read(f, off, buf, sizeof(buf)) < 0)
				break;
		fs_close(f);
	}
}

static void change(struct fs *fs)
{
	static u8 buf[3000];
	struct fs_info info;
	struct file *f;
	int err;

	err = fs_info(fs, &info);
	err = fs_mkdir(fs, "/dir/new directory");
	err = fs_rename(fs, "/dir/a longer name of a directory", "/moved");
	err = fs_rename(fs, "/FILE", "/dir/FILE 2");
	if (!fs_open(fs, "/dir/FILE 2", FS_O_WRITE, &f)) {
		file_write(f, 19999, buf, sizeof(buf));
		err = file_truncate(f, 600);
		file_write(f, 3, buf, sizeof(buf));
		fs_close(f);
	}
	if (!fs_open(fs, "/dir/created", FS_O_WRITE | FS_O_CREATE, &f)) {
		file_write(f, 0, buf, sizeof(buf));
		fs_close(f);
	}
	err = fs_remove(fs, "/dir/a long name for a file.text");
	err = fs_remove(fs, "/moved/deep down");
	err = fs_remove(fs, "/moved");
	(void)err;
}

static void use(struct disk *d)
{
	unsigned int steps = 0;
	struct fs *fs;
	int err;

	disk_reset_counts(d);
	d->budget = BUDGET;
	err = fs_mount(&d->dev, &fs);
	if (err) {
		assert_true(err == -ENODEV || err == -EUCLEAN);
	} else {
		look_at(fs, "", 3, &steps);
		change(fs);
		steps = 0;
		look_at(fs, "", 3, &steps);
		fs_unmount(fs);
	}
	d->budget = 0;
	assert_int_equal(alloc_live(), 0);
}

/* Only what was changed is put back: images are large. */
static void restore(struct disk *d, const u8 *good)
{
	for (u64 at = 0; at < d->size; at += 4096) {
		u64 n = min(d->size - at, (u64)4096);

		if (at < MIB(2) && memcmp(d->data + at, good + at, n))
			memcpy(d->data + at, good + at, n);
	}
}

static u8 odd_byte(u64 *rng)
{
	static const u8 odd[] = { 0, 1, 2, 3, 0x0f, 0x10, 0x40, 0x7f, 0x80, 0xe5, 0xf7, 0xf8, 0xff };

	return shim_random(rng) % 2 ? odd[shim_random(rng) % sizeof(odd)] : shim_random(rng);
}

static void mutate(struct disk *d, u64 *rng, u32 from, u32 len)
{
	for (u64 n = 1 + shim_random(rng) % 6; n; n--)
		d->data[from + shim_random(rng) % len] = odd_byte(rng);
}

static void fuzz(const struct format *f, unsigned int area, unsigned int runs)
{
	u64 rng = shim_seed(area * 1000 + f->size);
	struct disk d;
	u32 fat, root;
	u8 *good;

	disk_make(&d, f->size, f->args);
	populate(&d);
	fat = fat_at(&d);
	root = root_at(&d);
	good = malloc(d.size);
	memcpy(good, d.data, d.size);
	for (unsigned int i = 0; i < shim_rounds(runs); i++) {
		if (area == 0)
			mutate(&d, &rng, 0, 96);
		else if (area == 1)
			mutate(&d, &rng, fat, 600);
		else
			mutate(&d, &rng, root, 4096);
		use(&d);
		restore(&d, good);
	}
	free(good);
	disk_free(&d);
}

static void a_damaged_boot_sector_is_survived(void **state)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(formats); i++)
		fuzz(&formats[i], 0, 500);
}

static void a_damaged_table_is_survived(void **state)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(formats); i++)
		fuzz(&formats[i], 1, 300);
}

static void damaged_directories_are_survived(void **state)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(formats); i++)
		fuzz(&formats[i], 2, 300);
}

static u32 *fat32_entry(struct disk *d, u32 clus)
{
	u16 reserved;

	memcpy(&reserved, d->data + 14, 2);
	return (u32 *)(void *)(d->data + reserved * 512) + clus;
}

/* A FAT32 with FILE of 20000 bytes at the first free clusters, from 3 on. */
static void make_one(struct disk *d)
{
	u8 *data = pattern(1, 20000);
	struct fs *fs;

	disk_make(d, MIB(34), "-F 32 -s 1");
	fs = disk_mount(d);
	write_file(fs, "/FILE", data, 20000);
	fs_unmount(fs);
	free(data);
	assert_int_equal(*fat32_entry(d, 3), 4);
}

static void expect_unclean(struct disk *d, bool readable)
{
	u8 *buf = malloc(20000);
	struct file *f;
	struct fs *fs = disk_mount(d);

	d->budget = d->requests + 2000;
	assert_int_equal(fs_open(fs, "/FILE", FS_O_READ | FS_O_WRITE, &f), 0);
	assert_int_equal(file_read(f, 0, buf, 20000), readable ? 20000 : -EUCLEAN);
	assert_int_equal(file_truncate(f, 0), -EUCLEAN);
	fs_close(f);
	disk_reset_counts(d);
	assert_int_equal(fs_remove(fs, "/FILE"), -EUCLEAN);
	assert_int_equal(d->writes, 0);
	fs_unmount(fs);
	free(buf);
	disk_free(d);
}

static void a_chain_that_ends_early_is_an_error(void **state)
{
	u8 buf[600];
	struct file *f;
	struct disk d;
	struct fs *fs;

	make_one(&d);
	*fat32_entry(&d, 3) = 0x0fffffff;
	fs = disk_mount(&d);
	assert_int_equal(fs_open(fs, "/FILE", FS_O_READ, &f), 0);
	assert_int_equal(file_read(f, 0, buf, 512), 512);
	assert_int_equal(file_read(f, 0, buf, 513), -EUCLEAN);
	assert_int_equal(file_read(f, 19000, buf, 10), -EUCLEAN);
	fs_close(f);
	fs_unmount(fs);
	disk_free(&d);
}

static void a_chain_that_bites_its_tail_is_an_error(void **state)
{
	struct disk d;

	make_one(&d);
	*fat32_entry(&d, 10) = 3;
	expect_unclean(&d, true);
}

static void a_long_chain_and_directory_give_way(void **state)
{
	const u32 clusters = 60000;
	struct fs_dirent e;
	struct file *f;
	struct disk d;
	struct fs *fs;
	u8 buf[16];

	/* A chain that goes in circles of eight clusters, all of one sector of the table. */
	make_one(&d);
	*fat32_entry(&d, 10) = 3;
	for (u8 *entry = d.data + root_at(&d);; entry += 32)
		if (!memcmp(entry, "FILE", 4)) {
			put_le32(entry + 28, clusters * 512);
			break;
		}
	fs = disk_mount(&d);
	assert_int_equal(fs_open(fs, "/FILE", FS_O_READ, &f), 0);
	rooms = 0;
	assert_int_equal(file_read(f, clusters * 512 - 16, buf, 16), 16);
	assert_true(rooms >= clusters / 8);
	fs_close(f);
	fs_unmount(fs);
	/* As a directory, which is longer than any may be, of names that are deleted. */
	for (u32 c = 3; c < 3 + 65536 / 16 + 1; c++)
		*fat32_entry(&d, c) = c + 1;
	for (u8 *entry = d.data + root_at(&d);; entry += 32)
		if (!memcmp(entry, "FILE", 4)) {
			entry[11] |= 0x10;
			break;
		}
	for (u32 i = 0; i < 65536; i++)
		d.data[cluster_at(&d, 3) + 32 * i] = 0xe5;
	fs = disk_mount(&d);
	rooms = 0;
	assert_int_equal(fs_stat(fs, "/FILE/a", &e), -EUCLEAN);
	assert_true(rooms >= 65536);
	fs_unmount(fs);
	disk_free(&d);
}

static void a_chain_into_nowhere_is_an_error(void **state)
{
	static const u32 values[] = { 0, 1, 0x0ffffff7, 0x0ffffff0, 0x00fffff0 };

	for (unsigned int i = 0; i < ARRAY_SIZE(values); i++) {
		struct disk d;

		make_one(&d);
		*fat32_entry(&d, 10) = values[i];
		expect_unclean(&d, false);
	}
}

static void a_directory_that_bites_its_tail_is_an_error(void **state)
{
	struct fs_dirent e;
	struct disk d;
	struct fs *fs;
	u32 pos = 0;
	char name[32];
	int err, seen = 0;

	disk_make(&d, MIB(34), "-F 32 -s 1");
	fs = disk_mount(&d);
	assert_int_equal(fs_mkdir(fs, "/d"), 0);
	for (unsigned int i = 0; i < 30; i++) {
		snprintf(name, sizeof(name), "/d/FILE%u", i);
		write_file(fs, name, "x", 1);
	}
	fs_unmount(fs);
	/* Its second cluster names the first one again; the mark of the end is not reached. */
	for (u32 c = 3; c < 100; c++)
		if (*fat32_entry(&d, c) > 3 && *fat32_entry(&d, c) < 100)
			*fat32_entry(&d, *fat32_entry(&d, c)) = 3;
	fs = disk_mount(&d);
	d.budget = d.requests + 200000;
	assert_int_equal(fs_stat(fs, "/d/nobody", &e), -EUCLEAN);
	assert_int_equal(fs_mkdir(fs, "/d/somebody"), -EUCLEAN);
	while (!(err = fs_readdir(fs, "/d", &pos, &e)))
		seen++;
	assert_int_equal(err, -EUCLEAN);
	/* Whoever lists it is not told the same again and again. */
	assert_in_range(seen, 30, 90);
	fs_unmount(fs);
	disk_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_damaged_boot_sector_is_survived),
		cmocka_unit_test(a_damaged_table_is_survived),
		cmocka_unit_test(damaged_directories_are_survived),
		cmocka_unit_test(a_chain_that_ends_early_is_an_error),
		cmocka_unit_test(a_chain_that_bites_its_tail_is_an_error),
		cmocka_unit_test(a_long_chain_and_directory_give_way),
		cmocka_unit_test(a_chain_into_nowhere_is_an_error),
		cmocka_unit_test(a_directory_that_bites_its_tail_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
