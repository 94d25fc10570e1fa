// SPDX-License-Identifier: Apache-2.0
/* FAT against mtools and dosfstools: what they write we read, and the other way round. */
/* links: fs/file.c fs/find.c fs/partition.c fs/volume.c fs/bio.c fs/cache.c fs/fat/mount.c fs/fat/table.c fs/fat/alloc.c fs/fat/name.c fs/fat/shortname.c fs/fat/dir.c fs/fat/dir_edit.c fs/fat/data.c fs/fat/seek.c fs/fat/date.c fs/fat/namei.c tests/unit/fatdisk.c tests/unit/ramdisk.c */
#include <shim.h>

#include "fatdisk.h"

static const struct format {
	const char *args;
	u64 size;
	unsigned int bits;
} formats[] = {
	{ "-F 12", KIB(1440), 12 },
	{ "-F 12 -s 1 -f 1 -R 1", KIB(720), 12 },
	{ "-F 12 -s 64", MIB(64), 12 },
	{ "-F 16 -s 4", MIB(20), 16 },
	{ "-F 16 -s 1", MIB(8), 16 },
	{ "-F 16 -s 64 -r 112", MIB(300), 16 },
	{ "-F 16 -S 2048 -s 2", MIB(40), 16 },
	{ "-F 32 -s 1", MIB(64), 32 },
	{ "-F 32 -s 8", MIB(300), 32 },
	{ "-F 32 -s 2 -f 1", MIB(80), 32 },
	{ "-F 32 -s 1 -S 4096", MIB(300), 32 },
};

static const struct sample {
	const char *path;
	size_t len;
} samples[] = {
	{ "/EMPTY", 0 },
	{ "/A.TXT", 1 },
	{ "/lower.txt", 511 },
	{ "/sector.bin", 512 },
	{ "/dir/sector+1.bin", 513 },
	{ "/dir/a name with spaces, and more than one slot.text", 4096 },
	{ "/dir/\xc3\xa9t\xc3\xa9 \xc3\xbc\xc3\x9f.txt", 5000 },
	{ "/dir/sub/.hidden.file", 70000 },
	{ "/dir/sub/big", 300001 },
};

static void check_all(struct fs *fs)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(samples); i++) {
		u8 *data = pattern(i, samples[i].len);

		check_file(fs, samples[i].path, data, samples[i].len);
		free(data);
	}
}

static void put_all_with_mtools(struct disk *d)
{
	disk_run(d, "mmd -i img ::/dir ::/dir/sub");
	for (unsigned int i = 0; i < ARRAY_SIZE(samples); i++) {
		u8 *data = pattern(i, samples[i].len);

		disk_put_host_file(d, "in", data, samples[i].len);
		disk_run(d, "mcopy -i img in '::%s'", samples[i].path);
		free(data);
	}
}

static void get_all_with_mtools(struct disk *d)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(samples); i++) {
		u8 *data = pattern(i, samples[i].len), *got;
		size_t len;

		disk_run(d, "rm -f out; mcopy -n -i img '::%s' out", samples[i].path);
		got = disk_get_host_file(d, "out", &len);
		assert_int_equal(len, samples[i].len);
		assert_memory_equal(got, data, len);
		free(data);
		free(got);
	}
}

static void reads_what_mtools_wrote(void **state)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(formats); i++) {
		struct fs_info info;
		struct disk d;
		struct fs *fs;

		disk_make(&d, formats[i].size, formats[i].args);
		put_all_with_mtools(&d);
		fs = disk_mount(&d);
		check_all(fs);
		assert_int_equal(fs_info(fs, &info), 0);
		assert_int_equal(info.fat_bits, formats[i].bits);
		fs_unmount(fs);
		assert_int_equal(d.writes, 0);
		disk_free(&d);
	}
}

static void mtools_reads_what_we_wrote(void **state)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(formats); i++) {
		struct disk d;
		struct fs *fs;

		disk_make(&d, formats[i].size, formats[i].args);
		fs = disk_mount(&d);
		assert_int_equal(fs_mkdir(fs, "/dir"), 0);
		assert_int_equal(fs_mkdir(fs, "/dir/sub"), 0);
		for (unsigned int k = 0; k < ARRAY_SIZE(samples); k++) {
			u8 *data = pattern(k, samples[k].len);

			write_file(fs, samples[k].path, data, samples[k].len);
			free(data);
		}
		check_all(fs);
		disk_check_clean(&d);
		get_all_with_mtools(&d);
		fs_unmount(fs);
		/* Again, with nothing in a cache. */
		fs = disk_mount(&d);
		check_all(fs);
		fs_unmount(fs);
		disk_free(&d);
	}
}

