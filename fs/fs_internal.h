/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FS_INTERNAL_H
#define FS_INTERNAL_H

#include <lodge/fs.h>
#include <lodge/mutex.h>

/* What a format implements. All but @size are called with the lock held, those
 * that change something only when the disk is writable and @f opened for it. */
struct fs_ops {
	void (*unmount)(struct fs *fs);
	int (*open)(struct fs *fs, const char *path, unsigned int flags, struct file **out);
	void (*close)(struct file *f);
	u64 (*size)(const struct file *f);
	/* [off, off + len) is within the file. */
	int (*read)(struct file *f, u64 off, void *buf, size_t len);
	int (*write)(struct file *f, u64 off, const void *buf, size_t len);
	int (*read_segs)(struct file *f, u64 off, const struct block_seg *segs, u64 len);
	int (*write_segs)(struct file *f, u64 off, const struct block_seg *segs, u64 len);
	int (*truncate)(struct file *f, u64 size);
	int (*sync)(struct fs *fs);
	int (*remove)(struct fs *fs, const char *path);
	int (*rename)(struct fs *fs, const char *from, const char *to);
	int (*mkdir)(struct fs *fs, const char *path);
	int (*stat)(struct fs *fs, const char *path, struct fs_dirent *out);
	int (*readdir)(struct fs *fs, const char *path, u32 *pos, struct fs_dirent *out);
	int (*info)(struct fs *fs, struct fs_info *out);
};

struct fs {
	const struct fs_ops *ops;
	struct block_device *dev;
	struct mutex lock;
	unsigned int open_files;
};

struct file {
	struct fs *fs;
	unsigned int flags;
};

#endif
