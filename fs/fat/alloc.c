// SPDX-License-Identifier: Apache-2.0
/*
 * Taking and giving back clusters. The disk sees each change in the order made
 * here (see struct cache_order), and at every point a chain only names clusters
 * that are its own: a chain is made from its end, and freed from its start.
 */
#include <lodge/errno.h>

#include "fat.h"

static void account(struct fat_fs *fat, s64 taken)
{
	fat->info_changed = true;
	if (fat->free == FAT_UNKNOWN)
		return;
	/* A count that proves wrong is better unknown. */
	if (taken > (s64)fat->free || (s64)fat->free - taken > (s64)fat->clusters)
		fat->free = FAT_UNKNOWN;
	else
		fat->free -= taken;
}

/* Free clusters at or after @from, else from the start on; -ENOSPC. */
static int find_run(struct fat_fs *fat, u32 from, u32 want, u32 *first, u32 *len)
{
	u32 end = fat->clusters + 2;
	int err;

	if (!fat_valid(fat, from))
		from = 2;
	err = fat_find_free(fat, from, end, want, first, len);
	if (!err && !*len)
		err = fat_find_free(fat, 2, from, want, first, len);
	if (!err && !*len)
		err = -ENOSPC;
	return err;
}

static int link_run(struct fat_fs *fat, u32 first, u32 len)
{
	int err = fat_set(fat, first + len - 1, FAT_EOC);

	for (u32 i = len - 1; i-- && !err;)
		err = fat_set(fat, first + i, first + i + 1);
	if (!err)
		account(fat, len);
	return err;
}

int fat_alloc(struct fat_fs *fat, u32 near, u32 want, u32 *head)
{
	u32 from = fat_valid(fat, near) ? near + 1 : fat->hint;
	u32 tail = FAT_EOC, first, len;
	int err = 0, ignored;

	if (want > fat->clusters)
		return -ENOSPC;
	*head = FAT_EOC;
	while (want && !err) {
		err = find_run(fat, from, want, &first, &len);
		if (!err)
			err = link_run(fat, first, len);
		if (!err && tail != FAT_EOC)
			err = fat_set(fat, tail, first);
		if (err)
			break;
		if (*head == FAT_EOC)
			*head = first;
		tail = first + len - 1;
		from = tail + 1;
		want -= len;
	}
	if (!err)
		fat->hint = from;
	if (err && *head != FAT_EOC) {
		/* If this fails too, clusters are lost, and nothing worse. */
		ignored = fat_free(fat, *head);
		(void)ignored;
	}
	return err;
}

int fat_free(struct fat_fs *fat, u32 head)
{
	while (head != FAT_EOC) {
		u32 next;
		int err = fat_get(fat, head, &next);

		/* Only another chain that meets this one can have freed it. */
		if (!err && next != FAT_EOC && !fat_valid(fat, next))
			err = -EUCLEAN;
		if (!err)
			err = fat_set(fat, head, 0);
		if (err)
			return err;
		account(fat, -1);
		fat->hint = min(fat->hint, head);
		head = next;
	}
	return 0;
}
