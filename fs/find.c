// SPDX-License-Identifier: Apache-2.0
/* Which volume of a disk is mounted, and why none was. */
#include <lodge/errno.h>
#include <lodge/printf.h>
#include <lodge/slab.h>
#include <lodge/string.h>

#include "fat/fat.h"
#include "fs_internal.h"
#include "volume.h"

struct search {
	struct sector_reader reader;
	const char *dir; /* that the file system must have; NULL: any will do */
	struct fs **out;
	char *why; /* what was looked at; NULL: nobody asks */
	size_t size, used;
	int err; /* of a volume that looked like FAT but is damaged */
};

/* Adds to the list of what was looked at. */
static void note(struct search *s, const struct volume *v, const char *what)
{
	size_t left = s->size - s->used;

	if (!s->why)
		return;
	s->used += scnprintf(s->why + s->used, left, "%s%s", s->used ? ", " : "", v->dev->name);
	left = s->size - s->used;
	if (v->scheme == VOLUME_GPT)
		s->used += scnprintf(s->why + s->used, left, " partition %u (GPT)", v->number);
	else if (v->scheme == VOLUME_MBR)
		s->used += scnprintf(s->why + s->used, left, " partition %u (MBR type 0x%02x)",
				     v->number, v->mbr_type);
	left = s->size - s->used;
	s->used += scnprintf(s->why + s->used, left, ": %s", what);
}

/* The whole disk is not worth a word where there are partitions. */
static void note_content(struct search *s, const struct volume *v)
{
	const char *what = volume_content(&s->reader, v);

	if (what || v->number)
		note(s, v, what ? what : "unknown content");
}

/* 0 when @fs has the directory. */
static int find_dir(struct fs *fs, const char *dir)
{
	struct fs_dirent e;
	int err = dir ? fs_stat(fs, dir, &e) : 0;

	return !err && dir && !e.is_dir ? -ENOTDIR : err;
}

/* Mounts @v, to look for the directory. What could be mounted but lacks it is unmounted. */
static int mount_volume(struct search *s, const struct volume *v)
{
	struct fs *fs;
	int err = fat_mount(v, &fs);

	if (err)
		return err;
	fs->dev = v->dev;
	fs->open_files = 0;
	mutex_init(&fs->lock);
	err = find_dir(fs, s->dir);
	if (err)
		fs_unmount(fs);
	else
		*s->out = fs;
	return err;
}

/* Return: 1 when @v is what was looked for, 0 to go on, or -errno. */
static int try_volume(void *arg, const struct volume *v)
{
	struct search *s = arg;
	int err;

	if (!v->sectors) {
		note(s, v, "beyond the end of the disk");
		return 0;
	}
	err = mount_volume(s, v);
	switch (err) {
	case 0:
		return 1;
	case -ENODEV:
		note_content(s, v);
		return 0;
	case -ENOENT:
	case -ENOTDIR:
		note(s, v, "a FAT file system without it");
		return 0;
	case -EUCLEAN:
		note(s, v, "a FAT file system that is damaged (fsck.fat may repair it)");
		s->err = err;
		return 0;
	case -EOPNOTSUPP:
		note(s, v, "a FAT file system whose sectors are smaller than the disk's blocks");
		return 0;
	case -EIO:
		/* Others may be readable; without the first sector none is found. */
		if (v->number) {
			note(s, v, "can't be read");
			return 0;
		}
		return err;
	default:
		return err;
	}
}

static int search(struct search *s, struct block_device *dev)
{
	struct volume whole = { .dev = dev, .sectors = dev->sectors };
	size_t used = s->used;
	int err = sector_reader_init(&s->reader, dev);

	if (!err)
		err = try_volume(s, &whole);
	if (!err)
		err = volume_for_each(&s->reader, try_volume, s);
	if (err == -EUCLEAN)
		note(s, &whole, "a partition table that is damaged");
	else if (!err && s->used == used)
		note(s, &whole, "no partitions and unknown content");
	sector_reader_destroy(&s->reader);
	return err;
}

int fs_find(struct block_device *dev, const char *dir, struct fs **out, char *why, size_t size)
{
	struct search s = { .dir = dir, .out = out, .why = why, .size = size };
	int err;

	if (why)
		s.used = strlen(why);
	err = search(&s, dev);
	if (err > 0)
		return 0;
	if (!err || err == -EUCLEAN)
		return s.err ? s.err : -ENODEV;
	return err;
}

int fs_mount(struct block_device *dev, struct fs **out)
{
	return fs_find(dev, NULL, out, NULL, 0);
}