static void free_space_agrees_with_fsck(void **state)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(formats); i++) {
		unsigned long used, all;
		struct fs_info info;
		const char *line;
		struct disk d;
		struct fs *fs;
		char *log;

		disk_make(&d, formats[i].size, formats[i].args);
		put_all_with_mtools(&d);
		fs = disk_mount(&d);
		assert_int_equal(fs_remove(fs, "/dir/sub/big"), 0);
		write_file(fs, "/another", "x", 1);
		assert_int_equal(fs_info(fs, &info), 0);
		fs_unmount(fs);
		log = disk_output(&d, "fsck.fat -n img");
		line = strstr(log, " files, ");
		assert_non_null(line);
		assert_int_equal(sscanf(line, " files, %lu/%lu", &used, &all), 2);
		assert_int_equal(info.free * all, info.total * (all - used));
		free(log);
		disk_free(&d);
	}
}

static void short_names_follow_the_usual_pattern(void **state)
{
	static const char *const names[][2] = {
		{ "/README.TXT", "README   TXT" },
		{ "/Kernel.img", "KERNEL   IMG" },
		{ "/Long kernel name.image", "LONGKE~1 IMA" },
		{ "/Long kernel name 2.image", "LONGKE~2 IMA" },
		{ "/two.dots.tar", "TWODOT~1 TAR" },
		{ "/.profile", "PROFIL~1    " },
		{ "/a+b", "A_B~1       " },
	};
	struct disk d;
	struct fs *fs;
	char *log;

	disk_make(&d, MIB(64), "-F 32");
	fs = disk_mount(&d);
	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
		write_file(fs, names[i][0], "x", 1);
	fs_unmount(fs);
	log = disk_output(&d, "mdir -i img ::");
	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
		if (!strstr(log, names[i][1]))
			fail_msg("no %s in: %s", names[i][1], log);
	free(log);
	disk_check_clean(&d);
	disk_free(&d);
}

static void finds_the_first_fat_partition(void **state)
{
	u64 start = MIB(1) + 512 * 63;
	struct disk part, d;
	struct fs *fs;
	u8 *entry;

	disk_make(&part, MIB(40), "-F 32 -s 1 -h 2111");
	disk_run(&part, "echo hello >in; mcopy -i img in ::/In; echo >tail");
	disk_make(&d, MIB(48), NULL);
	memcpy(d.data + start, part.data, part.size);
	d.data[510] = 0x55;
	d.data[511] = 0xaa;
	entry = d.data + 446;
	entry[4] = 0x83; /* something else first */
	entry[8] = 1;
	entry[16 + 4] = 0x0c;
	memcpy(entry + 16 + 8, &(u32){ start / 512 }, 4);
	memcpy(entry + 16 + 12, &(u32){ part.size / 512 }, 4);
	fs = disk_mount(&d);
	check_file(fs, "/in", "hello\n", 6);
	write_file(fs, "/out file", "there", 5);
	fs_unmount(fs);
	memcpy(part.data, d.data + start, part.size);
	disk_check_clean(&part);
	disk_run(&part, "mtype -i img '::/out file' | grep -qx there");
	disk_free(&part);
	disk_free(&d);
}

static void only_the_active_fat_is_used_without_mirroring(void **state)
{
	struct disk d;
	struct fs *fs;
	u32 fat_size;

	disk_make(&d, MIB(64), "-F 32 -s 1");
	disk_run(&d, "echo hello >in; mcopy -i img in ::/in");
	memcpy(&fat_size, d.data + 36, 4);
	d.data[40] = 0x81; /* no mirroring, the second one counts */
	memset(d.data + 32 * 512, 0, fat_size * 512);
	fs = disk_mount(&d);
	check_file(fs, "/in", "hello\n", 6);
	write_file(fs, "/out", "x", 1);
	for (u32 i = 0; i < fat_size * 512; i++)
		assert_int_equal(d.data[32 * 512 + i], 0);
	fs_unmount(fs);
	d.data[40] = 0;
	memcpy(d.data + 32 * 512, d.data + (32 + fat_size) * 512, fat_size * 512);
	disk_check_clean(&d);
	disk_free(&d);
}

