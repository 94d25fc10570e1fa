// SPDX-License-Identifier: Apache-2.0
/* Reading directories. */
#include <lodge/errno.h>
#include <lodge/string.h>

#include "fat.h"

void fat_iter_init(struct fat_iter *it, struct fat_fs *fat, u32 dir, u32 slot)
{
	it->fat = fat;
	it->dir = dir;
	it->slot = slot;
	it->idx = 0;
	it->clus = dir == FAT_ROOT ? fat->root_cluster : dir;
	it->sector = 0;
}

static int iter_locate(struct fat_iter *it)
{
	struct fat_fs *fat = it->fat;
	unsigned int per_cluster = fat->shift - 5; /* log2 of the slots in a cluster */
	u32 idx = it->slot >> per_cluster, n;
	u32 clus = it->clus;
	int err;

	if (idx < it->idx) {
		it->idx = 0;
		clus = it->dir == FAT_ROOT ? fat->root_cluster : it->dir;
	}
	n = idx - it->idx;
	err = fat_walk(fat, &clus, &n);
	if (err)
		return err;
	if (clus == FAT_EOC)
		return -ENOENT;
	it->idx = idx;
	it->clus = clus;
	it->sector =
		fat_sector(fat, clus) + (it->slot & ((1u << per_cluster) - 1)) / FAT_SECTOR_SLOTS;
	return 0;
}

int fat_iter_get(struct fat_iter *it, u8 **raw)
{
	struct fat_fs *fat = it->fat;
	u8 *data;
	int err;

	if (it->dir == FAT_ROOT && fat->bits != 32) {
		if (it->slot >= fat->root_slots)
			return -ENOENT;
		it->sector = fat->root_start + it->slot / FAT_SECTOR_SLOTS;
	} else {
		err = iter_locate(it);
		if (err)
			return err;
		/* A chain that bites its tail is noticed here. */
		if (it->slot >= FAT_MAX_SLOTS)
			return -EUCLEAN;
	}
	err = cache_get(&fat->meta, it->sector, &data);
	if (!err)
		*raw = data + (it->slot % FAT_SECTOR_SLOTS) * FAT_SLOT;
	return err;
}

/* A long name as it comes together: its last part is first on the disk. */
struct lfn {
	unsigned int left; /* slots still to come; 0 when there is no name */
	unsigned int nr_slots;
	bool complete;
	u8 sum;
};

static void lfn_add(struct lfn *l, struct fat_name *n, const u8 *raw)
{
	unsigned int seq = raw[0] & 0x3f;
	u16 part[FAT_LFN_UNITS];
	unsigned int at;

	if (raw[0] & 0x40)
		*l = (struct lfn){ .left = seq, .nr_slots = seq, .sum = raw[13] };
	if (l->complete || !seq || seq != l->left || seq > 20 || raw[13] != l->sum) {
		*l = (struct lfn){ 0 };
		return;
	}
	at = (seq - 1) * FAT_LFN_UNITS;
	fat_lfn_unpack(raw, part);
	if (raw[0] & 0x40) {
		unsigned int len = 0;

		while (len < FAT_LFN_UNITS && part[len])
			len++;
		n->len = at + len;
	}
	for (unsigned int i = 0; i < FAT_LFN_UNITS && at + i < FAT_NAME_UNITS; i++)
		n->ch[at + i] = part[i];
	l->left--;
	l->complete = l->left == 0;
}

static bool lfn_fits(const struct lfn *l, const struct fat_name *n, const u8 *raw)
{
	return l->complete && l->sum == fat_checksum(raw) && n->len <= FAT_NAME_UNITS &&
	       fat_name_legal(n);
}

/* As fat_dir_next(), with @labels the volume label and nothing else. */
static int dir_next(struct fat_iter *it, struct fat_entry *e, bool label)
{
	struct fat_name *name = &it->fat->name;
	struct lfn lfn = { 0 };
	u8 *raw;
	int err;

	for (; !(err = fat_iter_get(it, &raw)); it->slot++) {
		u8 attr = raw[DE_ATTR];

		if (!raw[0])
			return -ENOENT;
		if (raw[0] == DE_DELETED || raw[0] == '.') {
			lfn = (struct lfn){ 0 };
			continue;
		}
		if ((attr & 0x3f) == FAT_ATTR_LONG) {
			lfn_add(&lfn, name, raw);
			continue;
		}
		if (!!(attr & FAT_ATTR_VOLUME) != label) {
			lfn = (struct lfn){ 0 };
			continue;
		}
		memcpy(e->raw, raw, FAT_SLOT);
		e->pos = it->sector * SECTOR_SIZE + (it->slot % FAT_SECTOR_SLOTS) * FAT_SLOT;
		e->nr_slots = 1;
		if (lfn_fits(&lfn, name, raw))
			e->nr_slots += lfn.nr_slots;
		else
			fat_short_to_name(raw, name);
		e->slot = it->slot + 1 - e->nr_slots;
		it->slot++;
		return 0;
	}
	return err;
}

int fat_dir_next(struct fat_iter *it, struct fat_entry *e)
{
	return dir_next(it, e, false);
}

int fat_dir_find(struct fat_fs *fat, u32 dir, struct fat_entry *e)
{
	struct fat_iter it;
	int err;

	fat_iter_init(&it, fat, dir, 0);
	while (!(err = fat_dir_next(&it, e))) {
		if (fat_name_equal(&fat->name, &fat->want))
			return 0;
		if (e->nr_slots == 1)
			continue;
		fat_short_to_name(e->raw, &fat->name);
		if (fat_name_equal(&fat->name, &fat->want))
			return 0;
	}
	return err;
}

int fat_dir_empty(struct fat_fs *fat, u32 dir)
{
	struct fat_iter it;
	struct fat_entry e;
	int err;

	fat_iter_init(&it, fat, dir, 0);
	err = fat_dir_next(&it, &e);
	if (!err)
		return -ENOTEMPTY;
	return err == -ENOENT ? 0 : err;
}

int fat_dir_label(struct fat_fs *fat, char *label)
{
	struct fat_iter it;
	struct fat_entry e;
	int err;

	fat_iter_init(&it, fat, FAT_ROOT, 0);
	err = dir_next(&it, &e, true);
	if (!err)
		memcpy(label, e.raw, 11);
	return err;
}

int fat_entry_cluster(struct fat_fs *fat, const struct fat_entry *e, u32 *clus)
{
	u32 c = get_le16(e->raw + DE_CLUSTER_LO);
	bool is_dir = e->raw[DE_ATTR] & FAT_ATTR_DIR;
	u32 size = get_le32(e->raw + DE_SIZE);

	/* The upper half is something else in FAT12 and FAT16. */
	if (fat->bits == 32)
		c |= (u32)get_le16(e->raw + DE_CLUSTER_HI) << 16;
	*clus = c;
	if (c && !fat_valid(fat, c))
		return -EUCLEAN;
	if (is_dir)
		return c && !(fat->bits == 32 && c == fat->root_cluster) ? 0 : -EUCLEAN;
	if (fat->bits == 32 && c == fat->root_cluster)
		return -EUCLEAN;
	return (size && !c) || fat_clusters_for(fat, size) > fat->clusters ? -EUCLEAN : 0;
}
