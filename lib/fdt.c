// SPDX-License-Identifier: Apache-2.0
/* Walks from node to node of a flattened devicetree. */
#include "fdt_internal.h"
#include <lodge/errno.h>
#include <lodge/string.h>

u32 fdt_cell(const void *prop, unsigned int n)
{
	return fdt_load((const u8 *)prop + 4 * (size_t)n);
}

u32 fdt_total_size(const void *blob)
{
	return fdt_header(blob, HDR_TOTALSIZE);
}

int fdt_memreserve(const void *blob, unsigned int n, u64 *addr, u64 *size)
{
	u32 off = fdt_header(blob, HDR_OFF_RSVMAP), total = fdt_total_size(blob);

	for (; fdt_within(off, 16, total); off += 16, n--) {
		const u8 *entry = (const u8 *)blob + off;

		*addr = fdt_number(entry, 2);
		*size = fdt_number(entry + 8, 2);
		if (!*addr && !*size)
			break;
		if (!n)
			return 0;
	}
	return -ENOENT;
}

/* The next node at or behind @off, whatever its depth. */
static int node_from(const struct fdt_tree *t, u32 off)
{
	u32 next = 0;

	for (;; off = next) {
		switch (fdt_token(t, off, &next)) {
		case FDT_TOKEN_BEGIN_NODE:
			return (int)off;
		case FDT_TOKEN_END:
		case FDT_TOKEN_BAD:
			return -ENOENT;
		}
	}
}

int fdt_next_node(const void *blob, int node)
{
	struct fdt_tree t = fdt_tree_of(blob);
	u32 off = 0;

	if (node >= 0) {
		off = fdt_node_inside(&t, node);
		if (!off)
			return -ENOENT;
	}
	return node_from(&t, off);
}

void fdt_next_item(const void *blob, u32 *off, struct fdt_item *item)
{
	struct fdt_tree t = fdt_tree_of(blob);
	u32 at = *off;
	struct fdt_prop p;

	*item = (struct fdt_item){ .kind = FDT_ITEM_NONE };
	switch (fdt_token(&t, at, off)) {
	case FDT_TOKEN_BEGIN_NODE:
		item->kind = FDT_ITEM_NODE;
		item->name = (const char *)t.structs + at + 4;
		break;
	case FDT_TOKEN_PROP:
		p = fdt_prop_of(&t, at);
		item->kind = FDT_ITEM_PROP;
		item->name = p.name;
		item->data = t.structs + p.value;
		item->len = p.len;
		break;
	case FDT_TOKEN_END_NODE:
		item->kind = FDT_ITEM_NODE_END;
		break;
	case FDT_TOKEN_NOP:
		break;
	default:
		item->kind = FDT_ITEM_END;
		break;
	}
}

int fdt_root(const void *blob)
{
	return fdt_next_node(blob, -1);
}

/* Skips @depth ends of nodes, then takes what is a node on that level. */
static int node_behind(const struct fdt_tree *t, u32 off, int depth)
{
	u32 next = 0;

	for (;; off = next) {
		switch (fdt_token(t, off, &next)) {
		case FDT_TOKEN_BEGIN_NODE:
			if (!depth)
				return (int)off;
			depth++;
			break;
		case FDT_TOKEN_END_NODE:
			if (!depth)
				return -ENOENT;
			depth--;
			break;
		case FDT_TOKEN_END:
		case FDT_TOKEN_BAD:
			return -ENOENT;
		}
	}
}

int fdt_first_child(const void *blob, int node)
{
	struct fdt_tree t = fdt_tree_of(blob);
	u32 off = fdt_node_inside(&t, node);

	return off ? node_behind(&t, off, 0) : -ENOENT;
}

int fdt_next_sibling(const void *blob, int node)
{
	struct fdt_tree t = fdt_tree_of(blob);
	u32 off = fdt_node_inside(&t, node);

	return off ? node_behind(&t, off, 1) : -ENOENT;
}

