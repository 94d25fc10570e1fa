// SPDX-License-Identifier: Apache-2.0
/* Where on a disk a file system is found, and what is said when none is. */
/* links: fs/file.c fs/find.c fs/partition.c fs/volume.c fs/bio.c fs/cache.c fs/fat/mount.c fs/fat/table.c fs/fat/alloc.c fs/fat/name.c fs/fat/shortname.c fs/fat/dir.c fs/fat/dir_edit.c fs/fat/data.c fs/fat/seek.c fs/fat/date.c fs/fat/namei.c tests/unit/fatdisk.c tests/unit/ramdisk.c */
#include "fatdisk.h"

#define DISK MIB(24)
#define WHY  512

static struct fs *find(struct disk *d, const char *dir)
{
	char why[WHY] = "";
	struct fs *fs = NULL;
	int err = fs_find(&d->dev, dir, &fs, why, sizeof(why));

	if (err)
		fail_msg("%s: %s", errno_name(err), why);
	return fs;
}

/* Nothing is found, and what is said of the disk is exactly @why. */
static void finds_nothing(struct disk *d, const char *dir, int expected, const char *why)
{
	char said[WHY] = "";
	struct fs *fs;

	assert_int_equal(fs_find(&d->dev, dir, &fs, said, sizeof(said)), expected);
	assert_string_equal(said, why);
	assert_int_equal(alloc_live(), 0);
}

/* A disk that sfdisk has partitioned as @script says. */
static void partition(struct disk *d, const char *script)
{
	disk_make(d, DISK, NULL);
	disk_run(d, "printf '%s' | sfdisk -q img", script);
}

/* FAT in the sectors from @start on, with @name in its root directory. */
static void format(struct disk *d, u64 start, const char *name)
{
	disk_run(d,
		 "mkfs.fat --offset %llu img 4096 && echo %s >in && "
		 "mmd -i img@@%llu ::/%s && mcopy -i img@@%llu in ::/%s/in",
		 (unsigned long long)start, name, (unsigned long long)start * 512, name,
		 (unsigned long long)start * 512, name);
}

/* The file system that is found is the one that format() called @name. */
static void finds(struct disk *d, const char *name)
{
	char path[40], text[40], dir[40];
	struct fs *fs;

	snprintf(dir, sizeof(dir), "/%s", name);
	snprintf(path, sizeof(path), "/%s/in", name);
	snprintf(text, sizeof(text), "%s\n", name);
	fs = find(d, dir);
	check_file(fs, path, text, strlen(text));
	fs_unmount(fs);
	disk_free(d);
}

static void any_type_of_mbr_partition_will_do(void **state)
{
	static const char *const types[] = { "1", "6", "7", "b", "c", "e", "ef", "83", "1c", "da" };
	char script[80];

	for (unsigned int i = 0; i < ARRAY_SIZE(types); i++) {
		struct disk d;

		snprintf(script, sizeof(script), "label: dos\n2048,16384,%s\n", types[i]);
		partition(&d, script);
		format(&d, 2048, "vms");
		finds(&d, "vms");
	}
}

static void logical_partitions_are_found(void **state)
{
	static const u64 starts[] = { 4096, 14336, 24576 };

	for (unsigned int i = 0; i < ARRAY_SIZE(starts); i++) {
		struct disk d;

		partition(
			&d,
			"label: dos\n2048,40000,5\n\n\n\n4096,8192,83\n14336,8192,c\n24576,8192,6\n");
		format(&d, starts[i], "vms");
		finds(&d, "vms");
	}
}

static void any_type_of_gpt_partition_will_do(void **state)
{
	static const char *const types[] = { "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7",
					     "C12A7328-F81F-11D2-BA4B-00A0C93EC93B",
					     "0FC63DAF-8483-4772-8E79-3D69D8477DE4" };
	char script[120];

	for (unsigned int i = 0; i < ARRAY_SIZE(types); i++) {
		struct disk d;

		snprintf(script, sizeof(script), "label: gpt\n2048,16384,%s\n", types[i]);
		partition(&d, script);
		format(&d, 2048, "vms");
		finds(&d, "vms");
	}
}

#define GPT_SCRIPT "label: gpt\n2048,10240,L\n12288,10240,L\n"

