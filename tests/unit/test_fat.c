// SPDX-License-Identifier: Apache-2.0
/* FAT: what each call promises, one at a time. */
/* links: fs/file.c fs/find.c fs/partition.c fs/volume.c fs/bio.c fs/cache.c fs/fat/mount.c fs/fat/table.c fs/fat/alloc.c fs/fat/name.c fs/fat/shortname.c fs/fat/dir.c fs/fat/dir_edit.c fs/fat/data.c fs/fat/seek.c fs/fat/date.c fs/fat/namei.c tests/unit/fatdisk.c tests/unit/ramdisk.c */
#include <shim.h>

#include <asm/layout.h>

#include "fatdisk.h"

struct fixture {
	struct disk d;
	struct fs *fs;
};

static int setup(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));

	disk_make(&x->d, MIB(34), "-F 32 -s 1");
	x->fs = disk_mount(&x->d);
	*state = x;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *x = *state;

	fs_unmount(x->fs);
	disk_check_clean(&x->d);
	disk_free(&x->d);
	free(x);
	return 0;
}

static struct file *open_as(struct fs *fs, const char *path, unsigned int flags)
{
	struct file *f;

	assert_int_equal(fs_open(fs, path, flags, &f), 0);
	return f;
}

static void bad_paths_are_refused(void **state)
{
	struct fixture *x = *state;
	static const char *const bad[] = { "",	      "x",     "x/y",	"/./..",    "/..",
					   "/a/../b", "/\xff", "/\xc3", "/\xc0\xaf" };
	static const char *const illegal[] = { "/a*", "/a?", "/\"", "/a:b",  "/a|b",  "/a\\b",
					       "/a.", "/a ", "/ ",  "/\x01", "/\x7f", "/\xc2\x85" };
	struct fs_dirent e;
	char longest[300];
	struct file *f;

	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(fs_stat(x->fs, bad[i], &e), i == 5 ? -ENOENT : -EINVAL);
	for (unsigned int i = 0; i < ARRAY_SIZE(illegal); i++) {
		assert_int_equal(fs_stat(x->fs, illegal[i], &e), -ENOENT);
		assert_int_equal(fs_mkdir(x->fs, illegal[i]), -EINVAL);
		assert_int_equal(fs_open(x->fs, illegal[i], FS_O_WRITE | FS_O_CREATE, &f), -EINVAL);
	}
	memset(longest, 'n', sizeof(longest));
	longest[0] = '/';
	longest[257] = '\0';
	assert_int_equal(fs_mkdir(x->fs, longest), -ENAMETOOLONG);
	longest[256] = '\0';
	assert_int_equal(fs_mkdir(x->fs, longest), 0);
	assert_int_equal(fs_stat(x->fs, longest, &e), 0);
	assert_string_equal(e.name, longest + 1);
}

static void open_says_what_is_wrong(void **state)
{
	struct fixture *x = *state;
	struct file *f;

	assert_int_equal(fs_mkdir(x->fs, "/d"), 0);
	write_file(x->fs, "/f", "x", 1);
	assert_int_equal(fs_open(x->fs, "/none", FS_O_READ, &f), -ENOENT);
	assert_int_equal(fs_open(x->fs, "/none/f", FS_O_READ, &f), -ENOENT);
	assert_int_equal(fs_open(x->fs, "/none/f", FS_O_WRITE | FS_O_CREATE, &f), -ENOENT);
	assert_int_equal(fs_open(x->fs, "/f/f", FS_O_READ, &f), -ENOTDIR);
	assert_int_equal(fs_open(x->fs, "/d", FS_O_READ, &f), -EISDIR);
	assert_int_equal(fs_open(x->fs, "/", FS_O_READ, &f), -EISDIR);
	assert_int_equal(fs_open(x->fs, "/f", 0, &f), -EINVAL);
	assert_int_equal(fs_open(x->fs, "/f", FS_O_READ | FS_O_TRUNC, &f), -EINVAL);
	assert_int_equal(fs_open(x->fs, "/f", FS_O_WRITE | FS_O_CREATE | FS_O_EXCL, &f), -EEXIST);
	f = open_as(x->fs, "/f", FS_O_READ);
	assert_int_equal(file_write(f, 0, "y", 1), -EACCES);
	assert_int_equal(file_truncate(f, 0), -EACCES);
	fs_close(f);
	f = open_as(x->fs, "/f", FS_O_WRITE);
	assert_int_equal(file_read(f, 0, (char[1]){ 0 }, 1), -EACCES);
	fs_close(f);
}