unsigned int fdt_node_chain(const struct fdt_tree *t, int node, int chain[FDT_MAX_DEPTH])
{
	unsigned int depth = 0;
	u32 off = 0, next = 0;

	for (; node >= 0 && off <= (u32)node; off = next) {
		switch (fdt_token(t, off, &next)) {
		case FDT_TOKEN_BEGIN_NODE:
			if (depth == FDT_MAX_DEPTH)
				return 0;
			chain[depth++] = (int)off;
			if (off == (u32)node)
				return depth;
			break;
		case FDT_TOKEN_END_NODE:
			if (!depth--)
				return 0;
			break;
		case FDT_TOKEN_END:
		case FDT_TOKEN_BAD:
			return 0;
		}
	}
	return 0;
}

int fdt_parent(const void *blob, int node)
{
	struct fdt_tree t = fdt_tree_of(blob);
	int chain[FDT_MAX_DEPTH];
	unsigned int depth = fdt_node_chain(&t, node, chain);

	return depth >= 2 ? chain[depth - 2] : -ENOENT;
}

const char *fdt_node_name(const void *blob, int node)
{
	struct fdt_tree t = fdt_tree_of(blob);

	return fdt_node_inside(&t, node) ? (const char *)t.structs + node + 4 : "";
}

void fdt_node_path(const void *blob, int node, char *buf, size_t size)
{
	struct fdt_tree t = fdt_tree_of(blob);
	int chain[FDT_MAX_DEPTH];
	unsigned int depth = fdt_node_chain(&t, node, chain);
	size_t pos = 0;

	if (!size)
		return;
	if (depth == 1 && size > 1)
		buf[pos++] = '/';
	for (unsigned int i = 1; i < depth; i++) {
		const char *name = (const char *)t.structs + chain[i] + 4;
		size_t len = strlen(name);

		if (pos + 1 < size)
			buf[pos++] = '/';
		len = min(len, size - 1 - pos);
		memcpy(buf + pos, name, len);
		pos += len;
	}
	buf[pos] = '\0';
}

/* Whether the @len characters at @path name the node @name. */
static bool name_matches(const char *name, const char *path, size_t len)
{
	if (strncmp(name, path, len))
		return false;
	/* Without a unit address in the path, any will do. */
	return !name[len] || name[len] == '@';
}

static size_t component_len(const char *path)
{
	size_t n = 0;

	while (path[n] && path[n] != '/' && path[n] != ':')
		n++;
	return n;
}

static int find_below(const void *blob, int node, const char *path)
{
	while (node >= 0) {
		size_t len;
		int child;

		while (*path == '/')
			path++;
		len = component_len(path);
		if (!len)
			return node;
		fdt_for_each_subnode(child, blob, node)
			if (name_matches(fdt_node_name(blob, child), path, len))
				break;
		node = child;
		path += len;
	}
	return node;
}

bool fdt_path_is_ambiguous(const void *blob, const char *path)
{
	int node = fdt_root(blob), child, found;
	size_t len;

	for (; node >= 0; node = found, path += len) {
		while (*path == '/')
			path++;
		len = component_len(path);
		if (!len)
			return false;
		found = -ENOENT;
		fdt_for_each_subnode(child, blob, node) {
			if (!name_matches(fdt_node_name(blob, child), path, len))
				continue;
			if (found >= 0)
				return true;
			found = child;
		}
	}
	return false;
}

/* The node behind the alias at the start of @path, of @len characters. */
static int find_alias(const void *blob, const char *path, size_t len)
{
	int aliases = find_below(blob, fdt_root(blob), "aliases");
	const char *name, *target;
	u32 pos = 0, target_len;

	while ((target = fdt_prop_next(blob, aliases, &pos, &name, &target_len))) {
		if (strncmp(name, path, len) || name[len])
			continue;
		/* An alias is a full path: one of an alias could go in circles. */
		if (*target != '/' || !memchr(target, '\0', target_len))
			return -ENOENT;
		return find_below(blob, fdt_root(blob), target);
	}
	return -ENOENT;
}

int fdt_find_path(const void *blob, const char *path)
{
	size_t len = component_len(path);

	if (*path == '/')
		return find_below(blob, fdt_root(blob), path);
	return len ? find_below(blob, find_alias(blob, path, len), path + len) : -ENOENT;
}