static void the_backup_gpt_helps_when_the_first_is_damaged(void **state)
{
	static const u64 damage[] = { 512, 512 + 16, 512 + 24, 512 + 72, 1024, 1024 + 200 };

	for (unsigned int i = 0; i < ARRAY_SIZE(damage); i++) {
		struct disk d;

		partition(&d, GPT_SCRIPT);
		format(&d, 12288, "vms");
		d.data[damage[i]] ^= 1;
		finds(&d, "vms");
	}
}

static void a_damaged_gpt_is_said_to_be_one(void **state)
{
	struct disk d;

	partition(&d, GPT_SCRIPT);
	format(&d, 2048, "vms");
	d.data[1024 + 5] ^= 1;
	d.data[d.size - 512] ^= 1;
	finds_nothing(&d, "/vms", -ENODEV, "disk: a partition table that is damaged");
	disk_free(&d);
}

static void the_first_with_the_directory_is_taken(void **state)
{
	struct disk d;

	/* The first is not formatted, the second has other things. */
	partition(&d, "label: dos\n2048,2048,c\n4096,10240,c\n14336,10240,83\n24576,10240,83\n");
	format(&d, 4096, "photos");
	format(&d, 14336, "vms");
	format(&d, 24576, "vms");
	disk_run(&d, "echo other >in; mcopy -o -i img@@%u in ::/vms/in", 24576 * 512);
	finds(&d, "vms");
}

static void a_file_of_that_name_is_no_directory(void **state)
{
	struct disk d;

	disk_make(&d, MIB(4), "-F 12");
	disk_run(&d, "echo x >vms; mcopy -i img vms ::/vms");
	finds_nothing(&d, "/vms", -ENODEV, "disk: a FAT file system without it");
	disk_free(&d);
}

static void everything_that_was_looked_at_is_named(void **state)
{
	struct disk d;

	partition(&d, "label: dos\n2048,8192,83\n10240,8192,c\n18432,8192,c\n26624,8192,b\n");
	disk_run(&d, "mke2fs -q -E offset=%u img 4096", 2048 * 512);
	format(&d, 10240, "photos");
	memset(d.data + 18432 * 512, 7, 4096);
	finds_nothing(&d, "/vms", -ENODEV,
		      "disk partition 1 (MBR type 0x83): ext2, ext3 or ext4, "
		      "disk partition 2 (MBR type 0x0c): a FAT file system without it, "
		      "disk partition 3 (MBR type 0x0c): unknown content, "
		      "disk partition 4 (MBR type 0x0b): nothing but zeroes");
	disk_free(&d);
}

static void a_damaged_fat_is_said_to_be_one(void **state)
{
	struct disk d;

	partition(&d, "label: gpt\n2048,10240,L\n");
	format(&d, 2048, "vms");
	d.data[2048 * 512 + 22] = 0; /* sectors of a FAT: FAT32's layout, without its fields */
	d.data[2048 * 512 + 23] = 0;
	finds_nothing(&d, "/vms", -EUCLEAN,
		      "disk partition 1 (GPT): a FAT file system that is damaged "
		      "(fsck.fat may repair it)");
	disk_free(&d);
}

static void whole_disks_of_other_kinds_are_named(void **state)
{
	static const struct {
		u32 at;
		const char *bytes, *why;
	} kinds[] = {
		{ 3, "EXFAT   ", "disk: exFAT" },
		{ 3, "NTFS    ", "disk: NTFS" },
		{ 32769, "CD001", "disk: ISO 9660" },
		{ 0, "QFI\xfb", "disk: a qcow2 image (qemu-img convert -O raw unpacks it)" },
		{ 0, "\x1f\x8b", "disk: a file compressed by gzip (unpack it first)" },
		{ 9, "x", "disk: no partitions and unknown content" },
		{ 9, "", "disk: nothing but zeroes" },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct disk d;

		disk_make(&d, MIB(1), NULL);
		memcpy(d.data + kinds[i].at, kinds[i].bytes, strlen(kinds[i].bytes));
		finds_nothing(&d, "/vms", -ENODEV, kinds[i].why);
		disk_free(&d);
	}
}

