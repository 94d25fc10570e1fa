/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FS_VOLUME_H
#define FS_VOLUME_H

#include "bio.h"

enum volume_scheme { VOLUME_DISK, VOLUME_MBR, VOLUME_GPT };

/**
 * struct volume - a range of a disk that may hold a file system
 * @number:   0 for the whole disk, else the partition's number as Linux counts: 1 to 4 are
 *            an MBR's primary partitions, 5 and up its logical ones
 * @mbr_type: the type byte in an MBR or EBR; only for messages, it decides nothing
 * @start:    first sector, in units of 512 bytes, as @sectors
 * @sectors:  that the disk has; 0 for a partition that lies behind its end
 */
struct volume {
	struct block_device *dev;
	unsigned int number;
	enum volume_scheme scheme;
	u8 mbr_type;
	u64 start, sectors;
};

/* Reads single sectors of a disk, through a buffer of one 4 KiB block. */
struct sector_reader {
	struct block_device *dev;
	struct block_request *rq;
	struct bio bio;
	u8 *buf;
	u64 block; /* which one is in @buf; ~0 for none */
};

/** sector_reader_init() - 0 or -ENOMEM; sector_reader_destroy() is right after either. */
__must_check int sector_reader_init(struct sector_reader *r, struct block_device *dev);
void sector_reader_destroy(struct sector_reader *r);

/**
 * sector_read() - the 512 bytes of @sector
 * @data: valid until the next call. The sectors up to the next multiple of 4 KiB follow it.
 *
 * Return: 0, -EIO, or -ENODEV when the disk ends before @sector.
 */
__must_check int sector_read(struct sector_reader *r, u64 sector, const u8 **data);

/**
 * volume_for_each() - call @fn for every partition of @r's disk, in the table's order
 *
 * GPT (UEFI 2.10, 5.3): the primary table, or the backup at the disk's end where the primary
 * is damaged. Else an MBR with its chain of logical partitions. @fn may sleep, and
 * use @r. A number other than 0 that @fn returns ends the walk.
 *
 * Return: what @fn returned; 0 also for a disk without partitions; -EUCLEAN for a damaged
 * table, after the partitions that could be read; -EIO.
 */
__must_check int volume_for_each(struct sector_reader *r,
				 int (*fn)(void *arg, const struct volume *v), void *arg);

/**
 * volume_content() - a name for what @v holds, by its signature: "ext2, ext3 or ext4", ...
 *
 * Return: NULL when there is no signature that is known; "nothing but zeroes" when the first
 * 4 KiB are.
 */
const char *volume_content(struct sector_reader *r, const struct volume *v);

#endif
