// SPDX-License-Identifier: Apache-2.0
/* Paths, and what is done with the things they name. */
#include <lodge/errno.h>
#include <lodge/slab.h>
#include <lodge/string.h>

#include "fat.h"

/* To the next name of a path: behind slashes, and names of "." that stand alone. */
static const char *skip_slashes(const char *s)
{
	while (*s == '/' || (*s == '.' && (s[1] == '/' || !s[1])))
		s++;
	return s;
}

static bool entry_is_dir(const struct fat_entry *e)
{
	return e->raw[DE_ATTR] & FAT_ATTR_DIR;
}

/* fat->want, a directory in *dir, becomes *dir. */
static int enter(struct fat_fs *fat, u32 *dir)
{
	struct fat_entry e;
	int err = fat_dir_find(fat, *dir, &e);

	if (err)
		return err;
	return entry_is_dir(&e) ? fat_entry_cluster(fat, &e, dir) : -ENOTDIR;
}

/*
 * The directory in which @path's last name is to be found, and that name in
 * fat->want; for the root itself the name is empty. -EINVAL when the path leads
 * through the directory @avoid (0: none).
 */
static int walk_parent(struct fat_fs *fat, const char *path, u32 avoid, u32 *dir)
{
	const char *s = skip_slashes(path);
	int err;

	if (path[0] != '/')
		return -EINVAL;
	*dir = FAT_ROOT;
	fat->want.len = 0;
	while (*s) {
		const char *end = strchr(s, '/');
		size_t len = end ? (size_t)(end - s) : strlen(s);

		if (len == 2 && !memcmp(s, "..", len))
			return -EINVAL;
		err = fat_name_from_utf8(&fat->want, s, len);
		s = skip_slashes(s + len);
		if (err || !*s)
			return err;
		err = enter(fat, dir);
		if (err)
			return err;
		if (avoid && *dir == avoid)
			return -EINVAL;
	}
	return 0;
}

/* What @path names; -EBUSY for the root, which has no entry. */
static int walk(struct fat_fs *fat, const char *path, u32 *dir, struct fat_entry *e)
{
	int err = walk_parent(fat, path, 0, dir);

	if (err)
		return err;
	return fat->want.len ? fat_dir_find(fat, *dir, e) : -EBUSY;
}

static struct fat_node *node_find(struct fat_fs *fat, u64 pos)
{
	struct fat_node *n;

	list_for_each(n, &fat->nodes, link)
		if (n->pos == pos)
			return n;
	return NULL;
}

static int node_get(struct fat_fs *fat, const struct fat_entry *e, struct fat_node **out)
{
	struct fat_node *n = node_find(fat, e->pos);
	int err;

	if (!n) {
		n = kzalloc(sizeof(*n));
		if (!n)
			return -ENOMEM;
		n->pos = e->pos;
		n->size = get_le32(e->raw + DE_SIZE);
		err = fat_entry_cluster(fat, e, &n->first);
		if (err) {
			kfree(n);
			return err;
		}
		list_push(&fat->nodes, &n->link);
	}
	n->users++;
	*out = n;
	return 0;
}

static void node_put(struct fat_node *n)
{
	if (--n->users)
		return;
	list_remove(&n->link);
	kfree(n);
}

static void fat_close(struct file *f)
{
	struct fat_file *ff = container_of(f, struct fat_file, file);

	node_put(ff->node);
	kfree(ff);
}

static int create(struct fat_fs *fat, u32 dir, struct fat_entry *e)
{
	int err;

	fat_entry_init(e, FAT_ATTR_ARCHIVE, 0);
	err = fat_dir_prepare(fat, dir, e);
	if (!err)
		err = fat_dir_write(fat, dir, e);
	return fat_commit(fat, err);
}

