/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_FDT_H
#define LODGE_FDT_H

#include <lodge/types.h>

/*
 * Flattened devicetrees (Devicetree Specification 0.4, chapter 5): a reader that
 * trusts nothing and a writer. A node is its offset in the structure block;
 * negative numbers are -errno.
 */

/** fdt_check() - whether @blob, of which @size bytes may be read, is a whole,
 * well-formed tree (every token walked, every offset within). Return: 0 or
 * -EINVAL. The other readers need a blob that passed. */
__must_check int fdt_check(const void *blob, size_t size);
u32 fdt_total_size(const void *blob);

/* Nodes: >= 0, or -ENOENT. */
int fdt_root(const void *blob);
int fdt_first_child(const void *blob, int node);
int fdt_next_sibling(const void *blob, int node);
/* Depth-first over the whole tree; @node -1 to start. */
int fdt_next_node(const void *blob, int node);
int fdt_parent(const void *blob, int node);
int fdt_find_path(const void *blob, const char *path); /* unit address may be left out */
int fdt_find_phandle(const void *blob, u32 phandle);
/* Next node after @from (-1 to start) whose compatible list has @compatible. */
int fdt_find_compatible(const void *blob, int from, const char *compatible);

const char *fdt_node_name(const void *blob, int node);
/* The full path of @node in @buf, cut to @size. */
void fdt_node_path(const void *blob, int node, char *buf, size_t size);
bool fdt_node_is(const void *blob, int node, const char *compatible);
bool fdt_node_enabled(const void *blob, int node); /* by its status property */

/* Properties: NULL or -ENOENT when there is none. */
const void *fdt_prop(const void *blob, int node, const char *name, u32 *len);
/* n-th property of a node, to enumerate; NULL after the last. */
const void *fdt_prop_at(const void *blob, int node, unsigned int n, const char **name, u32 *len);
__must_check int fdt_prop_u32(const void *blob, int node, const char *name, u32 *out);
/* One or two cells, as a number. */
__must_check int fdt_prop_u64(const void *blob, int node, const char *name, u64 *out);
/* A string that ends within the property; else NULL. */
const char *fdt_prop_string(const void *blob, int node, const char *name);
/* n-th string of a list; NULL after the last. */
const char *fdt_prop_string_at(const void *blob, int node, const char *name, unsigned int n);
u32 fdt_cell(const void *prop, unsigned int n); /* n-th big-endian cell of a property */

/* n-th (address, size) of reg, by the parent's #address-cells and #size-cells, and
 * translated through every ranges up to the root. -ENOENT after the last, -EINVAL
 * if it can't be. */
__must_check int fdt_reg(const void *blob, int node, unsigned int n, u64 *addr, u64 *size);
/* Memory reservation block; -ENOENT after the last. */
__must_check int fdt_memreserve(const void *blob, unsigned int n, u64 *addr, u64 *size);

/* The writer. Errors stick: only finish reports them. */
struct fdt_writer {
	u8 *buf;
	size_t size;
	int error;
	/* the writer's own state follows */
	size_t struct_off, strings_len;
	unsigned int depth;
	char strings[2048];
	u32 phandle; /* last that fdtw_phandle() gave out */
};

void fdtw_begin(struct fdt_writer *w, void *buf, size_t size);
void fdtw_node(struct fdt_writer *w, const char *name);
__printf(2, 3) void fdtw_nodef(struct fdt_writer *w, const char *fmt, ...);
void fdtw_end_node(struct fdt_writer *w);
void fdtw_prop(struct fdt_writer *w, const char *name, const void *val, u32 len);
void fdtw_empty(struct fdt_writer *w, const char *name);
void fdtw_u32(struct fdt_writer *w, const char *name, u32 v);
void fdtw_u64(struct fdt_writer *w, const char *name, u64 v);
void fdtw_string(struct fdt_writer *w, const char *name, const char *s);
void fdtw_cells(struct fdt_writer *w, const char *name, const u32 *cells, unsigned int n);
/* One (address, size) pair of two cells each. */
void fdtw_reg(struct fdt_writer *w, u64 addr, u64 size);
/* The size of the finished tree, or -ENOSPC, -EINVAL. */
__must_check int fdtw_finish(struct fdt_writer *w);

#endif
