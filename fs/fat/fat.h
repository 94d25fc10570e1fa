/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FS_FAT_H
#define FS_FAT_H

/*
 * FAT12, FAT16 and FAT32 with long names, after Microsoft's "FAT: General
 * Overview of On-Disk Format", version 1.03.
 */
#include <lodge/le.h>
#include <lodge/list.h>

#include "../bio.h"
#include "../cache.h"
#include "../fs_internal.h"
#include "../volume.h"

#define FAT_INFLIGHT	 6u /* data requests under way */
#define FAT_BOUNCE	 8192u
#define FAT_MAX_SIZE	 0xffffffffu /* of a file */
#define FAT_SLOT	 32u	     /* bytes of a directory entry */
#define FAT_SECTOR_SLOTS (SECTOR_SIZE / FAT_SLOT)
#define FAT_MAX_SLOTS	 65536u /* a directory is at most 2 MiB */
#define FAT_NAME_UNITS	 255u
#define FAT_LFN_UNITS	 13u	 /* of a name, in one slot */
#define FAT_DATE	 0x0021u /* 1 January 1980: the host has no calendar */

#define FAT_ROOT    0u		/* the root directory, wherever it starts */
#define FAT_EOC	    0xffffffffu /* what follows the last cluster of a chain */
#define FAT_UNKNOWN 0xffffffffu

#define FAT_ATTR_READ_ONLY 0x01u
#define FAT_ATTR_HIDDEN	   0x02u
#define FAT_ATTR_VOLUME	   0x08u
#define FAT_ATTR_DIR	   0x10u
#define FAT_ATTR_ARCHIVE   0x20u
#define FAT_ATTR_LONG	   0x0fu

/* Offsets in a directory entry. */
#define DE_ATTR	      11
#define DE_CASE	      12
#define DE_CTIME      14
#define DE_CDATE      16
#define DE_ADATE      18
#define DE_CLUSTER_HI 20
#define DE_TIME	      22
#define DE_DATE	      24
#define DE_CLUSTER_LO 26
#define DE_SIZE	      28
#define DE_DELETED    0xe5

struct fat_name {
	u16 ch[FAT_NAME_UNITS + 1]; /* UTF-16 */
	unsigned int len;
};

struct fat_fs {
	struct fs fs;
	struct block_request *rqs;
	struct bio io, sync;	/* data; everything through a cache */
	struct cache fat, meta; /* the FAT; any sector of the disk */
	struct cache_order order;
	unsigned int bits;  /* 12, 16, 32 */
	u32 clusters;	    /* numbers 2 .. clusters + 1 are valid */
	unsigned int shift; /* log2 of the bytes in a cluster */
	u64 data_start;	    /* sector of cluster 2 */
	u64 root_start;	    /* FAT12, FAT16 */
	u32 root_slots;
	u32 root_cluster; /* FAT32 */
	u64 info_sector;  /* FSInfo, 0 for none */
	bool info_changed;
	u32 free; /* clusters, FAT_UNKNOWN until somebody asks */
	u32 hint; /* where a free one may be */
	char label[12];
	struct list nodes;    /* what is open */
	u8 *bounce;	      /* FAT_BOUNCE bytes */
	struct fat_name want; /* the name that is looked for or made */
	struct fat_name name; /* of the entry last read from a directory */
};

/*
 * A file that is open at least once.
 *
 * Every cluster whose number in the chain is a multiple of 1 << @mark_shift is
 * kept in @mark (0: not met yet), so that a jump does not begin at the start.
 */
#define FAT_MARKS 64u

struct fat_node {
	struct list link;
	unsigned int users;
	u64 pos; /* of its directory entry: bytes from the disk's start */
	u32 first;
	u32 size;
	u32 gen; /* changes when clusters are taken from the chain */
	unsigned int mark_shift;
	u32 mark[FAT_MARKS];
};

/* @idx .. @idx + @run - 1 of the chain are clusters @clus .. ; then comes @next. */
struct fat_file {
	struct file file;
	struct fat_node *node;
	u32 gen, idx, clus, run, next;
};

/* A place in a directory. */
struct fat_iter {
	struct fat_fs *fat;
	u32 dir;
	u32 slot;
	u32 idx, clus; /* cluster number idx of the chain is clus */
	u64 sector;    /* of the slot last got */
};

struct fat_entry {
	u8 raw[FAT_SLOT];
	u64 pos;	    /* of the short entry: bytes from the disk's start */
	u32 slot, nr_slots; /* with the long name's, which come first */
};

static inline struct fat_fs *to_fat(struct fs *fs)
{
	return container_of(fs, struct fat_fs, fs);
}

static inline bool fat_valid(const struct fat_fs *fat, u32 clus)
{
	return clus >= 2 && clus - 2 < fat->clusters;
}

static inline u64 fat_sector(const struct fat_fs *fat, u32 clus)
{
	return fat->data_start + ((u64)(clus - 2) << (fat->shift - 9));
}

static inline u32 fat_clusters_for(const struct fat_fs *fat, u64 bytes)
{
	return (bytes + (1ull << fat->shift) - 1) >> fat->shift;
}

/* mount.c */
/* -ENODEV: @v does not begin with a FAT boot sector; -EUCLEAN: it does, but makes no
 * sense; -EOPNOTSUPP: its sectors are smaller than the disk's blocks. */
__must_check int fat_mount(const struct volume *v, struct fs **out);
void fat_unmount(struct fs *fs);
/* Everything changed is on the disk; @err, or the first error. Ends what changes something. */
int fat_commit(struct fat_fs *fat, int err);

