// SPDX-License-Identifier: Apache-2.0
/* Changing directories. */
#include <asm/layout.h>
#include <lodge/errno.h>
#include <lodge/string.h>

#include "fat.h"

int fat_zero(struct fat_fs *fat, u64 sector, u64 count)
{
	hpa_t bounce = kva_to_hpa(fat->bounce);
	int err = cache_forget(&fat->meta, sector, count);

	if (err)
		return err;
	memset(fat->bounce, 0, FAT_BOUNCE);
	bio_start(&fat->io, true);
	while (count) {
		u64 n = min(count, (u64)(FAT_BOUNCE / SECTOR_SIZE));

		bio_add(&fat->io, sector, bounce, n * SECTOR_SIZE);
		sector += n;
		count -= n;
	}
	return bio_finish(&fat->io);
}

/* The directory that @it has come to the end of gets one more cluster. */
static int dir_grow(struct fat_iter *it)
{
	struct fat_fs *fat = it->fat;
	u32 clus;
	int err;

	if ((it->dir == FAT_ROOT && fat->bits != 32) || it->slot >= FAT_MAX_SLOTS)
		return -ENOSPC;
	err = fat_alloc(fat, it->clus, 1, &clus);
	if (err)
		return err;
	/* What the directory names must be entries: zeroes first, then the link. */
	err = fat_zero(fat, fat_sector(fat, clus), 1u << (fat->shift - 9));
	return err ? err : fat_set(fat, it->clus, clus);
}

/*
 * Parts of a long name with a free slot behind them have lost their file: the power went. They
 * are free, too, or fsck.fat would find the name that comes next to start within another.
 */
int fat_dir_reserve(struct fat_fs *fat, u32 dir, u32 nr, u32 *slot)
{
	u32 found = 0, parts = 0;
	struct fat_iter it;
	bool ended = false;
	u8 *raw;
	int err;

	fat_iter_init(&it, fat, dir, 0);
	while (found < nr) {
		err = fat_iter_get(&it, &raw);
		if (err == -ENOENT) {
			ended = true;
			err = dir_grow(&it);
			if (err)
				return err;
			continue;
		}
		if (err)
			return err;
		ended |= !raw[0];
		it.slot++;
		if (ended || raw[0] == DE_DELETED) {
			found += parts + 1;
			parts = 0;
		} else if ((raw[DE_ATTR] & 0x3f) == FAT_ATTR_LONG) {
			parts++;
		} else {
			found = 0;
			parts = 0;
		}
	}
	*slot = it.slot - found;
	if (!ended)
		return 0;
	/* These slots take the end mark away, and nobody promised what lies behind it. */
	err = fat_iter_get(&it, &raw);
	if (err || !raw[0])
		return err == -ENOENT ? 0 : err;
	raw[0] = 0;
	return cache_dirty(&fat->meta, it.sector);
}

int fat_dir_write(struct fat_fs *fat, u32 dir, struct fat_entry *e)
{
	u8 sum = fat_checksum(e->raw);
	struct fat_iter it;
	u8 *raw;

	fat_iter_init(&it, fat, dir, e->slot);
	/* The short entry, which makes the file be there, is the last. */
	for (u32 left = e->nr_slots; left--; it.slot++) {
		int err = fat_iter_get(&it, &raw);

		if (err)
			return err == -ENOENT ? -EUCLEAN : err;
		if (left)
			fat_lfn_pack(raw, &fat->want, left, sum);
		else
			memcpy(raw, e->raw, FAT_SLOT);
		e->pos = it.sector * SECTOR_SIZE + (it.slot % FAT_SECTOR_SLOTS) * FAT_SLOT;
		err = cache_dirty(&fat->meta, it.sector);
		if (err)
			return err;
	}
	return 0;
}

