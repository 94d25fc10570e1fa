// SPDX-License-Identifier: Apache-2.0
/* What files contain. */
#include <asm/layout.h>
#include <lodge/errno.h>
#include <lodge/string.h>

#include "fat.h"

/* A place in a list of pieces of host memory. */
struct cursor {
	const struct block_seg *seg;
	u32 used;
};

static struct fat_file *to_fat_file(struct file *f)
{
	return container_of(f, struct fat_file, file);
}

static u32 cursor_piece(struct cursor *c)
{
	while (c->used == c->seg->len) {
		c->seg++;
		c->used = 0;
	}
	return c->seg->len - c->used;
}

static void cursor_copy(struct cursor *c, u8 *data, u32 len, bool write)
{
	while (len) {
		u32 n = min(len, cursor_piece(c));
		u8 *mem = (u8 *)hpa_to_kva(c->seg->addr) + c->used;

		if (write)
			memcpy(data, mem, n);
		else
			memcpy(mem, data, n);
		c->used += n;
		data += n;
		len -= n;
	}
}

/* Part of a disk's block, within a sector; or a sector in more than one piece of memory. */
static int io_partial(struct fat_fs *fat, u64 pos, u32 len, struct cursor *c, bool write)
{
	u64 sector = pos / SECTOR_SIZE;
	u8 *data;
	int err;

	if (write) {
		/* The cache reads whole blocks, and must not see sectors half written. */
		err = bio_finish(&fat->io);
		bio_start(&fat->io, true);
		if (err)
			return err;
	}
	err = cache_get(&fat->meta, sector, &data);
	if (err)
		return err;
	cursor_copy(c, data + pos % SECTOR_SIZE, len, write);
	return write ? cache_dirty(&fat->meta, sector) : 0;
}

/* @len bytes at @pos of the disk. */
static int io_run(struct fat_fs *fat, u64 pos, u64 len, struct cursor *c, bool write)
{
	u32 unit = fat->fs.dev->block_size;
	int err = 0;

	while (len && !err) {
		u64 n = min(len, (u64)cursor_piece(c));

		if (pos % unit || n < unit) {
			n = min(len, (u64)(SECTOR_SIZE - pos % SECTOR_SIZE));
			err = io_partial(fat, pos, n, c, write);
		} else {
			n = ALIGN_DOWN(n, unit);
			if (write)
				err = cache_forget(&fat->meta, pos / SECTOR_SIZE, n / SECTOR_SIZE);
			bio_add(&fat->io, pos / SECTOR_SIZE, hpa(c->seg->addr.v + c->used), n);
			c->used += n;
		}
		pos += n;
		len -= n;
	}
	return err;
}

static int file_io(struct fat_file *f, u64 off, struct cursor *c, u64 len, bool write)
{
	struct fat_fs *fat = to_fat(f->file.fs);
	int err = 0, end;

	bio_start(&fat->io, write);
	while (len && !err && !fat->io.error) {
		u64 in, n;

		err = fat_seek(fat, f, off >> fat->shift);
		if (err)
			break;
		in = off - ((u64)f->idx << fat->shift);
		n = min(len, ((u64)f->run << fat->shift) - in);
		err = io_run(fat, fat_sector(fat, f->clus) * SECTOR_SIZE + in, n, c, write);
		off += n;
		len -= n;
	}
	end = bio_finish(&fat->io);
	return err ? err : end;
}

/* Through the bounce buffer: @buf may be where no device can reach; NULL writes zeroes. */
static int file_copy(struct fat_file *f, u64 off, u8 *buf, u64 len, bool write)
{
	struct fat_fs *fat = to_fat(f->file.fs);
	int err = 0;

	if (!buf)
		memset(fat->bounce, 0, FAT_BOUNCE);
	while (len && !err) {
		/* All chunks but the first begin with a block of the disk. */
		u32 n = min(len, (u64)(FAT_BOUNCE - off % fat->fs.dev->block_size));
		struct block_seg seg = { .addr = kva_to_hpa(fat->bounce), .len = n };
		struct cursor c = { .seg = &seg };

		if (write && buf)
			memcpy(fat->bounce, buf, n);
		err = file_io(f, off, &c, n, write);
		if (!write && !err)
			memcpy(buf, fat->bounce, n);
		if (buf)
			buf += n;
		off += n;
		len -= n;
	}
	return err;
}

static int node_write(struct fat_fs *fat, const struct fat_node *node)
{
	u8 *raw;
	int err = cache_get(&fat->meta, node->pos / SECTOR_SIZE, &raw);

	if (err)
		return err;
	raw += node->pos % SECTOR_SIZE;
	fat_entry_set(raw, node->first, node->size);
	raw[DE_ATTR] |= FAT_ATTR_ARCHIVE;
	fat_touch(raw, false);
	return cache_dirty(&fat->meta, node->pos / SECTOR_SIZE);
}