static void names_match_in_any_case(void **state)
{
	struct fixture *x = *state;
	struct fs_dirent e;

	write_file(x->fs, "/Straße nach Ägypten.txt", "x", 1);
	write_file(x->fs, "/Žluťoučký kůň", "x", 1);
	write_file(x->fs, "/Привет, Ёлка", "x", 1);
	assert_int_equal(fs_stat(x->fs, "/STRAßE NACH ägypten.TXT", &e), 0);
	assert_string_equal(e.name, "Straße nach Ägypten.txt");
	assert_int_equal(fs_stat(x->fs, "/žLUŤOUČKÝ KŮŇ", &e), 0);
	assert_int_equal(fs_stat(x->fs, "/пРИВЕТ, ёЛКА", &e), 0);
	assert_int_equal(fs_mkdir(x->fs, "/ŽLUŤOUČKÝ kůň"), -EEXIST);
}

/* Of one to four bytes each, up to the ends of each length. */
static void names_have_any_characters(void **state)
{
	static const char *const names[] = {
		"/\u00a0\u07ff",	 "/\u0800\xed\x9f\xbf\xee\x80\x80\uffff",
		"/日本語のファイル.txt", "/\U00010000\U0010ffff",
		"/😀 and \U0001f600",
	};
	struct fixture *x = *state;
	struct fs_dirent e;

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++) {
		write_file(x->fs, names[i], "x", 1);
		assert_int_equal(fs_stat(x->fs, names[i], &e), 0);
		assert_string_equal(e.name, names[i] + 1);
	}
	/* Greek: all of it but the sigma that ends a word. */
	write_file(x->fs, "/αβγ ω", "x", 1);
	assert_int_equal(fs_stat(x->fs, "/ΑΒΓ Ω", &e), 0);
	write_file(x->fs, "/ς", "x", 1);
	assert_int_equal(fs_stat(x->fs, "/Σ", &e), -ENOENT);
}

static void other_alphabets_have_case_too(void **state)
{
	static const char *const names[][2] = {
		{ "/Πυρήνας ΐϊό", "/ΠΥΡΉΝΑς ΐΪΌ" },	    /* Greek, with accents */
		{ "/Știință și țară", "/șTIINȚĂ ȘI ȚARĂ" }, /* Romanian */
		{ "/nhân hệ điều hành ơư", "/NHÂN HỆ ĐIỀU HÀNH ƠƯ" },
		{ "/Ґанок, Қазақ, Ӂ", "/ґАНОК, қАЗАҚ, ӂ" },
		{ "/Միջուկ", "/մԻՋՈՒԿ" },
	};
	struct fixture *x = *state;
	struct fs_dirent e;

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++) {
		write_file(x->fs, names[i][0], "x", 1);
		assert_int_equal(fs_stat(x->fs, names[i][1], &e), 0);
		assert_string_equal(e.name, names[i][0] + 1);
	}
	/* These are letters of their own. */
	assert_int_equal(fs_stat(x->fs, "/Stiință și țară", &e), -ENOENT);
	assert_int_equal(fs_stat(x->fs, "/Πυρηνας ΐϊό", &e), -ENOENT);
}

static void files_are_found_by_their_short_names(void **state)
{
	struct fixture *x = *state;

	write_file(x->fs, "/a long name.text", "long", 4);
	check_file(x->fs, "/ALONGN~1.TEX", "long", 4);
	assert_int_equal(fs_mkdir(x->fs, "/alongn~1.tex"), -EEXIST);
}

static void many_names_that_begin_alike_get_different_short_names(void **state)
{
	struct fixture *x = *state;
	char path[64];

	assert_int_equal(fs_mkdir(x->fs, "/d"), 0);
	for (unsigned int i = 0; i < 150; i++) {
		snprintf(path, sizeof(path), "/d/the same beginning %u", i);
		write_file(x->fs, path, path, strlen(path));
	}
	for (unsigned int i = 0; i < 150; i++) {
		snprintf(path, sizeof(path), "/d/the same beginning %u", i);
		check_file(x->fs, path, path, strlen(path));
	}
}

static void names_too_long_to_list_are_listed_short(void **state)
{
	struct fixture *x = *state;
	char path[512] = "/";
	struct fs_dirent e;
	u32 pos = 0;

	for (unsigned int i = 0; i < 200; i++)
		strcat(path, "ж");
	write_file(x->fs, path, "x", 1);
	check_file(x->fs, path, "x", 1);
	assert_int_equal(fs_readdir(x->fs, "/", &pos, &e), 0);
	assert_string_equal(e.name, "______~1");
	check_file(x->fs, "/______~1", "x", 1);
	assert_int_equal(fs_readdir(x->fs, "/", &pos, &e), -ENOENT);
}

