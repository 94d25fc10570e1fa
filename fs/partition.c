// SPDX-License-Identifier: Apache-2.0
/*
 * Partitions of a disk: GPT (UEFI 2.10, 5.3), and the MBR of IBM PCs with its chain of
 * extended boot records. All numbers come from the disk: nothing is believed before it has
 * been compared with the disk's size, and every loop has a bound of ours.
 */
#include <lodge/crc32.h>
#include <lodge/errno.h>
#include <lodge/le.h>
#include <lodge/string.h>

#include "volume.h"

#define MBR_TABLE     446
#define MBR_ENTRY     16
#define MBR_ENTRIES   4
#define MBR_SIGNATURE 510
#define MBR_GPT	      0xee /* the type of an entry that protects a GPT */
#define MAX_LOGICAL   128  /* as many as a chain may have */

#define GPT_HEADER_MIN	92
#define GPT_ENTRY_MIN	128
#define GPT_ENTRY_MAX	4096
#define GPT_MAX_ENTRIES 1024

struct walk {
	struct sector_reader *r;
	int (*fn)(void *arg, const struct volume *v);
	void *arg;
	u32 unit; /* 512-byte sectors in a block of the disk, which the tables count in */
};

/* Parts of a partition that the disk does not have are cut off, and may leave nothing of it. */
static int visit(struct walk *w, struct volume v)
{
	u64 total = w->r->dev->sectors;

	if (!v.sectors)
		return 0;
	v.dev = w->r->dev;
	v.sectors = v.start < total ? min(v.sectors, total - v.start) : 0;
	return w->fn(w->arg, &v);
}

/* ---- MBR ---- */

struct mbr_entry {
	u8 type;
	u64 start, sectors; /* in units of 512 bytes; @start is relative to something */
};

static bool is_extended(u8 type)
{
	return type == 0x05 || type == 0x0f || type == 0x85;
}

/* The four entries of sector @at; -EUCLEAN without the signature of a table. */
static int read_table(struct walk *w, u64 at, struct mbr_entry *entry)
{
	const u8 *data;
	int err = sector_read(w->r, at, &data);

	if (err)
		return err;
	if (get_le16(data + MBR_SIGNATURE) != 0xaa55)
		return -EUCLEAN;
	for (unsigned int i = 0; i < MBR_ENTRIES; i++) {
		const u8 *e = data + MBR_TABLE + i * MBR_ENTRY;

		/* The first byte says active or not; anything else is code, or text. */
		if (e[0] & 0x7f)
			return -EUCLEAN;
		entry[i] = (struct mbr_entry){ .type = e[4],
					       .start = (u64)get_le32(e + 8) * w->unit,
					       .sectors = (u64)get_le32(e + 12) * w->unit };
	}
	return 0;
}

/* The logical partitions of @ext, each described by a sector that names the next one. */
static int walk_logical(struct walk *w, const struct mbr_entry *ext, unsigned int *number)
{
	struct mbr_entry e[MBR_ENTRIES];
	u64 at = ext->start;

	for (unsigned int n = 0; n < MAX_LOGICAL; n++) {
		u64 next = 0;
		int err = read_table(w, at, e);

		for (unsigned int i = 0; i < MBR_ENTRIES && !err; i++) {
			if (!e[i].type || !e[i].sectors)
				continue;
			if (is_extended(e[i].type))
				next = next ? next : e[i].start;
			else
				err = visit(w, (struct volume){ .number = (*number)++,
								.scheme = VOLUME_MBR,
								.mbr_type = e[i].type,
								.start = at + e[i].start,
								.sectors = e[i].sectors });
		}
		if (err || !next)
			return err == -ENODEV ? -EUCLEAN : err;
		if (next >= ext->sectors)
			return -EUCLEAN;
		at = ext->start + next;
	}
	return -EUCLEAN;
}

static int walk_mbr(struct walk *w, const struct mbr_entry *entry)
{
	unsigned int logical = MBR_ENTRIES + 1;
	int err = 0, damaged = 0;

	for (unsigned int i = 0; i < MBR_ENTRIES && !err; i++) {
		if (!entry[i].type || !entry[i].start || entry[i].type == MBR_GPT ||
		    is_extended(entry[i].type))
			continue;
		err = visit(w, (struct volume){ .number = i + 1,
						.scheme = VOLUME_MBR,
						.mbr_type = entry[i].type,
						.start = entry[i].start,
						.sectors = entry[i].sectors });
	}
	for (unsigned int i = 0; i < MBR_ENTRIES && !err; i++) {
		if (!is_extended(entry[i].type) || !entry[i].start)
			continue;
		err = walk_logical(w, &entry[i], &logical);
		if (err == -EUCLEAN) {
			damaged = err;
			err = 0;
		}
	}
	return err ? err : damaged;
}