/* As of an image that was copied in part: the table is there, and not all that it tells of. */
static void partitions_beyond_the_end_are_named(void **state)
{
	static const struct {
		const char *script, *scheme;
	} t[] = {
		{ "label: dos\n2048,4096,83\n16384,16384,c\n40960,2048,c\n", "MBR type 0x0c" },
		{ "label: gpt\n2048,4096,L\n16384,16384,L\n40960,2048,L\n", "GPT" },
	};
	char why[WHY];

	for (unsigned int i = 0; i < ARRAY_SIZE(t); i++) {
		struct disk d;

		partition(&d, t[i].script);
		format(&d, 16384, "vms");
		d.dev.sectors = 30000;
		snprintf(why, sizeof(why),
			 "disk partition 1 (%s): nothing but zeroes, "
			 "disk partition 2 (%s): a FAT file system without it, "
			 "disk partition 3 (%s): beyond the end of the disk",
			 i ? "GPT" : "MBR type 0x83", t[i].scheme, t[i].scheme);
		finds_nothing(&d, "/photos", -ENODEV, why);
		d.dev.sectors = 20000; /* less than the file system has */
		snprintf(why, sizeof(why),
			 "disk partition 1 (%s): nothing but zeroes, "
			 "disk partition 2 (%s): a FAT file system that is damaged (fsck.fat may "
			 "repair it), "
			 "disk partition 3 (%s): beyond the end of the disk",
			 i ? "GPT" : "MBR type 0x83", t[i].scheme, t[i].scheme);
		finds_nothing(&d, "/vms", -EUCLEAN, why);
		disk_free(&d);
	}
}

static void a_partition_that_cannot_be_read_hides_no_other(void **state)
{
	unsigned int n, told = 0;
	struct disk d;

	partition(&d, "label: dos\n2048,10240,c\n14336,10240,83\n");
	format(&d, 2048, "photos");
	format(&d, 14336, "vms");
	for (n = 1; n < 20; n++) {
		char why[WHY] = "";
		struct fs *fs;
		int err;

		d.fail_at = d.requests + n;
		err = fs_find(&d.dev, "/vms", &fs, why, sizeof(why));
		d.fail_at = 0;
		if (!err)
			fs_unmount(fs);
		if (!strstr(why, "disk partition 1 (MBR type 0x0c): can't be read"))
			continue;
		assert_int_equal(err, 0);
		told++;
	}
	assert_true(told);
	disk_free(&d);
}

static void a_long_list_is_cut_and_not_overrun(void **state)
{
	char why[40] = "";
	struct disk d;
	struct fs *fs;

	partition(&d, "label: dos\n2048,2048,c\n4096,2048,c\n6144,2048,c\n");
	assert_int_equal(fs_find(&d.dev, "/vms", &fs, why, sizeof(why)), -ENODEV);
	assert_string_equal(why, "disk partition 1 (MBR type 0x0c): nothi");
	disk_free(&d);
}

static void a_chain_of_logical_partitions_that_bites_its_tail_ends(void **state)
{
	struct disk d;
	u8 *ebr;

	partition(&d, "label: dos\n2048,40000,5\n\n\n\n4096,8192,c\n14336,8192,c\n");
	ebr = d.data + 12288 * 512; /* of the second: where its partition's 2048 sectors begin */
	assert_int_equal(ebr[510], 0x55);
	ebr[446 + 16 + 4] = 5;
	memcpy(ebr + 446 + 16 + 8, &(u32){ 12288 - 2048 }, 4);
	memcpy(ebr + 446 + 16 + 12, &(u32){ 8192 }, 4);
	d.budget = 20000;
	assert_int_equal(fs_mount(&d.dev, &(struct fs *){ NULL }), -ENODEV);
	disk_free(&d);
}