static void a_gap_reads_as_zeroes(void **state)
{
	struct fixture *x = *state;
	u8 *junk = pattern(1, 20000), zeroes[9000] = { 0 }, buf[9000];
	struct file *f;

	/* So that what was on the disk would show. */
	write_file(x->fs, "/junk", junk, 20000);
	assert_int_equal(fs_remove(x->fs, "/junk"), 0);
	f = open_as(x->fs, "/f", FS_O_READ | FS_O_WRITE | FS_O_CREATE);
	assert_int_equal(file_write(f, 100, "x", 1), 1);
	assert_int_equal(file_write(f, 9101, "y", 1), 1);
	assert_int_equal(file_truncate(f, 15000), 0);
	assert_int_equal(file_size(f), 15000);
	assert_int_equal(file_read(f, 0, buf, 100), 100);
	assert_memory_equal(buf, zeroes, 100);
	assert_int_equal(file_read(f, 101, buf, 9000), 9000);
	assert_memory_equal(buf, zeroes, 9000);
	assert_int_equal(file_read(f, 9102, buf, 9000), 15000 - 9102);
	assert_memory_equal(buf, zeroes, 15000 - 9102);
	assert_int_equal(file_read(f, 15000, buf, 1), 0);
	assert_int_equal(file_read(f, ~0ull, buf, 1), 0);
	fs_close(f);
	free(junk);
}

static void files_end_at_4_gib(void **state)
{
	struct fixture *x = *state;
	struct file *f = open_as(x->fs, "/f", FS_O_WRITE | FS_O_CREATE);

	assert_int_equal(file_write(f, 0xffffffff, "x", 1), -EFBIG);
	assert_int_equal(file_write(f, ~0ull, "xy", 2), -EFBIG);
	assert_int_equal(file_truncate(f, 1ull << 32), -EFBIG);
	assert_int_equal(file_truncate(f, 0xffffffff), -ENOSPC);
	assert_int_equal(file_size(f), 0);
	fs_close(f);
}

static void a_full_disk_changes_nothing(void **state)
{
	struct fixture *x = *state;
	struct fs_info before, after;
	struct file *f;
	u8 *data;
	u64 len;

	write_file(x->fs, "/small", "x", 1);
	assert_int_equal(fs_info(x->fs, &before), 0);
	len = before.free + 512;
	data = pattern(1, len);
	f = open_as(x->fs, "/small", FS_O_WRITE);
	assert_int_equal(file_write(f, 1, data, len), -ENOSPC);
	assert_int_equal(file_size(f), 1);
	assert_int_equal(fs_info(x->fs, &after), 0);
	assert_int_equal(after.free, before.free);
	/* To the last byte it goes. */
	assert_int_equal(file_write(f, 512, data, len - 512), len - 512);
	assert_int_equal(fs_info(x->fs, &after), 0);
	assert_int_equal(after.free, 0);
	assert_int_equal(fs_mkdir(x->fs, "/d"), -ENOSPC);
	assert_int_equal(file_truncate(f, 0), 0);
	fs_close(f);
	assert_int_equal(fs_mkdir(x->fs, "/d"), 0);
	free(data);
}

static void two_openings_see_one_file(void **state)
{
	struct fixture *x = *state;
	struct file *a = open_as(x->fs, "/f", FS_O_READ | FS_O_WRITE | FS_O_CREATE);
	struct file *b = open_as(x->fs, "/F", FS_O_READ | FS_O_WRITE);
	u8 *data = pattern(1, 5000), *buf = malloc(5000);

	assert_int_equal(file_write(a, 0, data, 3000), 3000);
	assert_int_equal(file_size(b), 3000);
	assert_int_equal(file_read(b, 0, buf, 5000), 3000);
	assert_int_equal(file_write(a, 3000, data + 3000, 2000), 2000);
	assert_int_equal(file_read(b, 0, buf, 5000), 5000);
	assert_memory_equal(buf, data, 5000);
	assert_int_equal(file_truncate(b, 1000), 0);
	write_file(x->fs, "/g", data, 4000);
	assert_int_equal(file_write(a, 4000, data + 4000, 1000), 1000);
	assert_int_equal(file_read(b, 4000, buf, 1000), 1000);
	assert_memory_equal(buf, data + 4000, 1000);
	check_file(x->fs, "/g", data, 4000);
	assert_int_equal(fs_remove(x->fs, "/f"), -EBUSY);
	assert_int_equal(fs_rename(x->fs, "/f", "/h"), -EBUSY);
	fs_close(a);
	assert_int_equal(fs_remove(x->fs, "/f"), -EBUSY);
	fs_close(b);
	assert_int_equal(fs_remove(x->fs, "/f"), 0);
	free(data);
	free(buf);
}

