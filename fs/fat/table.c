// SPDX-License-Identifier: Apache-2.0
/* Reading and writing the file allocation table. */
#include <lodge/errno.h>

#include "fat.h"

#define FAT32_MASK 0x0fffffffu /* the upper four bits are reserved, and kept */

/* Entries from @clus to the end of the cached block; FAT12's are not aligned. */
struct window {
	union {
		const u8 *bytes; /* FAT12: of entry 0 */
		const u16 *e16;
		const u32 *e32;
	} u;
	u32 count;
};

/* Of the first byte of the entry. */
static u64 entry_offset(const struct fat_fs *fat, u32 clus)
{
	switch (fat->bits) {
	case 12:
		return clus + clus / 2;
	case 16:
		return (u64)clus * 2;
	default:
		return (u64)clus * 4;
	}
}

static int window_open(struct fat_fs *fat, u32 clus, struct window *w)
{
	u64 off = entry_offset(fat, clus);
	u64 block = fat->fat.block * SECTOR_SIZE;
	u8 *data;
	int err;

	if (!fat_valid(fat, clus))
		return -EUCLEAN;
	/* FAT12: the only block holds all of it. */
	err = cache_get(&fat->fat, fat->bits == 12 ? 0 : off / SECTOR_SIZE, &data);
	if (err)
		return err;
	w->count = fat->clusters + 2 - clus;
	if (fat->bits == 12) {
		w->u.bytes = data;
		return 0;
	}
	w->u.bytes = data + off % SECTOR_SIZE;
	w->count = min((u64)w->count, (block - off % block) / (fat->bits / 8));
	return 0;
}

static u32 get12(const u8 *base, u32 clus)
{
	u32 pair = get_le16(base + clus + clus / 2);

	return clus & 1 ? pair >> 4 : pair & 0xfff;
}

/* As the table has it; what ends a chain becomes FAT_EOC. */
static u32 window_entry(const struct fat_fs *fat, const struct window *w, u32 clus, u32 i)
{
	u32 v;

	switch (fat->bits) {
	case 12:
		v = get12(w->u.bytes, clus + i);
		return v >= 0xff8 ? FAT_EOC : v;
	case 16:
		v = w->u.e16[i];
		return v >= 0xfff8 ? FAT_EOC : v;
	default:
		v = w->u.e32[i] & FAT32_MASK;
		return v >= 0x0ffffff8 ? FAT_EOC : v;
	}
}

int fat_get(struct fat_fs *fat, u32 clus, u32 *val)
{
	struct window w;
	int err = window_open(fat, clus, &w);

	if (!err)
		*val = window_entry(fat, &w, clus, 0);
	return err;
}

static void put12(u8 *p, bool odd, u32 val)
{
	u32 pair = get_le16(p);

	if (odd)
		put_le16(p, (pair & 0x000f) | val << 4);
	else
		put_le16(p, (pair & 0xf000) | (val & 0xfff));
}

int fat_set(struct fat_fs *fat, u32 clus, u32 val)
{
	u64 off = entry_offset(fat, clus);
	u64 sector = off / SECTOR_SIZE;
	u8 *data, *p;
	int err;

	if (!fat_valid(fat, clus))
		return -EUCLEAN;
	err = cache_get(&fat->fat, sector, &data);
	if (err)
		return err;
	p = data + off % SECTOR_SIZE;
	if (fat->bits == 16) {
		put_le16(p, val);
	} else if (fat->bits == 32) {
		put_le32(p, (get_le32(p) & ~FAT32_MASK) | (val & FAT32_MASK));
	} else {
		put12(p, clus & 1, val);
		/* An entry may lie across two sectors. */
		if ((off + 1) / SECTOR_SIZE != sector)
			err = cache_dirty(&fat->fat, sector + 1);
	}
	return err ? err : cache_dirty(&fat->fat, sector);
}

