/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_FDT_H
#define LODGE_FDT_H

#include <lodge/types.h>

/*
 * Flattened devicetrees (Devicetree Specification 0.4, chapter 5): a reader that
 * trusts nothing and a writer. A node is its offset in the structure block;
 * negative numbers are -errno.
 */

#define FDT_MAX_DEPTH 32
#define FDT_MAX_NAME  256 /* of a node, with its end; 2.2.1 has 31 characters and a unit address */

/**
 * fdt_check() - whether a blob is a whole, well-formed tree
 * @blob: aligned to 8 bytes, of which @size may be read
 *
 * Every token is walked, every offset is within, properties come before subnodes,
 * nodes are nested FDT_MAX_DEPTH deep at most. Takes time linear in @size. The other
 * readers need a blob that passed.
 * Return: 0 or -EINVAL.
 */
__must_check int fdt_check(const void *blob, size_t size);
/** fdt_check_pausing() - the same; calls @pause, if not NULL, once in some thousand instructions. */
__must_check int fdt_check_pausing(const void *blob, size_t size, void (*pause)(void));
/** fdt_total_size() - bytes of the blob, by its header. */
u32 fdt_total_size(const void *blob);

/* Nodes: >= 0, or -ENOENT. Each of these is one walk over what it passes. */

/** fdt_root() - the root. */
int fdt_root(const void *blob);
/** fdt_first_child() - the first subnode. */
int fdt_first_child(const void *blob, int node);
/** fdt_next_sibling() - the next node with the same parent. */
int fdt_next_sibling(const void *blob, int node);
/** fdt_next_node() - the node after @node (-1 to start), depth-first over the whole tree. */
int fdt_next_node(const void *blob, int node);
/** fdt_parent() - the node that @node is in; -ENOENT for the root. */
int fdt_parent(const void *blob, int node);
/** fdt_find_phandle() - the node with this phandle. */
int fdt_find_phandle(const void *blob, u32 phandle);
/**
 * fdt_find_compatible() - next node after @from (-1 to start) whose compatible list has
 * @compatible.
 */
int fdt_find_compatible(const void *blob, int from, const char *compatible);

/**
 * fdt_find_path() - the node that a path names
 * @path: "/soc/serial@10000000", or the name of an alias with or without a path behind
 *	  it; a ':' ends it, as in stdout-path. A unit address may be left out: then the first
 *	  node of that name is meant.
 */
int fdt_find_path(const void *blob, const char *path);
/** fdt_path_is_ambiguous() - a part of @path, a full one, without unit address is the name of several nodes. */
bool fdt_path_is_ambiguous(const void *blob, const char *path);

#undef fdt_for_each_subnode
#define fdt_for_each_node(node, blob) \
	for (node = fdt_next_node(blob, -1); node >= 0; node = fdt_next_node(blob, node))
#define fdt_for_each_subnode(node, blob, parent) \
	for (node = fdt_first_child(blob, parent); node >= 0; node = fdt_next_sibling(blob, node))

/** fdt_node_name() - its name, with the unit address; "" for the root. */
const char *fdt_node_name(const void *blob, int node);
/** fdt_node_path() - the full path of @node in @buf, cut to @size. */
void fdt_node_path(const void *blob, int node, char *buf, size_t size);
/** fdt_node_is() - whether its compatible list has @compatible. */
bool fdt_node_is(const void *blob, int node, const char *compatible);
/** fdt_node_enabled() - by its status property; without one it is. */
bool fdt_node_enabled(const void *blob, int node);

enum fdt_item_kind { FDT_ITEM_NONE, FDT_ITEM_NODE, FDT_ITEM_PROP, FDT_ITEM_NODE_END, FDT_ITEM_END };

/**
 * struct fdt_item - a token of the structure block
 * @kind: FDT_ITEM_NONE is a token that means nothing; nothing follows FDT_ITEM_END
 * @name: of a node or property; the latter has @len bytes at @data
 */
struct fdt_item {
	enum fdt_item_kind kind;
	const char *name;
	const void *data;
	u32 len;
};

/**
 * fdt_next_item() - the token at *@off, which moves behind it
 * From 0 on all of a tree, from a node on that node and all behind. Each call is one step: for
 * walks in which others must have their turn.
 */
void fdt_next_item(const void *blob, u32 *off, struct fdt_item *item);

/* Properties: NULL or -ENOENT when there is none. @len may be NULL. */

/** fdt_prop() - the value of property @name, of *@len bytes. */
const void *fdt_prop(const void *blob, int node, const char *name, u32 *len);
/** fdt_prop_at() - @n-th property of a node; NULL after the last. */
const void *fdt_prop_at(const void *blob, int node, unsigned int n, const char **name, u32 *len);
/**
 * fdt_prop_next() - to go through all: start with *@pos 0, until NULL; linear, unlike
 * fdt_prop_at().
 */