/* ---- GPT ---- */

struct gpt {
	u64 entries; /* first sector of the array */
	u32 count, size;
	u32 crc;
};

/* The header in block @lba; -EUCLEAN unless it is whole and right. */
static int read_header(struct walk *w, u64 lba, struct gpt *g)
{
	static const u8 zero[4];
	const u8 *h;
	u32 size, crc;
	int err = sector_read(w->r, lba * w->unit, &h);

	if (err)
		return err == -ENODEV ? -EUCLEAN : err;
	size = get_le32(h + 12);
	if (memcmp(h, "EFI PART", 8) || size < GPT_HEADER_MIN || size > SECTOR_SIZE)
		return -EUCLEAN;
	/* The CRC is made with its own field zero. */
	crc = crc32_update(0, h, 16);
	crc = crc32_update(crc, zero, 4);
	crc = crc32_update(crc, h + 20, size - 20);
	if (crc != get_le32(h + 16) || get_le64(h + 24) != lba)
		return -EUCLEAN;
	*g = (struct gpt){ .entries = get_le64(h + 72),
			   .count = get_le32(h + 80),
			   .size = get_le32(h + 84),
			   .crc = get_le32(h + 88) };
	if (g->entries >= w->r->dev->sectors / w->unit || g->count > GPT_MAX_ENTRIES ||
	    g->size < GPT_ENTRY_MIN || g->size > GPT_ENTRY_MAX || (g->size & (g->size - 1)))
		return -EUCLEAN;
	g->entries *= w->unit;
	return 0;
}

/* 0 when the array has the CRC that the header says. */
static int check_entries(struct walk *w, const struct gpt *g)
{
	u64 left = (u64)g->count * g->size;
	u32 crc = 0;

	for (u64 sector = g->entries; left; sector++) {
		u32 n = min(left, (u64)SECTOR_SIZE);
		const u8 *data;
		int err = sector_read(w->r, sector, &data);

		if (err)
			return err == -ENODEV ? -EUCLEAN : err;
		crc = crc32_update(crc, data, n);
		left -= n;
	}
	return crc == g->crc ? 0 : -EUCLEAN;
}

static int read_gpt(struct walk *w, struct gpt *g)
{
	u64 last = w->r->dev->sectors / w->unit - 1;
	u64 lba[] = { 1, last };
	int err = -EUCLEAN;

	for (unsigned int i = 0; i < ARRAY_SIZE(lba) && err == -EUCLEAN; i++) {
		err = read_header(w, lba[i], g);
		if (!err)
			err = check_entries(w, g);
	}
	return err;
}

static int walk_gpt(struct walk *w, const struct gpt *g)
{
	static const u8 unused[16];
	u64 blocks = w->r->dev->sectors / w->unit;

	for (u32 i = 0; i < g->count; i++) {
		u64 at = (u64)i * g->size, first, last;
		const u8 *e;
		int err = sector_read(w->r, g->entries + at / SECTOR_SIZE, &e);

		if (err)
			return err;
		e += at % SECTOR_SIZE;
		/* A disk has fewer than @blocks, so that neither they nor their sectors wrap. */
		first = min(get_le64(e + 32), blocks);
		last = min(get_le64(e + 40), blocks);
		if (!memcmp(e, unused, sizeof(unused)) || first > last)
			continue;
		err = visit(w, (struct volume){ .number = i + 1,
						.scheme = VOLUME_GPT,
						.start = first * w->unit,
						.sectors = (last - first + 1) * w->unit });
		if (err)
			return err;
	}
	return 0;
}

int volume_for_each(struct sector_reader *r, int (*fn)(void *arg, const struct volume *v),
		    void *arg)
{
	struct walk w = { .r = r, .fn = fn, .arg = arg, .unit = block_unit(r->dev) };
	struct mbr_entry entry[MBR_ENTRIES];
	bool protective = false;
	struct gpt g = { 0 };
	int err = read_table(&w, 0, entry), rest;

	if (err)
		return err == -EUCLEAN || err == -ENODEV ? 0 : err;
	for (unsigned int i = 0; i < MBR_ENTRIES; i++)
		protective |= entry[i].type == MBR_GPT;
	if (!protective)
		return walk_mbr(&w, entry);
	err = read_gpt(&w, &g);
	if (!err)
		return walk_gpt(&w, &g);
	/* A hybrid MBR has other entries too. */
	rest = err == -EUCLEAN ? walk_mbr(&w, entry) : err;
	return rest ? rest : err;
}