/* The chain gets clusters for @size bytes; the directory does not know yet. */
static int file_grow(struct fat_file *f, u64 size)
{
	struct fat_fs *fat = to_fat(f->file.fs);
	struct fat_node *node = f->node;
	u32 need = fat_clusters_for(fat, size), have = 0, from = node->first;
	u32 last = 0, head;
	u32 count;
	int err;

	if (node->size) {
		have = (node->size - 1) >> fat->shift;
		err = fat_seek(fat, f, have);
		if (err)
			return err;
		from = f->clus + (have - f->idx);
	}
	/* A stop between growing and telling the directory leaves clusters that do for now. */
	if (from) {
		err = fat_measure(fat, from, need - have, &count, &last);
		if (err)
			return err;
		have += count;
	}
	if (have >= need)
		return 0;
	err = fat_alloc(fat, last, need - have, &head);
	if (err)
		return err;
	if (from)
		return fat_set(fat, last, head);
	node->first = head;
	return 0;
}

/* What lies behind the first @keep clusters; @head is FAT_EOC when there is nothing. */
static int chain_split(struct fat_fs *fat, u32 first, u32 keep, u32 *tail, u32 *head)
{
	u32 n = keep - 1, count, last;
	int err;

	*head = first ? first : FAT_EOC;
	*tail = first;
	if (first && keep) {
		err = fat_walk(fat, tail, &n);
		if (!err && *tail == FAT_EOC)
			err = -EUCLEAN;
		if (!err)
			err = fat_get(fat, *tail, head);
		if (err)
			return err;
	}
	if (*head == FAT_EOC)
		return 0;
	/* Nothing is freed of a chain that is not whole. */
	return fat_measure(fat, *head, FAT_EOC, &count, &last);
}

/* Give the clusters back that the size does not need. */
static int file_cut(struct fat_file *f, u32 size, bool tell)
{
	struct fat_fs *fat = to_fat(f->file.fs);
	struct fat_node *node = f->node;
	u32 keep = fat_clusters_for(fat, size), tail, head;
	int err = chain_split(fat, node->first, keep, &tail, &head);

	if (err)
		return err;
	fat_seek_forget(node);
	node->size = size;
	if (!keep)
		node->first = 0;
	if (tell)
		err = node_write(fat, node);
	if (!err && keep && head != FAT_EOC)
		err = fat_set(fat, tail, FAT_EOC);
	return err ? err : fat_free(fat, head);
}

/* [off, off + len) gets clusters, and zeroes before it where the file did not reach. */
static int write_begin(struct fat_file *f, u64 off, u64 len)
{
	u32 size = f->node->size;
	int err = 0;

	if (off > FAT_MAX_SIZE || len > FAT_MAX_SIZE - off)
		return -EFBIG;
	if (off + len > size)
		err = file_grow(f, off + len);
	if (!err && off > size)
		err = file_copy(f, size, NULL, off - size, true);
	return err;
}

static int write_end(struct fat_file *f, u64 end, int err)
{
	struct fat_fs *fat = to_fat(f->file.fs);
	struct fat_node *node = f->node;
	int ignored;

	if (!err && end > node->size) {
		node->size = end;
		err = node_write(fat, node);
	} else if (err && end > node->size) {
		/* If this fails too, clusters are lost, and nothing worse. */
		ignored = file_cut(f, node->size, false);
		(void)ignored;
	}
	return fat_commit(fat, err);
}

u64 fat_file_size(const struct file *f)
{
	return container_of(f, const struct fat_file, file)->node->size;
}

int fat_read(struct file *f, u64 off, void *buf, size_t len)
{
	return file_copy(to_fat_file(f), off, buf, len, false);
}

int fat_write(struct file *f, u64 off, const void *buf, size_t len)
{
	struct fat_file *ff = to_fat_file(f);
	int err = write_begin(ff, off, len);

	if (!err)
		err = file_copy(ff, off, (void *)buf, len, true);
	return write_end(ff, off + len, err);
}

int fat_read_segs(struct file *f, u64 off, const struct block_seg *segs, u64 len)
{
	struct cursor c = { .seg = segs };

	return file_io(to_fat_file(f), off, &c, len, false);
}

int fat_write_segs(struct file *f, u64 off, const struct block_seg *segs, u64 len)
{
	struct fat_file *ff = to_fat_file(f);
	struct cursor c = { .seg = segs };
	int err = write_begin(ff, off, len);

	if (!err)
		err = file_io(ff, off, &c, len, true);
	return write_end(ff, off + len, err);
}

int fat_truncate(struct file *f, u64 size)
{
	struct fat_file *ff = to_fat_file(f);
	u32 old = ff->node->size;
	int err;

	if (size > old) {
		err = write_begin(ff, size, 0);
		return write_end(ff, size, err);
	}
	err = file_cut(ff, size, size != old || !size);
	return fat_commit(to_fat(f->fs), err);
}
