// SPDX-License-Identifier: Apache-2.0
/* What else than FAT a volume may hold, so that a message can name it. */
#include <asm/layout.h>
#include <lodge/errno.h>
#include <lodge/slab.h>
#include <lodge/string.h>

#include "volume.h"

#define BLOCK_BYTES   4096u
#define BLOCK_SECTORS (BLOCK_BYTES / SECTOR_SIZE)

int sector_reader_init(struct sector_reader *r, struct block_device *dev)
{
	r->dev = dev;
	r->block = ~0ull;
	r->rq = kzalloc(sizeof(*r->rq));
	r->buf = kmalloc(BLOCK_BYTES);
	if (!r->rq || !r->buf)
		return -ENOMEM;
	bio_init(&r->bio, dev, r->rq, 1);
	return 0;
}

void sector_reader_destroy(struct sector_reader *r)
{
	kfree(r->rq);
	kfree(r->buf);
}

int sector_read(struct sector_reader *r, u64 sector, const u8 **data)
{
	u64 block = sector / BLOCK_SECTORS, first = block * BLOCK_SECTORS;
	u64 count;
	int err;

	if (sector >= r->dev->sectors)
		return -ENODEV;
	if (block != r->block) {
		r->block = ~0ull;
		count = min((u64)BLOCK_SECTORS, r->dev->sectors - first);
		memset(r->buf, 0, BLOCK_BYTES);
		err = bio_transfer(&r->bio, first, kva_to_hpa(r->buf), count * SECTOR_SIZE, false);
		if (err)
			return err;
		r->block = block;
	}
	*data = r->buf + (sector - first) * SECTOR_SIZE;
	return 0;
}

/* Where a signature is, in bytes from the volume's start, and of what. */
static const struct signature {
	u32 offset;
	u8 len;
	char bytes[11];
	const char *name;
} signatures[] = {
	{ 3, 8, "EXFAT   ", "exFAT" },
	{ 3, 8, "NTFS    ", "NTFS" },
	{ 1080, 2, "\x53\xef", "ext2, ext3 or ext4" },
	{ 1024, 4, "\x10\x20\xf5\xf2", "F2FS" },
	{ 1024, 4, "\xe2\xe1\xf5\xe0", "EROFS" },
	{ 1024, 2, "H+", "HFS+" },
	{ 0, 4, "XFSB", "XFS" },
	{ 0, 4, "hsqs", "SquashFS" },
	{ 32, 4, "NXSB", "APFS" },
	{ 65600, 8, "_BHRfS_M", "Btrfs" },
	{ 32769, 5, "CD001", "ISO 9660" },
	{ 32769, 5, "BEA01", "UDF" },
	{ 4086, 10, "SWAPSPACE2", "swap space" },
	{ 0, 6, "LUKS\xba\xbe", "an encrypted volume (LUKS)" },
	{ 536, 8, "LVM2 001", "an LVM volume" },
	{ 4096, 4, "\xfc\x4e\x2b\xa9", "a member of a RAID" },
	{ 0, 4, "QFI\xfb", "a qcow2 image (qemu-img convert -O raw unpacks it)" },
	{ 0, 4, "KDMV", "a VMDK image (qemu-img convert -O raw unpacks it)" },
	{ 0, 8, "vhdxfile", "a VHDX image (qemu-img convert -O raw unpacks it)" },
	{ 0, 8, "conectix", "a VHD image (qemu-img convert -O raw unpacks it)" },
	{ 0, 2, "\x1f\x8b", "a file compressed by gzip (unpack it first)" },
	{ 0, 6,
	  "\xfd"
	  "7zXZ",
	  "a file compressed by xz (unpack it first)" },
	{ 0, 4, "\x28\xb5\x2f\xfd", "a file compressed by zstd (unpack it first)" },
	{ 0, 3, "BZh", "a file compressed by bzip2 (unpack it first)" },
};

/* False also where the signature would lie beyond the volume, or can't be read. */
static bool has_signature(struct sector_reader *r, const struct volume *v,
			  const struct signature *s)
{
	const u8 *data;

	if (s->offset / SECTOR_SIZE >= v->sectors ||
	    sector_read(r, v->start + s->offset / SECTOR_SIZE, &data))
		return false;
	return !memcmp(data + s->offset % SECTOR_SIZE, s->bytes, s->len);
}

static bool starts_with_zeroes(struct sector_reader *r, const struct volume *v)
{
	u64 count = min(v->sectors, (u64)BLOCK_SECTORS);
	const u8 *data;

	for (u64 i = 0; i < count; i++) {
		if (sector_read(r, v->start + i, &data))
			return false;
		for (unsigned int k = 0; k < SECTOR_SIZE; k++)
			if (data[k])
				return false;
	}
	return true;
}

const char *volume_content(struct sector_reader *r, const struct volume *v)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(signatures); i++)
		if (has_signature(r, v, &signatures[i]))
			return signatures[i].name;
	return starts_with_zeroes(r, v) ? "nothing but zeroes" : NULL;
}