const void *fdt_prop_next(const void *blob, int node, u32 *pos, const char **name, u32 *len);
/** fdt_prop_u32() - one cell, as a number; -EINVAL if it is not of one. */
__must_check int fdt_prop_u32(const void *blob, int node, const char *name, u32 *out);
/** fdt_prop_u64() - one or two cells, as a number; -EINVAL. */
__must_check int fdt_prop_u64(const void *blob, int node, const char *name, u64 *out);
/** fdt_prop_string() - a string that ends within the property; else NULL. */
const char *fdt_prop_string(const void *blob, int node, const char *name);
/** fdt_prop_string_at() - @n-th string of a list; NULL after the last. */
const char *fdt_prop_string_at(const void *blob, int node, const char *name, unsigned int n);
/** fdt_cell() - @n-th big-endian cell of a property, which has so many. */
u32 fdt_cell(const void *prop, unsigned int n);

/**
 * fdt_reg() - where a node's registers or memory are
 * @n:	  which pair of reg; its cells are counted by the parent's #address-cells and
 *	  #size-cells
 * @addr: as the root sees it: translated through the ranges of every bus above. An address
 *	  without a size (#size-cells is 0) is an id, and is not translated.
 *
 * Return: 0, -ENOENT after the last, -EINVAL if it can't be told (more than two cells, a
 * wrapping range, a bus whose ranges do not have all of it).
 */
__must_check int fdt_reg(const void *blob, int node, unsigned int n, u64 *addr, u64 *size);

#define FDT_IRQ_MAX_CELLS 4

/**
 * struct fdt_irq - an interrupt that a node tells of
 * @controller: phandle of its controller
 * @cells: the specifier, of @nr cells
 */
struct fdt_irq {
	u32 controller;
	unsigned int nr;
	u32 cells[FDT_IRQ_MAX_CELLS];
};

/* The controller that was last looked for, so that it is not looked for again; zeroed at first. */
struct fdt_irq_parent {
	const void *blob;
	u32 phandle, cells;
};

/**
 * fdt_irq() - the @n-th interrupt of @node
 *
 * Of "interrupts", with the inherited interrupt-parent or a controller or map that the node is
 * below, or of "interrupts-extended".
 * Return: 0, -ENOENT when there is none, -EINVAL when it can't be understood.
 */
__must_check int fdt_irq(const void *blob, int node, unsigned int n, struct fdt_irq_parent *last,
			 struct fdt_irq *irq);

/** fdt_memreserve() - @n-th entry of the memory reservation block; -ENOENT after the last. */
__must_check int fdt_memreserve(const void *blob, unsigned int n, u64 *addr, u64 *size);

#define FDTW_MAX_STRINGS 128

/**
 * struct fdt_writer - a tree being written
 * @buf, @size:	where the tree goes; aligned to 8 bytes if it shall be read in place
 * @error:	the first that happened; errors stick, only fdtw_finish() reports them
 *
 * The rest is the writer's own: end of the structure block so far, nodes that are
 * open, whether a property may come now, names of properties and where each starts.
 */
struct fdt_writer {
	u8 *buf;
	size_t size;
	int error;
	size_t struct_off, strings_len;
	unsigned int depth;
	unsigned int nr_strings;
	bool has_root;
	bool props_allowed;
	u16 string_off[FDTW_MAX_STRINGS];
	char strings[2048];
	u32 phandle; /* last that fdtw_phandle() gave out */
};

/** fdtw_begin() - start a tree in the @size bytes at @buf. */
void fdtw_begin(struct fdt_writer *w, void *buf, size_t size);
/** fdtw_node() - open a node; the first is the root, "". Properties come before subnodes. */
void fdtw_node(struct fdt_writer *w, const char *name);
/** fdtw_nodef() - the same with a formatted name. */
__printf(2, 3) void fdtw_nodef(struct fdt_writer *w, const char *fmt, ...);
/** fdtw_end_node() - close the node that was opened last. */
void fdtw_end_node(struct fdt_writer *w);
/** fdtw_prop() - a property of the @len bytes at @val. */
void fdtw_prop(struct fdt_writer *w, const char *name, const void *val, u32 len);
/**
 * fdtw_prop_copy() - the same
 * Return: where it is, for fdtw_set_cell(); NULL if the tree is full.
 */
u8 *fdtw_prop_copy(struct fdt_writer *w, const char *name, const void *val, u32 len);
/** fdtw_set_cell() - change the @n-th cell of a property, which has so many; @prop may be NULL. */
void fdtw_set_cell(u8 *prop, unsigned int n, u32 v);
/** fdtw_empty() - a property whose being there is all. */
void fdtw_empty(struct fdt_writer *w, const char *name);
/** fdtw_u32() - a property of one cell. */
void fdtw_u32(struct fdt_writer *w, const char *name, u32 v);
/** fdtw_u64() - a property of two cells. */
void fdtw_u64(struct fdt_writer *w, const char *name, u64 v);
/** fdtw_string() - a property of one string. */
void fdtw_string(struct fdt_writer *w, const char *name, const char *s);
/** fdtw_cells() - a property of @n cells, given in host byte order. */
void fdtw_cells(struct fdt_writer *w, const char *name, const u32 *cells, unsigned int n);
/** fdtw_reg() - one (address, size) pair of two cells each. */
void fdtw_reg(struct fdt_writer *w, u64 addr, u64 size);
/** fdtw_phandle() - gives the open node a phandle that no other has, and returns it. */
u32 fdtw_phandle(struct fdt_writer *w);
/** fdtw_finish() - the size of the finished tree, or -ENOSPC, -EINVAL. */
__must_check int fdtw_finish(struct fdt_writer *w);

#endif
