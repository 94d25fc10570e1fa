// SPDX-License-Identifier: Apache-2.0
/* What all formats share: the lock, and who may do what. */
#include <lodge/errno.h>
#include <lodge/printk.h>

#include "fs_internal.h"

/* What @call returns; a format is called with the lock held. */
#define fs_locked(fs, call)                \
	({                                 \
		int ret_;                  \
                                           \
		mutex_lock(&(fs)->lock);   \
		ret_ = (call);             \
		mutex_unlock(&(fs)->lock); \
		ret_;                      \
	})

void fs_unmount(struct fs *fs)
{
	BUG_ON(fs->open_files);
	fs->ops->unmount(fs);
}

int fs_open(struct fs *fs, const char *path, unsigned int flags, struct file **out)
{
	const unsigned int need_write = FS_O_CREATE | FS_O_TRUNC;
	int err;

	if (!(flags & (FS_O_READ | FS_O_WRITE)) || ((flags & need_write) && !(flags & FS_O_WRITE)))
		return -EINVAL;
	if ((flags & FS_O_WRITE) && fs->dev->read_only)
		return -EROFS;
	mutex_lock(&fs->lock);
	err = fs->ops->open(fs, path, flags, out);
	if (!err) {
		(*out)->fs = fs;
		(*out)->flags = flags;
		fs->open_files++;
	}
	mutex_unlock(&fs->lock);
	return err;
}

int fs_close(struct file *f)
{
	struct fs *fs = f->fs;

	mutex_lock(&fs->lock);
	fs->open_files--;
	fs->ops->close(f);
	mutex_unlock(&fs->lock);
	return 0;
}

u64 file_size(const struct file *f)
{
	return f->fs->ops->size(f);
}

s64 file_read(struct file *f, u64 off, void *buf, size_t len)
{
	struct fs *fs = f->fs;
	int err = 0;
	u64 size;

	if (!(f->flags & FS_O_READ))
		return -EACCES;
	mutex_lock(&fs->lock);
	size = fs->ops->size(f);
	len = off >= size ? 0 : min((u64)len, size - off);
	if (len)
		err = fs->ops->read(f, off, buf, len);
	mutex_unlock(&fs->lock);
	return err ? err : (s64)len;
}

/* 0 when [off, off + len) may be written. */
static int write_check(const struct file *f, u64 off, u64 len)
{
	if (!(f->flags & FS_O_WRITE))
		return -EACCES;
	return len > ~0ull - off ? -EFBIG : 0;
}

s64 file_write(struct file *f, u64 off, const void *buf, size_t len)
{
	struct fs *fs = f->fs;
	int err = write_check(f, off, len);

	if (err || !len)
		return err;
	err = fs_locked(fs, fs->ops->write(f, off, buf, len));
	return err ? err : (s64)len;
}

static u64 segs_len(const struct block_seg *segs, unsigned int nr_segs)
{
	u64 len = 0;

	for (unsigned int i = 0; i < nr_segs; i++)
		len += segs[i].len;
	return len;
}

int file_read_segs(struct file *f, u64 off, const struct block_seg *segs, unsigned int nr_segs)
{
	u64 len = segs_len(segs, nr_segs);
	struct fs *fs = f->fs;
	int err = 0;
	u64 size;

	if (!(f->flags & FS_O_READ))
		return -EACCES;
	mutex_lock(&fs->lock);
	size = fs->ops->size(f);
	if (off > size || len > size - off)
		err = -EIO;
	else if (len)
		err = fs->ops->read_segs(f, off, segs, len);
	mutex_unlock(&fs->lock);
	return err;
}

int file_write_segs(struct file *f, u64 off, const struct block_seg *segs, unsigned int nr_segs)
{
	u64 len = segs_len(segs, nr_segs);
	struct fs *fs = f->fs;
	int err = write_check(f, off, len);

	if (err || !len)
		return err;
	return fs_locked(fs, fs->ops->write_segs(f, off, segs, len));
}

int file_truncate(struct file *f, u64 size)
{
	struct fs *fs = f->fs;
	int err = write_check(f, 0, size);

	if (err)
		return err;
	return fs_locked(fs, fs->ops->truncate(f, size));
}

int fs_sync(struct fs *fs)
{
	int err;

	mutex_lock(&fs->lock);
	err = fs->ops->sync(fs);
	/* The disk may keep it in a cache of its own until it is told. */
	if (!err)
		err = block_flush(fs->dev);
	mutex_unlock(&fs->lock);
	return err;
}

int fs_remove(struct fs *fs, const char *path)
{
	if (fs->dev->read_only)
		return -EROFS;
	return fs_locked(fs, fs->ops->remove(fs, path));
}

int fs_rename(struct fs *fs, const char *from, const char *to)
{
	if (fs->dev->read_only)
		return -EROFS;
	return fs_locked(fs, fs->ops->rename(fs, from, to));
}

int fs_mkdir(struct fs *fs, const char *path)
{
	if (fs->dev->read_only)
		return -EROFS;
	return fs_locked(fs, fs->ops->mkdir(fs, path));
}

int fs_stat(struct fs *fs, const char *path, struct fs_dirent *out)
{
	return fs_locked(fs, fs->ops->stat(fs, path, out));
}

int fs_readdir(struct fs *fs, const char *path, u32 *pos, struct fs_dirent *out)
{
	return fs_locked(fs, fs->ops->readdir(fs, path, pos, out));
}

int fs_info(struct fs *fs, struct fs_info *out)
{
	return fs_locked(fs, fs->ops->info(fs, out));
}
