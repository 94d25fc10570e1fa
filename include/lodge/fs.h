/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_FS_H
#define LODGE_FS_H

#include <lodge/block.h>
#include <lodge/types.h>

/* Bytes of a name with its terminator. A file whose long name needs more is
 * listed under its short name, and found under both. */
#define FS_NAME_MAX 256

struct fs;
struct file;

struct fs_dirent {
	char name[FS_NAME_MAX]; /* UTF-8 */
	u64 size;
	bool is_dir;
	bool read_only;
	bool hidden; /* the attribute of that name; a name that begins with "." does not set it */
};

#define FS_O_READ   1u
#define FS_O_WRITE  2u
#define FS_O_CREATE 4u	/* with FS_O_WRITE: an empty file if there is none */
#define FS_O_TRUNC  8u	/* with FS_O_WRITE: empty it */
#define FS_O_EXCL   16u /* with FS_O_CREATE: -EEXIST if there is one */

/*
 * All paths are absolute, '/'-separated, and compared without regard to case;
 * a name "." stands for the directory before it, and ".." is not understood. All functions may sleep, and take the file
 * system's lock. When one returns, what it changed is on the disk.
 * Errors: -ENOENT, -ENOTDIR, -EISDIR, -EEXIST, -EACCES (a read-only file, or not
 * opened for that), -EROFS (a read-only disk), -ENOSPC, -EFBIG, -ENOTEMPTY,
 * -ENAMETOOLONG, -EINVAL (a bad path), -EIO (the disk), -EUCLEAN (the file
 * system is damaged), -EBUSY (open), -ENOMEM.
 */

/**
 * fs_find() - mount the first file system on @dev that has the directory @dir
 * @dir: NULL where any file system will do
 * @why: a string to which is added, if there is none, what was looked at and why not; or NULL
 * @size: bytes at @why
 *
 * Looks at the whole disk first, then at the partitions of its GPT or MBR, at what is in them
 * and not at their types.
 *
 * Return: 0; -ENODEV: no such file system; -EUCLEAN: none, but at least one is damaged; -EIO;
 * -ENOMEM.
 */
__must_check int fs_find(struct block_device *dev, const char *dir, struct fs **out, char *why,
			 size_t size);

/** fs_mount() - as fs_find(), for any file system. */
__must_check int fs_mount(struct block_device *dev, struct fs **out);

/** fs_unmount() - @fs is gone; no file may be open. */
void fs_unmount(struct fs *fs);

/** fs_open() - a file, not a directory, for FS_O_*; to be closed with fs_close(). */
__must_check int fs_open(struct fs *fs, const char *path, unsigned int flags, struct file **out);
/** fs_close() - @f is gone. Always 0. */
int fs_close(struct file *f);
/** file_size() - bytes of the file now; takes no lock. */
u64 file_size(const struct file *f);

/** file_read() - up to @len bytes at @off; the number read (0 at the end) or -errno. */
s64 file_read(struct file *f, u64 off, void *buf, size_t len);

/**
 * file_write() - @len bytes at @off, all or none of them
 *
 * Writing beyond the end extends the file, a gap reads as zeroes.
 * Return: @len or -errno.
 */
s64 file_write(struct file *f, u64 off, const void *buf, size_t len);

/**
 * file_read_segs() - straight from the disk into host memory
 *
 * Without a copy where @off and the pieces of memory meet the disk's sectors;
 * the @segs may have any address and length. Fails with -EIO when the file ends
 * before the segments do.
 */
__must_check int file_read_segs(struct file *f, u64 off, const struct block_seg *segs,
				unsigned int nr_segs);

/** file_write_segs() - as file_write(), straight from host memory; 0 or -errno. */
__must_check int file_write_segs(struct file *f, u64 off, const struct block_seg *segs,
				 unsigned int nr_segs);

/** file_truncate() - make @f @size bytes long; what is added reads as zeroes. */
__must_check int file_truncate(struct file *f, u64 size);
/** fs_sync() - write back what is kept in memory, and tell the disk to do so. */
__must_check int fs_sync(struct fs *fs);
/** fs_remove() - a file, or an empty directory. */
__must_check int fs_remove(struct fs *fs, const char *path);

/** fs_rename() - a file or a directory to a path that does not exist yet (but in other case). */
__must_check int fs_rename(struct fs *fs, const char *from, const char *to);
/** fs_mkdir() - make a directory, whose parent is there. */
__must_check int fs_mkdir(struct fs *fs, const char *path);
/** fs_stat() - what is said of a path in its directory. */
__must_check int fs_stat(struct fs *fs, const char *path, struct fs_dirent *out);

/** fs_readdir() - the entry at *@pos (0: the first), and on to the next; -ENOENT after the last. */
__must_check int fs_readdir(struct fs *fs, const char *path, u32 *pos, struct fs_dirent *out);

struct fs_info {
	u64 total, free; /* bytes */
	unsigned int fat_bits;
	char label[12];
};
/** fs_info() - size and kind of the file system. */
__must_check int fs_info(struct fs *fs, struct fs_info *out);

#endif
