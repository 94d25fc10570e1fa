/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FUZZ_TREE_H
#define FUZZ_TREE_H

#include <lodge/fdt.h>
#include "fuzz.h"

/**
 * struct fuzz_tree - how a tree is made of bytes
 * @depth:	of nodes, at most
 * @put:	a property, for an op of 0x40 and more
 * @name:	of a node, for an op below 0x20, or one that would end the root
 *
 * An op of 0x20 ends a node. The functions may take more bytes.
 */
struct fuzz_tree {
	unsigned int depth;
	void (*put)(struct fdt_writer *w, struct fuzz *in, u8 op);
	const char *(*name)(struct fuzz *in, u8 op);
};

/* Return: bytes of a tree in @buf; 0 for what can't be one. */
static inline size_t fuzz_tree(const struct fuzz_tree *t, struct fuzz *in, void *buf, size_t room)
{
	static struct fdt_writer w;
	unsigned int depth = 1;
	int size;

	fdtw_begin(&w, buf, room);
	fdtw_node(&w, "");
	while (in->left) {
		u8 op = fuzz_u8(in);

		if (op & 0xc0) {
			t->put(&w, in, op);
		} else if (op & 0x20 && depth > 1) {
			fdtw_end_node(&w);
			depth--;
		} else if (depth < t->depth) {
			fdtw_node(&w, t->name(in, op));
			depth++;
		}
	}
	while (depth--)
		fdtw_end_node(&w);
	size = fdtw_finish(&w);
	return size < 0 ? 0 : (size_t)size;
}

#endif
