// SPDX-License-Identifier: Apache-2.0
/* FAT when the power goes, the disk fails or memory is short: lost clusters at worst. */
/* links: fs/file.c fs/find.c fs/partition.c fs/volume.c fs/bio.c fs/cache.c fs/fat/mount.c fs/fat/table.c fs/fat/alloc.c fs/fat/name.c fs/fat/shortname.c fs/fat/dir.c fs/fat/dir_edit.c fs/fat/data.c fs/fat/seek.c fs/fat/date.c fs/fat/namei.c tests/unit/fatdisk.c tests/unit/ramdisk.c */
#include <shim.h>

#include "fatdisk.h"

#define BIG	9000
#define LARGE	150000 /* its chain is in several sectors of the table */
#define TOUCHED MIB(4) /* how far into the disk any of this gets */

static const struct format {
	const char *args;
	u64 size;
} formats[] = {
	{ "-F 12 -s 1 -r 16", KIB(300) },
	{ "-F 16 -s 1 -r 16", MIB(3) },
	{ "-F 32 -s 1", MIB(34) },
};

static int put(struct fs *fs, const char *path, u64 off, u32 len)
{
	u8 *data = pattern(off + len, len);
	struct file *f;
	s64 n;
	int err = fs_open(fs, path, FS_O_WRITE | FS_O_CREATE, &f);

	if (!err) {
		n = file_write(f, off, data, len);
		err = n < 0 ? n : 0;
		fs_close(f);
	}
	free(data);
	return err;
}

static int cut(struct fs *fs, const char *path, u32 len)
{
	struct file *f;
	int err = fs_open(fs, path, FS_O_WRITE, &f);

	if (!err) {
		err = file_truncate(f, len);
		fs_close(f);
	}
	return err;
}

/* Something of everything, in directories of one sector per cluster. Returns how many failed. */
static unsigned int work(struct fs *fs)
{
	unsigned int bad = 0;
	char path[80];

	bad += !!fs_mkdir(fs, "/some directory");
	bad += !!put(fs, "/some directory/first", 0, BIG);
	bad += !!put(fs, "/second", 0, 700);
	bad += !!put(fs, "/some directory/first", BIG, BIG);
	bad += !!put(fs, "/second", 5000, 2000);
	for (unsigned int i = 0; i < 6; i++) {
		snprintf(path, sizeof(path), "/some directory/a name of more than one slot %u", i);
		bad += !!put(fs, path, 0, 600);
	}
	bad += !!put(fs, "/large", 0, LARGE);
	bad += !!cut(fs, "/large", LARGE / 2);
	bad += !!fs_remove(fs, "/large");
	bad += !!fs_mkdir(fs, "/other");
	bad += !!fs_mkdir(fs, "/some directory/sub");
	bad += !!fs_rename(fs, "/some directory/first", "/other/First, but elsewhere");
	bad += !!fs_rename(fs, "/some directory/sub", "/other/sub");
	bad += !!cut(fs, "/other/First, but elsewhere", 3000);
	bad += !!cut(fs, "/second", 0);
	bad += !!put(fs, "/second", 0, 4000);
	bad += !!fs_remove(fs, "/some directory/a name of more than one slot 2");
	bad += !!put(fs, "/other/sub/x", 0, 1);
	bad += !!fs_remove(fs, "/other/sub/x");
	bad += !!fs_remove(fs, "/other/sub");
	return bad;
}

/* Lost clusters (also at a file's end), a stale count or second FAT may be there. */
static bool line_is_harmless(const char *line)
{
	static const char *const harmless[] = {
		"fsck.fat ",
		"img: ",
		"/",
		"Reclaimed ",
		"  Truncating file to ",
		"FATs differ but appear to be intact.",
		"  Using first FAT.",
		"Free cluster summary ",
		"  Auto-correcting.",
		"Orphaned long file name part ",
		"Leaving filesystem unchanged.",
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(harmless); i++)
		if (!strncmp(line, harmless[i], strlen(harmless[i])))
			return true;
	return !*line || strstr(line, "cluster chain length is >");
}

static void check_harmless(struct disk *d, const char *when, u64 n)
{
	char *log = disk_output(d, "fsck.fat -n img");
	char *save, *line = strtok_r(log, "\n", &save);
	bool orphan = false;

	assert_non_null(line);
	for (; line; line = strtok_r(NULL, "\n", &save)) {
		/* What fsck.fat would do with part of a name that has no file any more. */
		if (!line_is_harmless(line) && !(orphan && !strcmp(line, "  Auto-deleting.")))
			fail_msg("%s %llu: %s", when, (unsigned long long)n, line);
		orphan = !strncmp(line, "Orphaned long file name part ", 29);
	}
	free(log);
}