/* Whatever a table says, the answer comes within bounds, and only from the disk. */
static void random_tables_do_no_harm(void **state)
{
	static const char *const scripts[] = {
		"label: dos\n2048,10240,5\n12288,2048,c\n\n\n4096,2048,83\n8192,2048,c\n",
		GPT_SCRIPT,
	};
	u64 seed = shim_seed(11);

	for (unsigned int s = 0; s < ARRAY_SIZE(scripts); s++) {
		struct disk d;
		u8 *saved;

		partition(&d, scripts[s]);
		saved = malloc(d.size);
		memcpy(saved, d.data, d.size);
		for (unsigned int round = 0; round < 300; round++) {
			static const u32 at[] = { 446, 512, 1024, 2048 * 512 + 446 };
			struct fs *fs;
			int err;

			for (unsigned int n = shim_random(&seed) % 6 + 1; n; n--)
				d.data[at[shim_random(&seed) % ARRAY_SIZE(at)] +
				       shim_random(&seed) % 66] = shim_random(&seed);
			d.budget = d.requests + 20000;
			err = fs_mount(&d.dev, &fs);
			if (!err)
				fs_unmount(fs);
			else
				assert_true(err == -ENODEV || err == -EUCLEAN);
			memcpy(d.data, saved, MIB(2));
			memcpy(d.data + d.size - MIB(1), saved + d.size - MIB(1), MIB(1));
		}
		free(saved);
		disk_free(&d);
	}
}

static void a_disk_of_large_blocks_is_read_and_written(void **state)
{
	struct disk d;
	struct fs *fs;
	void *data = pattern(1, 50001);

	disk_make(&d, MIB(64), "-F 16 -S 4096");
	d.dev.block_size = 4096;
	disk_run(&d, "echo hello >in; mcopy -i img in ::/in");
	fs = find(&d, NULL);
	check_file(fs, "/in", "hello\n", 6);
	write_file(fs, "/a longer name", data, 50001);
	check_file(fs, "/a longer name", data, 50001);
	fs_unmount(fs);
	disk_check_clean(&d);
	disk_run(&d, "mcopy -i img '::/a longer name' out");
	disk_free(&d);
	free(data);
}

static void tables_count_in_the_disks_blocks(void **state)
{
	struct disk part, d;

	disk_make(&part, MIB(16), "-F 16 -S 4096 -s 1");
	disk_run(&part, "mmd -i img ::/vms; echo vms >in; mcopy -i img in ::/vms/in");
	disk_make(&d, DISK, NULL);
	d.dev.block_size = 4096;
	memcpy(d.data + 256 * 4096, part.data, part.size);
	d.data[510] = 0x55;
	d.data[511] = 0xaa;
	d.data[446 + 4] = 0x0c;
	memcpy(d.data + 446 + 8, &(u32){ 256 }, 4);
	memcpy(d.data + 446 + 12, &(u32){ part.size / 4096 }, 4);
	disk_free(&part);
	finds(&d, "vms");
}

static void a_fat_that_large_blocks_do_not_fit_is_said_to_be_one(void **state)
{
	struct disk d;

	disk_make(&d, MIB(4), "-F 12");
	d.dev.block_size = 4096;
	finds_nothing(&d, "/vms", -ENODEV,
		      "disk: a FAT file system whose sectors are smaller than the disk's blocks");
	disk_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_type_of_mbr_partition_will_do),
		cmocka_unit_test(logical_partitions_are_found),
		cmocka_unit_test(any_type_of_gpt_partition_will_do),
		cmocka_unit_test(the_backup_gpt_helps_when_the_first_is_damaged),
		cmocka_unit_test(a_damaged_gpt_is_said_to_be_one),
		cmocka_unit_test(the_first_with_the_directory_is_taken),
		cmocka_unit_test(a_file_of_that_name_is_no_directory),
		cmocka_unit_test(everything_that_was_looked_at_is_named),
		cmocka_unit_test(a_damaged_fat_is_said_to_be_one),
		cmocka_unit_test(whole_disks_of_other_kinds_are_named),
		cmocka_unit_test(partitions_beyond_the_end_are_named),
		cmocka_unit_test(a_partition_that_cannot_be_read_hides_no_other),
		cmocka_unit_test(a_long_list_is_cut_and_not_overrun),
		cmocka_unit_test(a_chain_of_logical_partitions_that_bites_its_tail_ends),
		cmocka_unit_test(random_tables_do_no_harm),
		cmocka_unit_test(a_disk_of_large_blocks_is_read_and_written),
		cmocka_unit_test(tables_count_in_the_disks_blocks),
		cmocka_unit_test(a_fat_that_large_blocks_do_not_fit_is_said_to_be_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
