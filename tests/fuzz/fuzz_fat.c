// SPDX-License-Identifier: Apache-2.0
/*
 * FAT: operations on a disk with some bytes changed. One image of each kind is made at the
 * start; the sectors that an input has touched are put back after it.
 *
 * Whatever is on the disk, errors are those that fs.h names, requests and what they read are
 * bounded, reading writes nothing, and no memory is left. On an undamaged disk what was
 * written is read back, and a second mount finds the tree that the first has left.
 */
/* links: fs/file.c fs/find.c fs/partition.c fs/volume.c fs/bio.c fs/cache.c fs/fat/mount.c fs/fat/table.c fs/fat/alloc.c fs/fat/name.c fs/fat/shortname.c fs/fat/dir.c fs/fat/dir_edit.c fs/fat/data.c fs/fat/seek.c fs/fat/date.c fs/fat/namei.c tests/unit/ramdisk.c */
/* runs: 5000 */
/* length: 48 */
#include <lodge/le.h>
#include <ramdisk.h>

#include "fuzz.h"

/* Of one input: a directory that bites its tail is read to 2 MiB at each look. */
#define BUDGET	    200000
#define MAX_OPS	    24
#define MAX_PATCHES 8

static const struct format {
	unsigned int bits;
	u32 sectors, reserved, fat_size, root_entries;
} formats[] = {
	{ 12, 720, 1, 3, 64 },
	{ 16, 4400, 1, 18, 64 },
	{ 32, 66700, 32, 514, 0 },
};

static const char *const paths[] = {
	"/FILE",    "/dir",	      "/dir/a long name for a file.text",
	"/dir/sub", "/dir/sub/deep",  "/other file, with a longer name",
	"/dir/new", "/new directory", "/new directory/\xc3\x84pfel",
	"",
};

/* ---- images, and what an input has changed of them ---- */

struct image {
	struct disk d;
	u8 *touched; /* of each sector, whether @old has it */
	u32 *old_at;
	u8 (*old)[SECTOR_SIZE];
	u32 nr_old;
	u32 used[512]; /* sectors that are not empty: where a change means something */
	u32 nr_used;
};

static struct image images[ARRAY_SIZE(formats)];

static void touch(struct image *im, u64 sector)
{
	if (im->touched[sector])
		return;
	im->touched[sector] = 1;
	im->old_at[im->nr_old] = (u32)sector;
	memcpy(im->old[im->nr_old++], im->d.data + sector * SECTOR_SIZE, SECTOR_SIZE);
}

static void put_back(struct image *im)
{
	while (im->nr_old--) {
		u64 sector = im->old_at[im->nr_old];

		memcpy(im->d.data + sector * SECTOR_SIZE, im->old[im->nr_old], SECTOR_SIZE);
		im->touched[sector] = 0;
	}
	im->nr_old = 0;
}

static const struct block_ops *ram_ops;

static int image_submit(struct block_device *b, struct block_request *rq)
{
	struct image *im = container_of(b->driver, struct image, d);
	u64 sectors = 0;

	for (unsigned int i = 0; i < rq->nr_segs; i++)
		sectors += rq->seg[i].len / SECTOR_SIZE;
	for (u64 i = 0; rq->write && i < sectors; i++)
		touch(im, rq->sector + i);
	return ram_ops->submit(b, rq);
}

static int image_wait(struct block_device *b, struct block_request *rq)
{
	return ram_ops->wait(b, rq);
}

static const struct block_ops image_ops = { .submit = image_submit, .wait = image_wait };

static void set_fat(struct image *im, const struct format *f, u32 cluster, u32 v)
{
	u8 *fat = im->d.data + (u64)f->reserved * SECTOR_SIZE;

	if (f->bits == 32)
		put_le32(fat + 4 * cluster, v & 0x0fffffff);
	else if (f->bits == 16)
		put_le16(fat + 2 * cluster, (u16)v);
	else
		put_le16(fat + cluster * 3 / 2,
			 cluster & 1 ? (u16)((get_le16(fat + cluster * 3 / 2) & 15) | v << 4)
				     : (u16)(v & 0xfff));
}

/* Microsoft's FAT specification 1.03; the root directory of FAT32 is cluster 2. */
static void format(struct image *im, const struct format *f)
{
	u8 *b = im->d.data;
	bool wide = f->bits == 32;

	b[0] = 0xeb;
	put_le16(b + 11, SECTOR_SIZE);
	b[13] = 1;
	put_le16(b + 14, (u16)f->reserved);
	b[16] = 2;
	put_le16(b + 17, (u16)f->root_entries);
	b[21] = 0xf8;
	put_le16(b + 22, wide ? 0 : (u16)f->fat_size);
	put_le32(b + 32, f->sectors);
	if (wide) {
		put_le32(b + 36, f->fat_size);
		put_le32(b + 44, 2);
		put_le16(b + 48, 1);
		put_le32(b + SECTOR_SIZE, 0x41615252);
		put_le32(b + SECTOR_SIZE + 484, 0x61417272);
		put_le32(b + SECTOR_SIZE + 488, f->sectors - f->reserved - 2 * f->fat_size - 1);
		put_le32(b + SECTOR_SIZE + 492, 3);
		set_fat(im, f, 2, ~0u);
	}
	b[wide ? 66 : 38] = 0x29;
	memcpy(b + (wide ? 71 : 43), "NO NAME    ", 11);
	put_le16(b + 510, 0xaa55);
	set_fat(im, f, 0, 0x0ffffff8);
	set_fat(im, f, 1, ~0u);
	memcpy(b + (u64)(f->reserved + f->fat_size) * SECTOR_SIZE,
	       b + (u64)f->reserved * SECTOR_SIZE, (size_t)f->fat_size * SECTOR_SIZE);
}