static void rename_keeps_what_is_there(void **state)
{
	struct fixture *x = *state;
	struct fs_dirent e;

	assert_int_equal(fs_mkdir(x->fs, "/a"), 0);
	assert_int_equal(fs_mkdir(x->fs, "/a/b"), 0);
	write_file(x->fs, "/a/b/f", "content", 7);
	write_file(x->fs, "/g", "other", 5);
	assert_int_equal(fs_rename(x->fs, "/a/b/f", "/g"), -EEXIST);
	assert_int_equal(fs_rename(x->fs, "/a", "/a/b/c"), -EINVAL);
	assert_int_equal(fs_rename(x->fs, "/a", "/A/x"), -EINVAL);
	assert_int_equal(fs_rename(x->fs, "/", "/x"), -EBUSY);
	assert_int_equal(fs_rename(x->fs, "/a", "/"), -EEXIST);
	assert_int_equal(fs_rename(x->fs, "/none", "/x"), -ENOENT);
	assert_int_equal(fs_rename(x->fs, "/a", "/none/x"), -ENOENT);
	assert_int_equal(fs_rename(x->fs, "/g", "/G"), 0);
	assert_int_equal(fs_stat(x->fs, "/g", &e), 0);
	assert_string_equal(e.name, "G");
	/* The second directory's ".." is fsck's to check. */
	assert_int_equal(fs_rename(x->fs, "/a/b", "/b, but longer"), 0);
	check_file(x->fs, "/b, but longer/f", "content", 7);
	assert_int_equal(fs_rename(x->fs, "/a", "/b, but longer/a"), 0);
	assert_int_equal(fs_rename(x->fs, "/b, but longer/f", "/b, but longer/a/f"), 0);
	check_file(x->fs, "/b, but longer/a/f", "content", 7);
}

static void directories_must_be_empty_to_go(void **state)
{
	struct fixture *x = *state;

	assert_int_equal(fs_mkdir(x->fs, "/d"), 0);
	write_file(x->fs, "/d/f", "x", 1);
	assert_int_equal(fs_remove(x->fs, "/d"), -ENOTEMPTY);
	assert_int_equal(fs_remove(x->fs, "/d/f"), 0);
	assert_int_equal(fs_remove(x->fs, "/d/"), 0);
	assert_int_equal(fs_remove(x->fs, "/d"), -ENOENT);
	assert_int_equal(fs_remove(x->fs, "/"), -EBUSY);
}

static void a_read_only_disk_is_only_read(void **state)
{
	struct fixture *x = *state;
	struct file *f;

	write_file(x->fs, "/f", "x", 1);
	x->d.dev.read_only = true;
	check_file(x->fs, "/f", "x", 1);
	assert_int_equal(fs_open(x->fs, "/f", FS_O_WRITE, &f), -EROFS);
	assert_int_equal(fs_open(x->fs, "/g", FS_O_WRITE | FS_O_CREATE, &f), -EROFS);
	assert_int_equal(fs_remove(x->fs, "/f"), -EROFS);
	assert_int_equal(fs_rename(x->fs, "/f", "/g"), -EROFS);
	assert_int_equal(fs_mkdir(x->fs, "/d"), -EROFS);
	assert_int_equal(fs_sync(x->fs), 0);
}

static void a_read_only_file_stays(void **state)
{
	struct fixture *x = *state;
	struct fs_dirent e;
	struct file *f;

	disk_run(&x->d, "echo text >in; mcopy -i img in ::/f; mattrib -i img +r ::/f");
	fs_unmount(x->fs);
	x->fs = disk_mount(&x->d);
	assert_int_equal(fs_stat(x->fs, "/f", &e), 0);
	assert_true(e.read_only);
	check_file(x->fs, "/f", "text\n", 5);
	assert_int_equal(fs_open(x->fs, "/f", FS_O_WRITE, &f), -EACCES);
	assert_int_equal(fs_remove(x->fs, "/f"), -EACCES);
}

