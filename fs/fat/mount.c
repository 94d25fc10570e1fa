// SPDX-License-Identifier: Apache-2.0
/* The boot sector, FSInfo, and what a mounted file system consists of. */
#include <lodge/bitops.h>
#include <lodge/errno.h>
#include <lodge/slab.h>
#include <lodge/string.h>

#include "fat.h"

#define BOOT_SIGNATURE 510

#define FAT12_CLUSTERS 4085u /* fewer are FAT12 */
#define FAT16_CLUSTERS 65525u
#define FAT32_CLUSTERS 0x0ffffff5u

#define CACHE_BYTES 4096u

#define INFO_LEAD      0x41615252u
#define INFO_STRUCT    0x61417272u
#define INFO_STRUCT_AT 484
#define INFO_FREE      488
#define INFO_NEXT      492

/* What the boot sector says; sectors are its own. */
struct geometry {
	u32 sector;	 /* bytes in one */
	u32 per_cluster; /* sectors */
	u32 reserved, nr_fats, fat_size, root_entries, total;
	u32 ext_flags, root_cluster, info;
	bool layout32; /* has no place for a root directory of fixed size */
	u16 version;
	u8 label[11];
};

static bool power_of_two(u32 v)
{
	return v && !(v & (v - 1));
}

/* False when this does not look like a FAT boot sector at all. */
static bool parse_boot(const u8 *b, struct geometry *g)
{
	g->sector = get_le16(b + 11);
	g->per_cluster = b[13];
	g->reserved = get_le16(b + 14);
	g->nr_fats = b[16];
	g->root_entries = get_le16(b + 17);
	g->total = get_le16(b + 19);
	g->fat_size = get_le16(b + 22);
	g->layout32 = !g->fat_size;
	if (!g->total)
		g->total = get_le32(b + 32);
	if (g->layout32) {
		g->fat_size = get_le32(b + 36);
		g->ext_flags = get_le16(b + 40);
		g->version = get_le16(b + 42);
		g->root_cluster = get_le32(b + 44) & 0x0fffffff;
		g->info = get_le16(b + 48);
	}
	memcpy(g->label, b + (g->layout32 ? 71 : 43), sizeof(g->label));
	if (b[g->layout32 ? 66 : 38] != 0x29 || !memcmp(g->label, "NO NAME    ", 11))
		memset(g->label, ' ', sizeof(g->label));
	return (b[0] == 0xeb || b[0] == 0xe9) && power_of_two(g->sector) && g->sector >= 512 &&
	       g->sector <= 4096 && power_of_two(g->per_cluster) && g->reserved && g->nr_fats &&
	       g->nr_fats <= 4 && b[21] >= 0xf0 && get_le16(b + BOOT_SIGNATURE) == 0xaa55;
}

/* The boot sector of @v. */
static int read_boot(struct fat_fs *fat, const struct volume *v, struct geometry *g)
{
	u8 *data;
	int err = cache_get(&fat->meta, v->start, &data);

	if (err)
		return err == -EUCLEAN ? -ENODEV : err;
	if (!parse_boot(data, g))
		return -ENODEV;
	/* Its structures would begin in the middle of what the disk transfers. */
	return g->sector < v->dev->block_size ? -EOPNOTSUPP : 0;
}

/* The number of clusters makes the type, nothing else. */
static int decide_type(struct fat_fs *fat, const struct geometry *g)
{
	if (!fat->clusters || fat->clusters > FAT32_CLUSTERS)
		return -EUCLEAN;
	fat->bits = fat->clusters < FAT12_CLUSTERS ? 12 : fat->clusters < FAT16_CLUSTERS ? 16 : 32;
	/* Without the fields of the older types only one reading is left, which
	 * formatters produce when told to; the other way round nothing makes sense. */
	if (g->layout32)
		fat->bits = 32;
	return fat->bits == 32 && (!g->layout32 || g->root_entries || g->version) ? -EUCLEAN : 0;
}

static int apply_geometry(struct fat_fs *fat, const struct geometry *g, const struct volume *v)
{
	u32 unit = g->sector / SECTOR_SIZE;
	u64 root_size = ((u64)g->root_entries * FAT_SLOT + g->sector - 1) / g->sector;
	u64 root = g->reserved + (u64)g->nr_fats * g->fat_size;
	u64 data = root + root_size, start = v->start;
	u64 table, active = 0;
	int err;

	if ((u64)g->total * unit > v->sectors || data >= g->total)
		return -EUCLEAN;
	fat->shift = ctz64(g->sector * g->per_cluster);
	fat->clusters = min((g->total - data) / g->per_cluster, (u64)FAT_UNKNOWN);
	err = decide_type(fat, g);
	if (err)
		return err;
	fat->root_start = start + root * unit;
	fat->data_start = start + data * unit;
	fat->root_slots = g->root_entries;
	fat->root_cluster = g->root_cluster;
	if (fat->bits == 32 ? !fat_valid(fat, g->root_cluster) : !g->root_entries)
		return -EUCLEAN;
	table = (((u64)fat->clusters + 2) * fat->bits + 7) / 8;
	if (table > (u64)g->fat_size * g->sector)
		return -EUCLEAN;
	fat->fat.sectors = (table + SECTOR_SIZE - 1) / SECTOR_SIZE;
	fat->fat.stride = (u64)g->fat_size * unit;
	fat->fat.copies = g->nr_fats;
	if (fat->bits == 32 && (g->ext_flags & 0x80)) {
		active = g->ext_flags & 15;
		fat->fat.copies = 1;
	}
	if (active >= g->nr_fats)
		return -EUCLEAN;
	fat->fat.base = start + ((u64)g->reserved + active * g->fat_size) * unit;
	if (fat->bits == 32 && g->info && g->info < g->reserved)
		fat->info_sector = start + (u64)g->info * unit;
	memcpy(fat->label, g->label, sizeof(g->label));
	return 0;
}

