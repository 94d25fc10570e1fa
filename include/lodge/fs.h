/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_FS_H
#define LODGE_FS_H

#include <lodge/block.h>
#include <lodge/types.h>

#define FS_NAME_MAX 256

struct fs;
struct file;

struct fs_dirent {
	char name[FS_NAME_MAX]; /* UTF-8 */
	u64 size;
	bool is_dir;
	bool read_only;
};

#define FS_O_READ   1u
#define FS_O_WRITE  2u
#define FS_O_CREATE 4u
#define FS_O_TRUNC  8u
#define FS_O_EXCL   16u

/* All paths are absolute, '/'-separated, and compared without regard to case.
 * All functions may sleep. Errors: -ENOENT, -ENOTDIR, -EISDIR, -EEXIST, -EROFS,
 * -ENOSPC, -ENOTEMPTY, -ENAMETOOLONG, -EINVAL (a bad path), -EIO (the disk),
 * -EUCLEAN (the file system is damaged), -EBUSY (open), -ENOMEM. */
__must_check int fs_mount(struct block_device *dev, struct fs **out);
void fs_unmount(struct fs *fs);

__must_check int fs_open(struct fs *fs, const char *path, unsigned int flags, struct file **out);
int fs_close(struct file *f);
u64 file_size(const struct file *f);

/* Up to @len bytes at @off; the number read (0 at the end) or -errno. */
s64 file_read(struct file *f, u64 off, void *buf, size_t len);
/* As above; writing beyond the end extends it, a gap reads as zeroes. */
s64 file_write(struct file *f, u64 off, const void *buf, size_t len);

/* Straight from the disk into host memory, without a copy where @off is on a
 * sector boundary; the @segs may have any address and length. Fails with -EIO
 * when the file ends before the segments do. */
__must_check int file_read_segs(struct file *f, u64 off, const struct block_seg *segs,
				unsigned int nr_segs);

__must_check int file_truncate(struct file *f, u64 size);
__must_check int fs_sync(struct fs *fs);
__must_check int fs_remove(struct fs *fs, const char *path); /* a file or an empty directory */
__must_check int fs_rename(struct fs *fs, const char *from, const char *to);
__must_check int fs_mkdir(struct fs *fs, const char *path);
__must_check int fs_stat(struct fs *fs, const char *path, struct fs_dirent *out);
/* Entry number *@pos of a directory and on to the next; -ENOENT after the last. */
__must_check int fs_readdir(struct fs *fs, const char *path, u32 *pos, struct fs_dirent *out);

struct fs_info {
	u64 total, free; /* bytes */
	unsigned int fat_bits;
	char label[12];
};
__must_check int fs_info(struct fs *fs, struct fs_info *out);

#endif