static void what_lies_behind_the_end_mark_stays_hidden(void **state)
{
	struct fixture *x = *state;
	u32 reserved = 32, size, root;
	struct fs_dirent e;
	u32 pos = 0;
	u8 *slot;

	memcpy(&size, x->d.data + 36, 4);
	root = (reserved + 2 * size) * 512;
	fs_unmount(x->fs);
	/* The end mark, and behind it what looks like a file. */
	slot = x->d.data + root;
	memcpy(slot + 2 * 32, "GHOST   TXT \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 32);
	x->fs = disk_mount(&x->d);
	write_file(x->fs, "/A", "", 0);
	write_file(x->fs, "/B", "", 0);
	assert_int_equal(fs_readdir(x->fs, "/", &pos, &e), 0);
	assert_int_equal(fs_readdir(x->fs, "/", &pos, &e), 0);
	assert_string_equal(e.name, "B");
	assert_int_equal(fs_readdir(x->fs, "/", &pos, &e), -ENOENT);
}

static void orphaned_long_names_are_ignored(void **state)
{
	struct fixture *x = *state;
	struct fs_dirent e;
	u32 size, pos = 0;
	u8 *slot;

	write_file(x->fs, "/a long name", "x", 1);
	fs_unmount(x->fs);
	memcpy(&size, x->d.data + 36, 4);
	slot = x->d.data + (32 + 2 * size) * 512;
	slot[13] ^= 1; /* the checksum */
	x->fs = disk_mount(&x->d);
	assert_int_equal(fs_readdir(x->fs, "/", &pos, &e), 0);
	assert_string_equal(e.name, "ALONGN~1");
	slot[13] ^= 1;
}

static void orphaned_long_names_are_free(void **state)
{
	struct fixture *x = *state;
	u32 size;
	u8 *slot;

	write_file(x->fs, "/gone", "", 0);
	write_file(x->fs, "/a name of two parts", "", 0);
	write_file(x->fs, "/kept", "", 0);
	fs_unmount(x->fs);
	memcpy(&size, x->d.data + 36, 4);
	slot = x->d.data + (32 + 2 * size) * 512;
	assert_memory_equal(slot + 4 * 32, "ANAMEO~1", 8);
	slot[4 * 32] = 0xe5;
	x->fs = disk_mount(&x->d);
	write_file(x->fs, "/another name of 2", "x", 1);
	assert_memory_equal(slot + 4 * 32, "ANOTHE~1", 8);
	check_file(x->fs, "/another name of 2", (const u8 *)"x", 1);
	check_file(x->fs, "/kept", (const u8 *)"", 0);
}

static void clusters_behind_the_end_are_used_first(void **state)
{
	struct fixture *x = *state;
	u8 *data = pattern(1, 4000);
	struct fs_info before, after;
	u32 size;
	u8 *slot;

	write_file(x->fs, "/F", data, 4000);
	fs_unmount(x->fs);
	/* As when the power went before the directory knew. */
	memcpy(&size, x->d.data + 36, 4);
	slot = x->d.data + (32 + 2 * size) * 512;
	memcpy(slot + 28, &(u32){ 600 }, 4);
	x->fs = disk_mount(&x->d);
	assert_int_equal(fs_info(x->fs, &before), 0);
	{
		struct file *f = open_as(x->fs, "/F", FS_O_WRITE);

		assert_int_equal(file_write(f, 600, data + 600, 3400), 3400);
		fs_close(f);
	}
	assert_int_equal(fs_info(x->fs, &after), 0);
	assert_int_equal(before.free, after.free);
	check_file(x->fs, "/F", data, 4000);
	free(data);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(bad_paths_are_refused),
		TEST(open_says_what_is_wrong),
		TEST(names_match_in_any_case),
		TEST(names_have_any_characters),
		TEST(other_alphabets_have_case_too),
		TEST(files_are_found_by_their_short_names),
		TEST(many_names_that_begin_alike_get_different_short_names),
		TEST(names_too_long_to_list_are_listed_short),
		TEST(a_gap_reads_as_zeroes),
		TEST(files_end_at_4_gib),
		TEST(a_full_disk_changes_nothing),
		TEST(two_openings_see_one_file),
		TEST(rename_keeps_what_is_there),
		TEST(directories_must_be_empty_to_go),
		TEST(a_read_only_disk_is_only_read),
		TEST(a_read_only_file_stays),
		TEST(what_lies_behind_the_end_mark_stays_hidden),
		TEST(orphaned_long_names_are_ignored),
		TEST(orphaned_long_names_are_free),
		TEST(clusters_behind_the_end_are_used_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