/* FSInfo is only a hint, and may be wrong. */
static int read_info(struct fat_fs *fat)
{
	u8 *data;
	int err;

	fat->free = FAT_UNKNOWN;
	fat->hint = 2;
	if (!fat->info_sector)
		return 0;
	err = cache_get(&fat->meta, fat->info_sector, &data);
	if (err)
		return err;
	if (get_le32(data) != INFO_LEAD || get_le32(data + INFO_STRUCT_AT) != INFO_STRUCT) {
		fat->info_sector = 0;
		return 0;
	}
	if (get_le32(data + INFO_FREE) <= fat->clusters)
		fat->free = get_le32(data + INFO_FREE);
	if (fat_valid(fat, get_le32(data + INFO_NEXT)))
		fat->hint = get_le32(data + INFO_NEXT);
	return 0;
}

int fat_commit(struct fat_fs *fat, int err)
{
	u8 *data;
	int err2 = 0;

	/* What failed to be written was counted: let the next one count anew. */
	if (err == -EIO && fat->info_changed)
		fat->free = FAT_UNKNOWN;
	if (fat->info_changed && fat->info_sector) {
		err2 = cache_get(&fat->meta, fat->info_sector, &data);
		if (!err2) {
			put_le32(data + INFO_FREE, fat->free);
			put_le32(data + INFO_NEXT, fat->hint);
			err2 = cache_dirty(&fat->meta, fat->info_sector);
		}
		err = err ? err : err2;
	}
	fat->info_changed = false;
	err2 = cache_sync(&fat->order);
	return err ? err : err2;
}

void fat_unmount(struct fs *fs)
{
	struct fat_fs *fat = to_fat(fs);

	cache_destroy(&fat->fat);
	cache_destroy(&fat->meta);
	kfree(fat->bounce);
	kfree(fat->rqs);
	kfree(fat);
}

/* Everything that does not depend on what is on the disk. */
static int fat_prepare(struct fat_fs *fat, struct block_device *dev)
{
	fat->fs.ops = &fat_ops;
	fat->fs.dev = dev;
	list_init(&fat->nodes);
	fat->bounce = kmalloc(FAT_BOUNCE);
	/* One more for the caches, which may read while data is under way. */
	fat->rqs = kzalloc((FAT_INFLIGHT + 1) * sizeof(*fat->rqs));
	if (!fat->bounce || !fat->rqs)
		return -ENOMEM;
	bio_init(&fat->io, dev, fat->rqs, FAT_INFLIGHT);
	bio_init(&fat->sync, dev, fat->rqs + FAT_INFLIGHT, 1);
	fat->meta.bio = &fat->sync;
	fat->meta.order = &fat->order;
	fat->meta.sectors = dev->sectors;
	fat->meta.block = CACHE_BYTES / SECTOR_SIZE;
	fat->meta.copies = 1;
	return cache_init(&fat->meta, CACHE_BLOCKS);
}

static int fat_prepare_table(struct fat_fs *fat)
{
	bool small = fat->bits == 12;

	fat->fat.bio = &fat->sync;
	fat->fat.order = &fat->order;
	/* FAT12's entries cross sectors: all of them, 6 KiB at most, are one unit. */
	fat->fat.whole = small;
	fat->fat.block = small ? ALIGN_UP(fat->fat.sectors, block_unit(fat->fs.dev))
			       : CACHE_BYTES / SECTOR_SIZE;
	return cache_init(&fat->fat, small ? 1 : CACHE_BLOCKS);
}

int fat_mount(const struct volume *v, struct fs **out)
{
	struct fat_fs *fat = kzalloc(sizeof(*fat));
	struct geometry g = { 0 };
	int err;

	if (!fat)
		return -ENOMEM;
	err = fat_prepare(fat, v->dev);
	if (!err)
		err = read_boot(fat, v, &g);
	if (!err)
		err = apply_geometry(fat, &g, v);
	if (!err)
		err = fat_prepare_table(fat);
	if (!err)
		err = read_info(fat);
	if (err)
		fat_unmount(&fat->fs);
	else
		*out = &fat->fs;
	return err;
}