static void add_file(struct fs *fs, const char *path, u32 len)
{
	u8 buf[2048];
	struct file *f;

	memset(buf, path[1], sizeof(buf));
	assert_int_equal(fs_open(fs, path, FS_O_WRITE | FS_O_CREATE, &f), 0);
	assert_int_equal(file_write(f, 0, buf, len), len);
	fs_close(f);
}

static void make(struct image *im, const struct format *f)
{
	u64 size = (u64)f->sectors * SECTOR_SIZE;
	static const u8 zero[SECTOR_SIZE];
	struct fs *fs;

	ramdisk_init(&im->d, calloc(1, size), size);
	ram_ops = im->d.dev.ops;
	im->d.dev.ops = &image_ops;
	im->touched = calloc(1, f->sectors);
	im->old_at = calloc(f->sectors, sizeof(*im->old_at));
	im->old = calloc(f->sectors, SECTOR_SIZE);
	format(im, f);
	assert_int_equal(fs_mount(&im->d.dev, &fs), 0);
	add_file(fs, "/FILE", 700);
	assert_int_equal(fs_mkdir(fs, "/dir"), 0);
	add_file(fs, "/dir/a long name for a file.text", 1100);
	add_file(fs, "/FILE", 1600); /* in two pieces */
	assert_int_equal(fs_mkdir(fs, "/dir/sub"), 0);
	add_file(fs, "/dir/sub/deep", 10);
	add_file(fs, "/other file, with a longer name", 520);
	fs_unmount(fs);
	memset(im->touched, 0, f->sectors);
	im->nr_old = 0;
	for (u32 i = 0; i < f->sectors; i++)
		if (memcmp(im->d.data + (u64)i * SECTOR_SIZE, zero, SECTOR_SIZE))
			im->used[im->nr_used++] = i;
}

void fuzz_init(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(formats); i++)
		make(&images[i], &formats[i]);
}

void thread_make_room(void)
{
}

/* ---- one input ---- */

struct session {
	struct image *im;
	struct fs *fs;
	struct file *open[2];
	bool damaged;
};

static int known(int err)
{
	switch (err) {
	case 0:
	case -ENOENT:
	case -ENOTDIR:
	case -EISDIR:
	case -EEXIST:
	case -EACCES:
	case -ENOSPC:
	case -EFBIG:
	case -ENOTEMPTY:
	case -ENAMETOOLONG:
	case -EINVAL:
	case -EIO:
	case -EUCLEAN:
	case -EBUSY:
		return err;
	}
	fail_msg("error %d", err);
	return err;
}

/* A number for all of a tree: names, sizes and contents. */
static u64 look(struct fs *fs, const char *dir, unsigned int depth, unsigned int *steps)
{
	static u8 buf[4096];
	u64 sum = 1;
	struct fs_dirent e;
	struct file *f;
	u32 pos = 0;

	while (++*steps < 60 && !known(fs_readdir(fs, dir, &pos, &e))) {
		char path[1024];
		u64 own = e.size * 2 + e.is_dir;

		assert_true(strnlen(e.name, sizeof(e.name)) < sizeof(e.name));
		for (const char *s = e.name; *s; s++)
			own = own * 31 + (u8)*s;
		snprintf(path, sizeof(path), "%s/%s", dir, e.name);
		if (e.is_dir && depth)
			own = own * 31 + look(fs, path, depth - 1, steps);
		if (!e.is_dir && !known(fs_open(fs, path, FS_O_READ, &f))) {
			s64 n = file_read(f, 0, buf, sizeof(buf));

			assert_true(n <= (s64)min(file_size(f), (u64)sizeof(buf)));
			for (s64 i = 0; i < n; i++)
				own = own * 31 + buf[i];
			fs_close(f);
		}
		sum += own; /* in any order */
	}
	return sum;
}

static u64 look_at_all(struct session *s)
{
	u64 writes = s->im->d.writes, sum;
	unsigned int steps = 0;

	sum = look(s->fs, "", 4, &steps);
	assert_int_equal(s->im->d.writes, writes);
	return sum;
}