/* table.c: one entry and chains. All check what they read: -EUCLEAN. */
__must_check int fat_get(struct fat_fs *fat, u32 clus, u32 *val);
__must_check int fat_set(struct fat_fs *fat, u32 clus, u32 val);
/* How many clusters from @clus on follow each other (at least 1), and what comes after. */
__must_check int fat_run(struct fat_fs *fat, u32 clus, u32 *len, u32 *next);
/* *@clus becomes the @n-th after it, or FAT_EOC; *@n what was left of it then. */
__must_check int fat_walk(struct fat_fs *fat, u32 *clus, u32 *n);
/* Of at most @max clusters: how many the chain has, and the last one counted. */
__must_check int fat_measure(struct fat_fs *fat, u32 clus, u32 max, u32 *count, u32 *last);
/* Free clusters in [from, end): the first, and how many follow, up to @max; 0 for none. */
__must_check int fat_find_free(struct fat_fs *fat, u32 from, u32 end, u32 max, u32 *first,
			       u32 *len);
__must_check int fat_count_free(struct fat_fs *fat, u32 *count);

/* alloc.c */
/* A chain of @want clusters that nothing points at yet, best right after @near (0: anywhere). */
__must_check int fat_alloc(struct fat_fs *fat, u32 near, u32 want, u32 *head);
/* All of a chain that nothing points at any more, and that fat_measure() found whole. */
__must_check int fat_free(struct fat_fs *fat, u32 head);

/* name.c */
__must_check int fat_name_from_utf8(struct fat_name *n, const char *s, size_t len);
/* The length, or -ENAMETOOLONG. */
__must_check int fat_name_to_utf8(const struct fat_name *n, char *out, size_t size);
bool fat_name_equal(const struct fat_name *a, const struct fat_name *b);
bool fat_name_legal(const struct fat_name *n);
u8 fat_checksum(const u8 *short_name);
/* One slot of a long name; @seq from 1. */
void fat_lfn_pack(u8 *raw, const struct fat_name *n, unsigned int seq, u8 sum);
void fat_lfn_unpack(const u8 *raw, u16 *ch);

/* shortname.c */
void fat_short_to_name(const u8 *raw, struct fat_name *n);
/* A short name for @n that is free in @dir; *@plain: it says all that @n says. */
__must_check int fat_short_make(struct fat_fs *fat, u32 dir, const struct fat_name *n, u8 *out,
				bool *plain);

/* dir.c */
void fat_iter_init(struct fat_iter *it, struct fat_fs *fat, u32 dir, u32 slot);
/* The slot at it->slot; -ENOENT beyond the end of what the directory has. */
__must_check int fat_iter_get(struct fat_iter *it, u8 **raw);
/* The next entry that is not free, a volume label or "." or ".."; its name is in fat->name. */
__must_check int fat_dir_next(struct fat_iter *it, struct fat_entry *e);
/* fat->want in @dir. */
__must_check int fat_dir_find(struct fat_fs *fat, u32 dir, struct fat_entry *e);
__must_check int fat_dir_empty(struct fat_fs *fat, u32 dir);
__must_check int fat_dir_label(struct fat_fs *fat, char *label);
__must_check int fat_entry_cluster(struct fat_fs *fat, const struct fat_entry *e, u32 *clus);

/* date.c */
/* Nanoseconds since 1970 as a date and a time; 1 January 1980 for what has none. */
void fat_date(u64 ns, u16 *date, u16 *time);
/* The entry's content changes now, or it comes into being. */
void fat_touch(u8 *raw, bool created);

/* dir_edit.c */
/* @nr free slots in a row; the directory grows if it must. */
__must_check int fat_dir_reserve(struct fat_fs *fat, u32 dir, u32 nr, u32 *slot);
/* Entry @e (with its slots, attributes, ...) named fat->want into reserved slots; sets e->pos. */
__must_check int fat_dir_write(struct fat_fs *fat, u32 dir, struct fat_entry *e);
/* Make an entry for fat->want: names and reserves, then as fat_dir_write(). */
__must_check int fat_dir_prepare(struct fat_fs *fat, u32 dir, struct fat_entry *e);
__must_check int fat_dir_remove(struct fat_fs *fat, u32 dir, const struct fat_entry *e);
/* A new directory's first cluster, with "." and ".."; @parent as '..' has it. */
__must_check int fat_dir_create(struct fat_fs *fat, u32 parent, u32 *clus);
/* The ".." entry of @dir; -EUCLEAN without one. */
__must_check int fat_dir_parent(struct fat_fs *fat, u32 dir, u8 **dotdot);
__must_check int fat_dir_set_parent(struct fat_fs *fat, u32 dir, u32 parent);
void fat_entry_init(struct fat_entry *e, u8 attr, u32 clus);
void fat_entry_set(u8 *raw, u32 clus, u32 size);
__must_check int fat_zero(struct fat_fs *fat, u64 sector, u64 count);

/* seek.c */
/* Set the file's place to the run of clusters that has number @idx of its chain. */
__must_check int fat_seek(struct fat_fs *fat, struct fat_file *f, u32 idx);
/* The chain has lost clusters. */
void fat_seek_forget(struct fat_node *node);

/* data.c */
u64 fat_file_size(const struct file *f);
int fat_read(struct file *f, u64 off, void *buf, size_t len);
int fat_write(struct file *f, u64 off, const void *buf, size_t len);
int fat_read_segs(struct file *f, u64 off, const struct block_seg *segs, u64 len);
int fat_write_segs(struct file *f, u64 off, const struct block_seg *segs, u64 len);
int fat_truncate(struct file *f, u64 size);

/* namei.c */
extern const struct fs_ops fat_ops;

#endif