static u32 table_entry(const struct disk *d, bool fat32, u32 clus)
{
	const u8 *table = d->data + (d->data[14] | d->data[15] << 8) * SECTOR_SIZE;
	u32 v;

	if (!fat32)
		return table[2 * clus] | table[2 * clus + 1] << 8;
	memcpy(&v, table + 4 * clus, 4);
	return v & 0x0fffffff;
}

/*
 * Also chains that nobody names are whole and apart, so that nothing written later
 * can become part of one. Not for FAT12, whose entries lie across sectors.
 */
static void check_table(const struct disk *d, bool fat32, u64 n)
{
	u32 count = TOUCHED / SECTOR_SIZE - 2000, end = fat32 ? 0x0ffffff8 : 0xfff8;
	bool *named = calloc(count, 1);

	if (!fat32)
		count = 5000;
	for (u32 c = 2; c < count; c++) {
		u32 next = table_entry(d, fat32, c);

		if (!next || next >= end)
			continue;
		if (next < 2 || next >= count || named[next] || !table_entry(d, fat32, next))
			fail_msg("stopped in %llu: entry %u is %u", (unsigned long long)n, c, next);
		named[next] = true;
	}
	free(named);
}

/* What is written next must not meet what was lost. */
static void use_what_is_left(struct disk *d)
{
	struct fs *fs = disk_mount(d);
	u32 len = d->size > MIB(3) ? MIB(1) : d->size / 2;
	int err;

	err = put(fs, "/after", 0, len);
	assert_true(!err || err == -ENOSPC);
	err = fs_remove(fs, "/second");
	assert_true(!err || err == -ENOENT);
	err = put(fs, "/after 2", 0, 20000);
	assert_true(!err || err == -ENOSPC);
	fs_unmount(fs);
}

static void the_power_may_go_after_any_sector(void **state)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(formats); i++) {
		struct disk d;
		u8 *fresh;
		u64 n = 0;
		bool all;

		disk_make(&d, formats[i].size, formats[i].args);
		fresh = malloc(d.size);
		memcpy(fresh, d.data, d.size);
		do {
			struct fs *fs;

			memcpy(d.data, fresh, min(d.size, TOUCHED));
			fs = disk_mount(&d);
			d.stopping = true;
			d.sectors_left = n;
			all = !work(fs);
			fs_unmount(fs);
			d.stopping = false;
			check_harmless(&d, "stopped after sectors", n);
			if (i)
				check_table(&d, i == 2, n);
			use_what_is_left(&d);
			check_harmless(&d, "used again after", n);
			/* Each of FAT16's; the others are slower, or have less that differs. */
			n += i == 1 ? 1 : 5;
		} while (!all);
		assert_true(n > 100);
		free(fresh);
		disk_free(&d);
	}
}

static void random_path(u64 *rng, char *path, size_t size)
{
	static const char *const dirs[] = { "", "", "/a", "/b directory", "/a/c" };
	static const char *const names[] = { "/x",
					     "/a",
					     "/c",
					     "/b directory",
					     "/some long name",
					     "/another long name, of more than two slots" };

	snprintf(path, size, "%s%s", dirs[shim_random(rng) % ARRAY_SIZE(dirs)],
		 names[shim_random(rng) % ARRAY_SIZE(names)]);
}

/* Whatever comes of it. */
static void random_work(struct fs *fs, u64 *rng, unsigned int steps)
{
	char path[80], to[80];
	int err;

	while (steps--) {
		random_path(rng, path, sizeof(path));
		random_path(rng, to, sizeof(to));
		switch (shim_random(rng) % 8) {
		case 0:
			err = fs_mkdir(fs, path);
			break;
		case 1:
			err = fs_remove(fs, path);
			break;
		case 2:
			err = fs_rename(fs, path, to);
			break;
		case 3:
			err = cut(fs, path, shim_random(rng) % 4000);
			break;
		default:
			err = put(fs, path, shim_random(rng) % 6000, 1 + shim_random(rng) % 6000);
			break;
		}
		(void)err;
	}
}