/* The entry that is to be opened: found or made. */
static int open_entry(struct fat_fs *fat, const char *path, unsigned int flags, struct fat_entry *e)
{
	u32 dir;
	int err = walk(fat, path, &dir, e);

	if (err == -EBUSY)
		return -EISDIR;
	if (err == -ENOENT && (flags & FS_O_CREATE) && fat->want.len) {
		/* Only the last name may be new. */
		err = walk_parent(fat, path, 0, &dir);
		return err ? err : create(fat, dir, e);
	}
	if (err)
		return err;
	if ((flags & FS_O_CREATE) && (flags & FS_O_EXCL))
		return -EEXIST;
	if (entry_is_dir(e))
		return -EISDIR;
	if ((flags & FS_O_WRITE) && (e->raw[DE_ATTR] & FAT_ATTR_READ_ONLY))
		return -EACCES;
	return 0;
}

static int fat_open(struct fs *fs, const char *path, unsigned int flags, struct file **out)
{
	struct fat_fs *fat = to_fat(fs);
	struct fat_file *f = kzalloc(sizeof(*f));
	struct fat_entry e;
	int err;

	if (!f)
		return -ENOMEM;
	err = open_entry(fat, path, flags, &e);
	if (!err)
		err = node_get(fat, &e, &f->node);
	if (err) {
		kfree(f);
		return err;
	}
	f->file.fs = fs;
	if (flags & FS_O_TRUNC)
		err = fat_truncate(&f->file, 0);
	if (err)
		fat_close(&f->file);
	else
		*out = &f->file;
	return err;
}

static int fat_remove(struct fs *fs, const char *path)
{
	struct fat_fs *fat = to_fat(fs);
	u32 dir, clus, count, last;
	struct fat_entry e;
	int err = walk(fat, path, &dir, &e);

	if (err)
		return err;
	if (node_find(fat, e.pos))
		return -EBUSY;
	if (e.raw[DE_ATTR] & FAT_ATTR_READ_ONLY)
		return -EACCES;
	err = fat_entry_cluster(fat, &e, &clus);
	if (!err && entry_is_dir(&e))
		err = fat_dir_empty(fat, clus);
	/* Nothing is freed of a chain that is not whole. */
	if (!err && clus)
		err = fat_measure(fat, clus, FAT_EOC, &count, &last);
	if (err)
		return err;
	err = fat_dir_remove(fat, dir, &e);
	if (!err && clus)
		err = fat_free(fat, clus);
	return fat_commit(fat, err);
}

/* @e of @from becomes @to's, named fat->want. The old name goes first: two names
 * for one chain would be worse than none. */
static int move(struct fat_fs *fat, u32 from, const struct fat_entry *e, u32 to, u32 clus)
{
	bool fix_parent = entry_is_dir(e) && from != to;
	struct fat_entry n = *e;
	u8 *dotdot;
	int err = 0;

	if (fix_parent)
		err = fat_dir_parent(fat, clus, &dotdot);
	if (!err)
		err = fat_dir_prepare(fat, to, &n);
	if (!err)
		err = fat_dir_remove(fat, from, e);
	if (!err && fix_parent)
		err = fat_dir_set_parent(fat, clus, to);
	if (!err)
		err = fat_dir_write(fat, to, &n);
	return err;
}

static int fat_rename(struct fs *fs, const char *from, const char *to)
{
	struct fat_fs *fat = to_fat(fs);
	struct fat_entry e, other;
	u32 dir, to_dir, clus;
	int err = walk(fat, from, &dir, &e);

	if (!err)
		err = fat_entry_cluster(fat, &e, &clus);
	if (!err && node_find(fat, e.pos))
		err = -EBUSY;
	if (!err)
		err = walk_parent(fat, to, entry_is_dir(&e) ? clus : 0, &to_dir);
	if (err)
		return err;
	if (!fat->want.len)
		return -EEXIST;
	err = fat_dir_find(fat, to_dir, &other);
	if (!err && other.pos != e.pos)
		return -EEXIST;
	if (err && err != -ENOENT)
		return err;
	return fat_commit(fat, move(fat, dir, &e, to_dir, clus));
}

