// SPDX-License-Identifier: Apache-2.0
/* Finding a place in a file's chain. */
#include <lodge/errno.h>
#include <lodge/string.h>

#include "fat.h"

void fat_seek_forget(struct fat_node *node)
{
	node->gen++;
	memset(node->mark, 0, sizeof(node->mark));
}

/* There is a mark for every cluster that @idx makes part of the file. */
static void marks_widen(struct fat_node *node, u32 idx)
{
	while (idx >> node->mark_shift >= FAT_MARKS) {
		for (unsigned int i = 0; i < FAT_MARKS; i++)
			node->mark[i] = i < FAT_MARKS / 2 ? node->mark[2 * i] : 0;
		node->mark_shift++;
	}
}

/* Clusters @clus .. are numbers @idx .. @idx + @len - 1. */
static void marks_learn(struct fat_node *node, u32 idx, u32 clus, u32 len)
{
	u32 k = (idx + (1u << node->mark_shift) - 1) >> node->mark_shift;

	for (; k < FAT_MARKS && (k << node->mark_shift) - idx < len; k++)
		node->mark[k] = clus + (k << node->mark_shift) - idx;
}

/* The file's place becomes the best that is known at or before @idx. */
static void seek_start(struct fat_file *f, u32 idx)
{
	struct fat_node *node = f->node;
	u32 k = idx >> node->mark_shift;

	while (k && !node->mark[k])
		k--;
	/* The place that the file is at leads on at least as far. */
	if (f->run && f->gen == node->gen && f->idx <= idx &&
	    f->idx + f->run > k << node->mark_shift)
		return;
	f->gen = node->gen;
	f->idx = k << node->mark_shift;
	f->clus = k ? node->mark[k] : node->first;
	f->run = 0;
}

int fat_seek(struct fat_fs *fat, struct fat_file *f, u32 idx)
{
	int err = 0;

	if (f->run && f->gen == f->node->gen && idx - f->idx < f->run)
		return 0;
	marks_widen(f->node, idx);
	seek_start(f, idx);
	/* Not met yet, or where the file ended then: it may have grown. */
	if (!f->run || f->next == FAT_EOC)
		err = fat_run(fat, f->clus, &f->run, &f->next);
	while (!err) {
		marks_learn(f->node, f->idx, f->clus, f->run);
		if (idx - f->idx < f->run)
			return 0;
		if (f->next == FAT_EOC) {
			err = -EUCLEAN; /* shorter than the file's size says */
			break;
		}
		f->idx += f->run;
		f->clus = f->next;
		err = fat_run(fat, f->clus, &f->run, &f->next);
	}
	f->run = 0;
	return err;
}