static void the_power_may_go_during_anything(void **state)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(formats); i++) {
		struct disk d;
		u64 rng = shim_seed(i);
		u8 *fresh;

		disk_make(&d, formats[i].size, formats[i].args);
		fresh = malloc(d.size);
		memcpy(fresh, d.data, d.size);
		for (unsigned int n = 0; n < 100; n++) {
			struct fs *fs;

			memcpy(d.data, fresh, min(d.size, TOUCHED));
			fs = disk_mount(&d);
			random_work(fs, &rng, 40);
			disk_check_clean(&d);
			d.stopping = true;
			d.sectors_left = shim_random(&rng) % 200;
			random_work(fs, &rng, 40);
			fs_unmount(fs);
			d.stopping = false;
			check_harmless(&d, "stopped in run", n);
			if (i)
				check_table(&d, i == 2, n);
			use_what_is_left(&d);
			check_harmless(&d, "used again after run", n);
		}
		free(fresh);
		disk_free(&d);
	}
}

static void any_request_may_fail(void **state)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(formats); i++) {
		u64 total = ~0ull, n = 0;
		struct disk d;
		u8 *fresh;

		disk_make(&d, formats[i].size, formats[i].args);
		fresh = malloc(d.size);
		memcpy(fresh, d.data, d.size);
		do {
			unsigned int bad;
			struct fs *fs;

			memcpy(d.data, fresh, min(d.size, TOUCHED));
			disk_reset_counts(&d);
			d.fail_at = ++n;
			if (fs_mount(&d.dev, &fs))
				continue;
			bad = work(fs);
			fs_unmount(fs);
			total = d.requests;
			d.fail_at = 0;
			/* Only a read of the first FAT is made good by the second. */
			if (!bad)
				disk_check_clean(&d);
			else
				check_harmless(&d, "failed request", n);
		} while (n < total);
		free(fresh);
		disk_free(&d);
	}
}

static void reads_report_a_bad_disk(void **state)
{
	u8 *data = pattern(1, 51200), *buf = malloc(51200);
	struct block_seg seg = { .addr = { (u64)buf }, .len = 51200 };
	struct file *f;
	struct disk d;
	struct fs *fs;

	disk_make(&d, MIB(34), "-F 32 -s 1");
	d.dev.max_segs = 1;
	d.dev.max_seg_size = 2048;
	fs = disk_mount(&d);
	write_file(fs, "/f", data, 51200);
	assert_int_equal(fs_open(fs, "/f", FS_O_READ, &f), 0);
	assert_int_equal(file_read_segs(f, 0, &seg, 1), 0);
	/* The table is in the cache now: the rest are requests for data. */
	for (u64 n = 1; n <= 51200 / 2048; n++) {
		disk_reset_counts(&d);
		d.fail_at = n;
		assert_int_equal(file_read_segs(f, 0, &seg, 1), -EIO);
		d.fail_at = 0;
		assert_int_equal(file_read_segs(f, 0, &seg, 1), 0);
		assert_memory_equal(buf, data, 51200);
	}
	fs_close(f);
	fs_unmount(fs);
	disk_free(&d);
	free(data);
	free(buf);
}

static void the_second_fat_helps_when_the_first_cannot_be_read(void **state)
{
	u8 *data = pattern(1, 5000);
	struct disk d;
	struct fs *fs;

	disk_make(&d, MIB(34), "-F 32 -s 1");
	fs = disk_mount(&d);
	write_file(fs, "/f", data, 5000);
	fs_unmount(fs);
	disk_reset_counts(&d);
	fs = disk_mount(&d);
	d.fail_at = d.requests + 2; /* after the root directory the FAT is read */
	check_file(fs, "/f", data, 5000);
	assert_true(d.requests > d.fail_at);
	fs_unmount(fs);
	disk_free(&d);
	free(data);
}

static void short_memory_is_an_error(void **state)
{
	struct file *f = NULL;
	struct disk d;
	struct fs *fs;
	unsigned int n = 1;
	int err;

	disk_make(&d, MIB(34), "-F 32 -s 1");
	do {
		alloc_fail_at(n++);
		err = fs_mount(&d.dev, &fs);
		assert_true(!err || err == -ENOMEM);
		assert_true(!err || alloc_live() == 0);
	} while (err);
	assert_true(n > 8);
	n = 1;
	do {
		alloc_fail_at(n++);
		err = fs_open(fs, "/x", FS_O_CREATE | FS_O_WRITE, &f);
		assert_true(!err || err == -ENOMEM);
	} while (err);
	alloc_fail_at(0);
	fs_close(f);
	fs_unmount(fs);
	disk_check_clean(&d);
	disk_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_power_may_go_after_any_sector),
		cmocka_unit_test(the_power_may_go_during_anything),
		cmocka_unit_test(any_request_may_fail),
		cmocka_unit_test(reads_report_a_bad_disk),
		cmocka_unit_test(the_second_fat_helps_when_the_first_cannot_be_read),
		cmocka_unit_test(short_memory_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