int fat_dir_prepare(struct fat_fs *fat, u32 dir, struct fat_entry *e)
{
	bool plain;
	int err;

	if (!fat_name_legal(&fat->want))
		return -EINVAL;
	err = fat_short_make(fat, dir, &fat->want, e->raw, &plain);
	if (err)
		return err;
	e->nr_slots = 1;
	if (!plain)
		e->nr_slots += (fat->want.len + FAT_LFN_UNITS - 1) / FAT_LFN_UNITS;
	e->raw[DE_CASE] = 0;
	return fat_dir_reserve(fat, dir, e->nr_slots, &e->slot);
}

int fat_dir_remove(struct fat_fs *fat, u32 dir, const struct fat_entry *e)
{
	u64 sector = e->pos / SECTOR_SIZE;
	u32 at = e->pos % SECTOR_SIZE / FAT_SLOT;
	struct fat_iter it;
	u8 *data;
	int err;

	/* First the sector with the short entry: then the file is gone at once. */
	err = cache_get(&fat->meta, sector, &data);
	if (err)
		return err;
	for (u32 i = 0; i < e->nr_slots && i <= at; i++)
		data[(at - i) * FAT_SLOT] = DE_DELETED;
	err = cache_dirty(&fat->meta, sector);
	if (err || e->nr_slots <= at + 1)
		return err;
	fat_iter_init(&it, fat, dir, e->slot);
	for (u32 left = e->nr_slots - at - 1; left--; it.slot++) {
		err = fat_iter_get(&it, &data);
		if (err)
			return err == -ENOENT ? -EUCLEAN : err;
		data[0] = DE_DELETED;
		err = cache_dirty(&fat->meta, it.sector);
		if (err)
			return err;
	}
	return 0;
}

void fat_entry_set(u8 *raw, u32 clus, u32 size)
{
	put_le16(raw + DE_CLUSTER_HI, clus >> 16);
	put_le16(raw + DE_CLUSTER_LO, clus);
	put_le32(raw + DE_SIZE, size);
}

void fat_entry_init(struct fat_entry *e, u8 attr, u32 clus)
{
	memset(e->raw, 0, FAT_SLOT);
	e->raw[DE_ATTR] = attr;
	fat_touch(e->raw, true);
	fat_entry_set(e->raw, clus, 0);
}

int fat_dir_create(struct fat_fs *fat, u32 parent, u32 *clus)
{
	struct fat_entry e;
	u8 *data;
	int err;

	err = fat_alloc(fat, 0, 1, clus);
	if (err)
		return err;
	err = fat_zero(fat, fat_sector(fat, *clus), 1u << (fat->shift - 9));
	if (!err)
		err = cache_get(&fat->meta, fat_sector(fat, *clus), &data);
	if (err)
		return err;
	fat_entry_init(&e, FAT_ATTR_DIR, *clus);
	memcpy(e.raw, ".          ", 11);
	memcpy(data, e.raw, FAT_SLOT);
	fat_entry_init(&e, FAT_ATTR_DIR, parent);
	memcpy(e.raw, "..         ", 11);
	memcpy(data + FAT_SLOT, e.raw, FAT_SLOT);
	return cache_dirty(&fat->meta, fat_sector(fat, *clus));
}

int fat_dir_parent(struct fat_fs *fat, u32 dir, u8 **dotdot)
{
	u8 *data;
	int err = cache_get(&fat->meta, fat_sector(fat, dir), &data);

	if (err)
		return err;
	*dotdot = data + FAT_SLOT;
	return memcmp(*dotdot, "..         ", 11) ? -EUCLEAN : 0;
}

int fat_dir_set_parent(struct fat_fs *fat, u32 dir, u32 parent)
{
	u8 *dotdot;
	int err = fat_dir_parent(fat, dir, &dotdot);

	if (err)
		return err;
	put_le16(dotdot + DE_CLUSTER_HI, parent >> 16);
	put_le16(dotdot + DE_CLUSTER_LO, parent);
	return cache_dirty(&fat->meta, fat_sector(fat, dir));
}
