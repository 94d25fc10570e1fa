// SPDX-License-Identifier: Apache-2.0
/*
 * Partition tables: an MBR with logical partitions and a GPT with its backup, some bytes changed,
 * with right checksums or wrong ones. What is found lies on the disk, has a number and is not
 * empty; the walk reads a bounded number of blocks and writes nothing.
 */
/* links: fs/partition.c fs/volume.c fs/bio.c tests/unit/ramdisk.c */
/* runs: 4000 */
/* length: 200 */
#include <lodge/crc32.h>
#include <lodge/le.h>
#include <ramdisk.h>

#include "../../fs/volume.h"
#include "fuzz.h"

#define SECTORS	    256u
#define ENTRIES_AT  2u
#define NR_ENTRIES  16u
#define BACKUP	    (SECTORS - 1)
#define MAX_CHANGES 16
/* 1024 entries of 4 KiB, the table twice and the chain of logical partitions. */
#define BUDGET 12000

static u8 good[2][SECTORS * SECTOR_SIZE], data[SECTORS * SECTOR_SIZE];

static void put_entry(u8 *table, unsigned int n, u8 type, u32 start, u32 sectors)
{
	u8 *e = table + 446 + 16 * n;

	e[4] = type;
	put_le32(e + 8, start);
	put_le32(e + 12, sectors);
	put_le16(table + 510, 0xaa55);
}

static void sum_gpt(u8 *disk, u32 header)
{
	u8 *h = disk + header * SECTOR_SIZE;
	u64 entries = get_le64(h + 72), size = (u64)get_le32(h + 80) * get_le32(h + 84);

	if (entries < SECTORS && size <= (SECTORS - entries) * SECTOR_SIZE)
		put_le32(h + 88, crc32_update(0, disk + entries * SECTOR_SIZE, size));
	put_le32(h + 16, 0);
	put_le32(h + 16, crc32_update(0, h, min(max(get_le32(h + 12), 20u), 512u)));
}

static void make_gpt(u8 *disk, u32 header, u32 other)
{
	u8 *h = disk + header * SECTOR_SIZE, *e = disk + ENTRIES_AT * SECTOR_SIZE;

	memcpy(h, "EFI PART", 8);
	put_le32(h + 12, 92);
	put_le32(h + 24, header);
	put_le32(h + 32, other);
	put_le32(h + 72, ENTRIES_AT);
	put_le32(h + 80, NR_ENTRIES);
	put_le32(h + 84, 128);
	for (unsigned int i = 0; i < 3; i++, e += 128) {
		e[0] = (u8)(i + 1);
		put_le32(e + 32, 40 + 20 * i);
		put_le32(e + 40, 59 + 20 * i);
	}
	sum_gpt(disk, header);
}

void fuzz_init(void)
{
	u8 *mbr = good[0];

	put_entry(mbr, 0, 0x0c, 8, 20);
	put_entry(mbr, 1, 0x05, 40, 100);
	put_entry(mbr + 40 * SECTOR_SIZE, 0, 0x83, 2, 10);
	put_entry(mbr + 40 * SECTOR_SIZE, 1, 0x05, 20, 30);
	put_entry(mbr + 60 * SECTOR_SIZE, 0, 0x83, 2, 10);
	put_entry(good[1], 0, 0xee, 1, SECTORS - 1);
	make_gpt(good[1], 1, BACKUP);
	make_gpt(good[1], BACKUP, 1);
	memcpy(data, good[0], sizeof(data));
}

void thread_make_room(void)
{
}

static unsigned int visits;

static int visit(void *arg, const struct volume *v)
{
	const struct disk *d = arg;

	assert_ptr_equal(v->dev, &d->dev);
	assert_true(v->number);
	/* One behind the disk's end is told of, with nothing of it there. */
	if (v->start < SECTORS)
		assert_true(v->sectors && v->sectors <= SECTORS - v->start);
	else
		assert_int_equal(v->sectors, 0);
	assert_true(v->scheme == VOLUME_MBR || v->scheme == VOLUME_GPT);
	visits++;
	return 0;
}

/* Where there is something: tables, headers and entries. */
static u32 place(u16 at)
{
	static const u32 sectors[] = { 0, 1, 2, 3, 40, 60, BACKUP, 4 };

	return sectors[at >> 9 & 7] * SECTOR_SIZE + (at & 511);
}

void fuzz_one(struct fuzz *in)
{
	u8 what = fuzz_u8(in);
	bool changed = in->left;
	struct sector_reader r = { 0 };
	struct disk d = { 0 };
	int err;

	memcpy(data, good[what & 1], sizeof(data));
	for (unsigned int n = 0; in->left && n < MAX_CHANGES; n++) {
		u16 at = (u16)fuzz_take(in, 2);
		unsigned int width = 1u << (at >> 12 & 3);

		for (unsigned int k = 0; k < width; k++)
			data[min(place(at) + k, (u32)sizeof(data) - 1)] = fuzz_u8(in);
	}
	if (what & 2) {
		sum_gpt(data, 1);
		sum_gpt(data, BACKUP);
	}
	ramdisk_init(&d, data, sizeof(data));
	d.dev.block_size = what & 4 ? 4096 : 512;
	d.budget = BUDGET;
	visits = 0;
	assert_int_equal(sector_reader_init(&r, &d.dev), 0);
	err = volume_for_each(&r, visit, &d);
	assert_true(err == 0 || err == -EUCLEAN);
	assert_true(visits <= 1024);
	if (!changed && !(what & 4)) {
		assert_int_equal(err, 0);
		assert_int_equal(visits, 3);
	}
	for (u64 start = 0; start < SECTORS; start += 64) {
		struct volume v = { .dev = &d.dev, .start = start, .sectors = SECTORS - start };
		const char *content = volume_content(&r, &v);

		assert_true(!content || strlen(content));
	}
	sector_reader_destroy(&r);
	assert_int_equal(d.writes, 0);
	assert_int_equal(alloc_live(), 0);
}

/* Both tables, undamaged, with blocks of both sizes. */
size_t fuzz_seed(unsigned int n, u8 *buf, size_t room)
{
	buf[0] = (u8)n;
	return n < 8;
}