/* Formatters make it when told to; mtools does not take it. */
static void takes_fat32_with_few_clusters(void **state)
{
	u8 *data = pattern(1, 100000);
	struct fs_info info;
	struct disk d;
	struct fs *fs;

	disk_make(&d, MIB(64), "-F 32 -s 32");
	fs = disk_mount(&d);
	assert_int_equal(fs_info(fs, &info), 0);
	assert_int_equal(info.fat_bits, 32);
	assert_int_equal(fs_mkdir(fs, "/sbin"), 0);
	write_file(fs, "/sbin/guest", data, 100000);
	disk_check_clean(&d);
	check_file(fs, "/sbin/guest", data, 100000);
	fs_unmount(fs);
	disk_free(&d);
	free(data);
}

static void reads_labels(void **state)
{
	static const struct {
		const char *args, *label;
	} cases[] = { { "-F 32 -n LODGE", "LODGE" },
		      { "-F 16 -n 'BOOT DISK'", "BOOT DISK" },
		      { "-F 12", "" } };

	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		struct fs_info info;
		struct disk d;
		struct fs *fs;

		disk_make(&d, i == 2 ? MIB(1) : MIB(64), cases[i].args);
		fs = disk_mount(&d);
		assert_int_equal(fs_info(fs, &info), 0);
		assert_string_equal(info.label, cases[i].label);
		fs_unmount(fs);
		disk_free(&d);
	}
}

static void files_have_the_date_of_their_last_change(void **state)
{
	static const struct {
		u64 seconds;
		const char *shown;
	} cases[] = {
		{ 0, "1980-01-01   0:00" },
		{ 951827696, "2000-02-29  12:34" },
		{ 1735689599, "2024-12-31  23:59" },
		{ 4107542400, "2100-03-01   0:00" },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		struct disk d;
		struct fs *fs;
		char *log;

		disk_make(&d, MIB(1), "-F 12");
		fs = disk_mount(&d);
		write_file(fs, "/F", "x", 1);
		disk_clock = cases[i].seconds * 1000000000;
		write_file(fs, "/F", "y", 1);
		fs_unmount(fs);
		log = disk_output(&d, "mdir -i img ::/F");
		if (!strstr(log, cases[i].shown))
			fail_msg("no %s in: %s", cases[i].shown, log);
		free(log);
		disk_free(&d);
	}
}

static void refuses_what_is_not_fat(void **state)
{
	struct disk d;
	struct fs *fs;

	disk_make(&d, MIB(1), NULL);
	assert_int_equal(fs_mount(&d.dev, &fs), -ENODEV);
	d.data[510] = 0x55;
	d.data[511] = 0xaa;
	assert_int_equal(fs_mount(&d.dev, &fs), -ENODEV);
	d.dev.sectors = 0;
	assert_int_equal(fs_mount(&d.dev, &fs), -ENODEV);
	disk_free(&d);
}

static void refuses_a_disk_that_is_cut_short(void **state)
{
	struct disk d;
	struct fs *fs;

	disk_make(&d, MIB(64), "-F 32");
	d.dev.sectors--;
	assert_int_equal(fs_mount(&d.dev, &fs), -EUCLEAN);
	d.dev.sectors = 1;
	assert_int_equal(fs_mount(&d.dev, &fs), -EUCLEAN);
	disk_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_mtools_wrote),
		cmocka_unit_test(mtools_reads_what_we_wrote),
		cmocka_unit_test(free_space_agrees_with_fsck),
		cmocka_unit_test(short_names_follow_the_usual_pattern),
		cmocka_unit_test(finds_the_first_fat_partition),
		cmocka_unit_test(only_the_active_fat_is_used_without_mirroring),
		cmocka_unit_test(takes_fat32_with_few_clusters),
		cmocka_unit_test(reads_labels),
		cmocka_unit_test(files_have_the_date_of_their_last_change),
		cmocka_unit_test(refuses_what_is_not_fat),
		cmocka_unit_test(refuses_a_disk_that_is_cut_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