/* How many of the window's entries name the cluster after their own. */
static u32 window_run(const struct fat_fs *fat, const struct window *w, u32 clus)
{
	u32 n = w->count, i = 0;

	switch (fat->bits) {
	case 12:
		while (i < n && get12(w->u.bytes, clus + i) == clus + i + 1)
			i++;
		return i;
	case 16:
		while (i < n && w->u.e16[i] == clus + i + 1)
			i++;
		return i;
	default:
		while (i < n && (w->u.e32[i] & FAT32_MASK) == clus + i + 1)
			i++;
		return i;
	}
}

int fat_run(struct fat_fs *fat, u32 clus, u32 *len, u32 *next)
{
	struct window w;
	int err = window_open(fat, clus, &w);
	u32 n;

	if (err)
		return err;
	n = window_run(fat, &w, clus);
	if (n == w.count) {
		*len = n;
		*next = clus + n;
	} else {
		*len = n + 1;
		*next = window_entry(fat, &w, clus, n);
	}
	/* 0 is free, 1 reserved, 0xf..f7 bad, and none of them belongs into a chain. */
	return *next == FAT_EOC || fat_valid(fat, *next) ? 0 : -EUCLEAN;
}

int fat_walk(struct fat_fs *fat, u32 *clus, u32 *n)
{
	u32 len, next, mark = *clus, steps = 0, limit = 1;

	if (*n > fat->clusters)
		return -EUCLEAN;
	while (*n) {
		int err = fat_run(fat, *clus, &len, &next);

		if (err)
			return err;
		if (*n < len) {
			*clus += *n;
			*n = 0;
			return 0;
		}
		*n -= len;
		*clus = next;
		if (next == FAT_EOC)
			return 0;
		/* Back at a mark, which is set after 1, 2, 4, ... steps: it goes in a circle. */
		if (next == mark)
			return -EUCLEAN;
		if (++steps == limit) {
			mark = next;
			limit *= 2;
			steps = 0;
		}
	}
	return 0;
}

int fat_measure(struct fat_fs *fat, u32 clus, u32 max, u32 *count, u32 *last)
{
	u32 n = 0, len, next;

	*last = FAT_EOC;
	while (clus != FAT_EOC && n < max) {
		int err = fat_run(fat, clus, &len, &next);

		if (err)
			return err;
		len = min(len, max - n);
		*last = clus + len - 1;
		n += len;
		/* More than there are: the chain bites its tail. */
		if (n > fat->clusters)
			return -EUCLEAN;
		clus = next;
	}
	*count = n;
	return 0;
}

static bool window_is_free(const struct fat_fs *fat, const struct window *w, u32 clus, u32 i)
{
	switch (fat->bits) {
	case 12:
		return get12(w->u.bytes, clus + i) == 0;
	case 16:
		return w->u.e16[i] == 0;
	default:
		return (w->u.e32[i] & FAT32_MASK) == 0;
	}
}

int fat_find_free(struct fat_fs *fat, u32 from, u32 end, u32 max, u32 *first, u32 *len)
{
	u32 found = 0;

	while (from < end && found < max) {
		struct window w;
		int err = window_open(fat, from, &w);
		u32 n, i = 0;

		if (err)
			return err;
		n = min(w.count, end - from);
		if (!found) {
			while (i < n && !window_is_free(fat, &w, from, i))
				i++;
			*first = from + i;
		}
		for (; i < n && found < max && window_is_free(fat, &w, from, i); i++)
			found++;
		if (found && i < n)
			break;
		from += n;
	}
	*len = found;
	return 0;
}

int fat_count_free(struct fat_fs *fat, u32 *count)
{
	u32 clus = 2, end = fat->clusters + 2;

	*count = 0;
	while (clus < end) {
		struct window w;
		int err = window_open(fat, clus, &w);

		if (err)
			return err;
		for (u32 i = 0; i < w.count; i++)
			*count += window_is_free(fat, &w, clus, i);
		clus += w.count;
	}
	return 0;
}