static void write_and_read(struct session *s, struct file *f, struct fuzz *in)
{
	u8 buf[2048], back[2048];
	u64 off = fuzz_take(in, 2) % 6000;
	u32 len = (u32)fuzz_take(in, 2) % sizeof(buf);
	s64 n;

	memset(buf, fuzz_u8(in), len);
	n = file_write(f, off, buf, len);
	if (n < 0) {
		known((int)n);
		return;
	}
	assert_int_equal(n, len);
	assert_true(!len || file_size(f) >= off + len);
	n = file_read(f, off, back, len);
	if (n < 0)
		known((int)n);
	if (s->damaged)
		return;
	assert_int_equal(n, len);
	assert_memory_equal(buf, back, len);
}

static void truncate(struct session *s, struct file *f, u64 size)
{
	int err = known(file_truncate(f, size));

	if (!err)
		assert_int_equal(file_size(f), size);
}

static void close_all(struct session *s)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(s->open); i++) {
		if (s->open[i])
			fs_close(s->open[i]);
		s->open[i] = NULL;
	}
}

static bool mount(struct session *s)
{
	int err = fs_mount(&s->im->d.dev, &s->fs);

	if (err)
		assert_true(s->damaged && (err == -ENODEV || err == -EUCLEAN));
	return !err;
}

/* Nothing is only in memory. */
static bool mount_again(struct session *s)
{
	u64 before, after;
	bool ok;

	close_all(s);
	before = look_at_all(s);
	fs_unmount(s->fs);
	ok = mount(s);
	assert_true(ok || s->damaged);
	after = ok ? look_at_all(s) : 0;
	assert_true(s->damaged || before == after);
	return ok;
}

static const char *pick_path(struct fuzz *in)
{
	return paths[fuzz_u8(in) % ARRAY_SIZE(paths)];
}

/* Return: false when the disk can't be mounted any more. */
static bool operate(struct session *s, struct fuzz *in)
{
	u8 op = fuzz_u8(in);
	struct file **f = &s->open[op >> 7];
	const char *path, *to;
	struct fs_dirent e;
	struct fs_info info;

	switch (op % 10) {
	case 0:
		path = pick_path(in);
		if (*f)
			fs_close(*f);
		*f = NULL;
		if (known(fs_open(s->fs, path, FS_O_READ | FS_O_WRITE | (op & 0x70) >> 2, f)))
			*f = NULL;
		break;
	case 1:
	case 2:
		if (*f)
			write_and_read(s, *f, in);
		break;
	case 3:
		if (*f)
			truncate(s, *f, fuzz_take(in, 2) % 9000);
		break;
	case 4:
		known(fs_remove(s->fs, pick_path(in)));
		break;
	case 5:
		path = pick_path(in);
		to = pick_path(in);
		known(fs_rename(s->fs, path, to));
		break;
	case 6:
		known(fs_mkdir(s->fs, pick_path(in)));
		break;
	case 7:
		if (!known(fs_info(s->fs, &info)))
			assert_true(info.free <= info.total && info.total <= s->im->d.size);
		break;
	case 8:
		known(fs_stat(s->fs, pick_path(in), &e));
		known(fs_sync(s->fs));
		break;
	case 9:
		return mount_again(s);
	}
	return true;
}

static void damage(struct session *s, struct fuzz *in)
{
	struct image *im = s->im;
	u8 n = fuzz_u8(in) % (MAX_PATCHES + 1);

	s->damaged = n;
	while (n--) {
		u32 at = (u32)fuzz_take(in, 2) % (im->nr_used * SECTOR_SIZE);
		u32 sector = im->used[at / SECTOR_SIZE];

		touch(im, sector);
		im->d.data[(u64)sector * SECTOR_SIZE + at % SECTOR_SIZE] = fuzz_u8(in);
	}
}

void fuzz_one(struct fuzz *in)
{
	struct session s = { .im = &images[fuzz_u8(in) % ARRAY_SIZE(images)] };
	bool mounted;

	disk_reset_counts(&s.im->d);
	s.im->d.budget = BUDGET;
	damage(&s, in);
	mounted = mount(&s);
	for (unsigned int n = 0; mounted && in->left && n < MAX_OPS; n++)
		mounted = operate(&s, in);
	close_all(&s);
	if (mounted && !s.damaged)
		mounted = mount_again(&s);
	if (mounted)
		fs_unmount(s.fs);
	assert_int_equal(s.im->d.nr_pending, 0);
	assert_int_equal(alloc_live(), 0);
	put_back(s.im);
}

size_t fuzz_seed(unsigned int n, u8 *buf, size_t room)
{
	static const u8 ops[] = { 0x10, 8, 1, 100, 0, 200, 3, 'x', 0x80, 0, 0x83, 0, 1,	   5, 5,
				  7,	6, 7, 5,   2, 8,   4, 4,   9,	 8, 2,	  7, 0x31, 0, 9 };

	if (n >= 6)
		return 0;
	buf[0] = (u8)n;
	buf[1] = n / 3; /* whether a byte is changed */
	memcpy(buf + 2, "\x90\x05\x42", 3);
	memcpy(buf + 2 + 3 * (n / 3), ops, sizeof(ops));
	return 2 + 3 * (n / 3) + sizeof(ops);
}