static int fat_mkdir(struct fs *fs, const char *path)
{
	struct fat_fs *fat = to_fat(fs);
	struct fat_entry e;
	u32 dir, clus;
	int err = walk_parent(fat, path, 0, &dir);

	if (err)
		return err;
	err = fat->want.len ? fat_dir_find(fat, dir, &e) : 0;
	if (err != -ENOENT)
		return err ? err : -EEXIST;
	fat_entry_init(&e, FAT_ATTR_DIR, 0);
	err = fat_dir_prepare(fat, dir, &e);
	if (!err)
		err = fat_dir_create(fat, dir, &clus);
	if (!err) {
		fat_entry_set(e.raw, clus, 0);
		err = fat_dir_write(fat, dir, &e);
	}
	return fat_commit(fat, err);
}

static int fill(struct fat_fs *fat, const struct fat_entry *e, struct fs_dirent *out)
{
	int err = fat_name_to_utf8(&fat->name, out->name, sizeof(out->name));

	if (err == -ENAMETOOLONG) {
		fat_short_to_name(e->raw, &fat->name);
		err = fat_name_to_utf8(&fat->name, out->name, sizeof(out->name));
	}
	out->is_dir = entry_is_dir(e);
	out->size = out->is_dir ? 0 : get_le32(e->raw + DE_SIZE);
	out->read_only = e->raw[DE_ATTR] & FAT_ATTR_READ_ONLY;
	out->hidden = e->raw[DE_ATTR] & FAT_ATTR_HIDDEN;
	return min(err, 0);
}

static int fat_stat(struct fs *fs, const char *path, struct fs_dirent *out)
{
	struct fat_fs *fat = to_fat(fs);
	struct fat_entry e;
	u32 dir;
	int err = walk(fat, path, &dir, &e);

	if (err == -EBUSY) {
		*out = (struct fs_dirent){ .name = "/", .is_dir = true };
		return 0;
	}
	return err ? err : fill(fat, &e, out);
}

static int fat_readdir(struct fs *fs, const char *path, u32 *pos, struct fs_dirent *out)
{
	struct fat_fs *fat = to_fat(fs);
	struct fat_iter it;
	struct fat_entry e;
	u32 dir;
	int err = walk_parent(fat, path, 0, &dir);

	if (!err && fat->want.len)
		err = enter(fat, &dir);
	if (err)
		return err;
	fat_iter_init(&it, fat, dir, *pos);
	err = fat_dir_next(&it, &e);
	*pos = it.slot;
	return err ? err : fill(fat, &e, out);
}

static int fat_info(struct fs *fs, struct fs_info *out)
{
	struct fat_fs *fat = to_fat(fs);
	unsigned int len = 11;
	int err;

	if (fat->free == FAT_UNKNOWN) {
		err = fat_count_free(fat, &fat->free);
		if (err) {
			fat->free = FAT_UNKNOWN;
			return err;
		}
	}
	memset(out, 0, sizeof(*out));
	out->total = (u64)fat->clusters << fat->shift;
	out->free = (u64)fat->free << fat->shift;
	out->fat_bits = fat->bits;
	memcpy(out->label, fat->label, 11);
	err = fat_dir_label(fat, out->label);
	if (err && err != -ENOENT)
		return err;
	while (len && out->label[len - 1] == ' ')
		out->label[--len] = '\0';
	for (unsigned int i = 0; i < len; i++)
		if (out->label[i] < 0x20 || out->label[i] >= 0x7f)
			out->label[i] = '_';
	return 0;
}

static int fat_sync(struct fs *fs)
{
	return fat_commit(to_fat(fs), 0);
}

const struct fs_ops fat_ops = {
	.unmount = fat_unmount,
	.open = fat_open,
	.close = fat_close,
	.size = fat_file_size,
	.read = fat_read,
	.write = fat_write,
	.read_segs = fat_read_segs,
	.write_segs = fat_write_segs,
	.truncate = fat_truncate,
	.sync = fat_sync,
	.remove = fat_remove,
	.rename = fat_rename,
	.mkdir = fat_mkdir,
	.stat = fat_stat,
	.readdir = fat_readdir,
	.info = fat_info,
};
