// SPDX-License-Identifier: Apache-2.0
/* Properties of a flattened devicetree, and nodes found by them. */
#include "fdt_internal.h"
#include <lodge/errno.h>
#include <lodge/string.h>

/* The next property at or behind @off, before any other token; moves @off behind it. */
static bool next_prop(const struct fdt_tree *t, u32 *off, struct fdt_prop *p)
{
	u32 at = *off, next = 0, tag;

	while ((tag = fdt_token(t, at, &next)) == FDT_TOKEN_NOP)
		at = next;
	if (tag != FDT_TOKEN_PROP)
		return false;
	*p = fdt_prop_of(t, at);
	*off = next;
	return true;
}

static bool is_named(const struct fdt_prop *p, const char *name)
{
	return *p->name == *name && !strcmp(p->name, name);
}

const void *fdt_prop(const void *blob, int node, const char *name, u32 *len)
{
	struct fdt_tree t = fdt_tree_of(blob);
	u32 off = fdt_node_inside(&t, node);
	struct fdt_prop p;

	while (off && next_prop(&t, &off, &p)) {
		if (!is_named(&p, name))
			continue;
		if (len)
			*len = p.len;
		return t.structs + p.value;
	}
	return NULL;
}

const void *fdt_prop_next(const void *blob, int node, u32 *pos, const char **name, u32 *len)
{
	struct fdt_tree t = fdt_tree_of(blob);
	struct fdt_prop p;

	if (!*pos)
		*pos = fdt_node_inside(&t, node);
	if (!*pos || !next_prop(&t, pos, &p))
		return NULL;
	if (name)
		*name = p.name;
	if (len)
		*len = p.len;
	return t.structs + p.value;
}

const void *fdt_prop_at(const void *blob, int node, unsigned int n, const char **name, u32 *len)
{
	const void *val;
	u32 pos = 0;

	do {
		val = fdt_prop_next(blob, node, &pos, name, len);
	} while (val && n--);
	return val;
}

int fdt_prop_u32(const void *blob, int node, const char *name, u32 *out)
{
	u32 len;
	const void *val = fdt_prop(blob, node, name, &len);

	if (!val)
		return -ENOENT;
	if (len != 4)
		return -EINVAL;
	*out = fdt_load(val);
	return 0;
}

int fdt_prop_u64(const void *blob, int node, const char *name, u64 *out)
{
	u32 len;
	const void *val = fdt_prop(blob, node, name, &len);

	if (!val)
		return -ENOENT;
	if (len != 4 && len != 8)
		return -EINVAL;
	*out = fdt_number(val, len / 4);
	return 0;
}

/* The n-th string of a list of @len bytes, or NULL. */
static const char *string_at(const char *list, u32 len, unsigned int n)
{
	while (len) {
		const char *end = memchr(list, '\0', len);

		if (!end)
			return NULL;
		if (!n--)
			return list;
		len -= (u32)(end + 1 - list);
		list = end + 1;
	}
	return NULL;
}

const char *fdt_prop_string_at(const void *blob, int node, const char *name, unsigned int n)
{
	u32 len;
	const char *val = fdt_prop(blob, node, name, &len);

	return val ? string_at(val, len, n) : NULL;
}

const char *fdt_prop_string(const void *blob, int node, const char *name)
{
	return fdt_prop_string_at(blob, node, name, 0);
}

static bool list_has(const char *list, u32 len, const char *s)
{
	size_t size = strlen(s) + 1;

	/* Most lists are too short, or become so: no need to look for where each string ends. */
	while (len >= size) {
		const char *end;

		if (*list == *s && !memcmp(list, s, size))
			return true;
		if (len == size)
			return false;
		end = memchr(list, '\0', len - size);
		if (!end)
			return false;
		len -= (u32)(end + 1 - list);
		list = end + 1;
	}
	return false;
}

bool fdt_node_is(const void *blob, int node, const char *compatible)
{
	u32 len;
	const char *val = fdt_prop(blob, node, "compatible", &len);

	return val && list_has(val, len, compatible);
}

bool fdt_node_enabled(const void *blob, int node)
{
	u32 len;
	const char *status = fdt_prop(blob, node, "status", &len);

	/* "ok" is an old spelling (2.3.4 has only "okay"). */
	return !status || list_has(status, len, "okay") || list_has(status, len, "ok");
}

/* ---- nodes by a property: one walk over the tokens, not one for each node ---- */

/* The next node with a property @name of which @match says so, from @off on; @node is the
 * one that @off is in. */
static int find_by_prop(const struct fdt_tree *t, u32 off, const char *name,
			bool (*match)(const void *val, u32 len, const void *arg), const void *arg)
{
	int node = -ENOENT;
	u32 next = 0;

	for (;; off = next) {
		struct fdt_prop p;

		switch (fdt_token(t, off, &next)) {
		case FDT_TOKEN_BEGIN_NODE:
			node = (int)off;
			break;
		case FDT_TOKEN_PROP:
			p = fdt_prop_of(t, off);
			if (node >= 0 && is_named(&p, name) &&
			    match(t->structs + p.value, p.len, arg))
				return node;
			break;
		case FDT_TOKEN_END:
		case FDT_TOKEN_BAD:
			return -ENOENT;
		}
	}
}

static bool match_phandle(const void *val, u32 len, const void *arg)
{
	return len == 4 && fdt_load(val) == *(const u32 *)arg;
}

static bool match_compatible(const void *val, u32 len, const void *arg)
{
	return list_has(val, len, arg);
}

int fdt_find_phandle(const void *blob, u32 phandle)
{
	struct fdt_tree t = fdt_tree_of(blob);

	return find_by_prop(&t, 0, "phandle", match_phandle, &phandle);
}

int fdt_find_compatible(const void *blob, int from, const char *compatible)
{
	struct fdt_tree t = fdt_tree_of(blob);
	u32 off = from < 0 ? 0 : fdt_node_inside(&t, from);

	if (from >= 0 && !off)
		return -ENOENT;
	/* What is left of @from's own properties belongs to no node here. */
	return find_by_prop(&t, off, "compatible", match_compatible, compatible);
}

/* ---- reg ---- */

/* How many cells an address and a size have in the children of a bus (2.3.5). */
struct cell_counts {
	u32 addr, size;
};

static int bus_cells(const void *blob, int bus, struct cell_counts *c)
{
	int err;

	*c = (struct cell_counts){ 2, 1 };
	err = fdt_prop_u32(blob, bus, "#address-cells", &c->addr);
	if (err && err != -ENOENT)
		return err;
	err = fdt_prop_u32(blob, bus, "#size-cells", &c->size);
	if (err && err != -ENOENT)
		return err;
	return c->addr < 1 || c->addr > 2 || c->size > 2 ? -EINVAL : 0;
}

/* From an address on @bus to one on its @parent (2.3.8). */
static int translate(const void *blob, int bus, const struct cell_counts *c, int parent, u64 *addr,
		     u64 size)
{
	struct cell_counts up;
	u32 len, stride;
	const u8 *r = fdt_prop(blob, bus, "ranges", &len);
	int err = bus_cells(blob, parent, &up);

	if (err || !r)
		return -EINVAL;
	if (!len)
		return 0;
	if (!c->size)
		return -EINVAL;
	for (stride = 4 * (c->addr + up.addr + c->size); len >= stride;
	     len -= stride, r += stride) {
		u64 child = fdt_number(r, c->addr);
		u64 base = fdt_number(r + 4 * c->addr, up.addr);
		u64 room = fdt_number(r + 4 * (c->addr + up.addr), c->size);
		u64 off = *addr - child;

		if (*addr < child || off >= room || size > room - off)
			continue;
		if (base + off < base)
			return -EINVAL;
		*addr = base + off;
		return 0;
	}
	return -EINVAL;
}

int fdt_reg(const void *blob, int node, unsigned int n, u64 *addr, u64 *size)
{
	struct fdt_tree t = fdt_tree_of(blob);
	int chain[FDT_MAX_DEPTH];
	unsigned int depth = fdt_node_chain(&t, node, chain);
	struct cell_counts c;
	u32 len, stride;
	const u8 *reg = fdt_prop(blob, node, "reg", &len);
	int err;

	if (!reg)
		return -ENOENT;
	if (depth < 2)
		return -EINVAL;
	err = bus_cells(blob, chain[depth - 2], &c);
	if (err)
		return err;
	stride = 4 * (c.addr + c.size);
	if (n >= len / stride)
		return -ENOENT;
	reg += (size_t)n * stride;
	*addr = fdt_number(reg, c.addr);
	*size = c.size ? fdt_number(reg + 4 * c.addr, c.size) : 0;
	if (!c.size)
		return 0;
	for (unsigned int i = depth - 2; i > 0; i--) {
		err = translate(blob, chain[i], &c, chain[i - 1], addr, *size);
		if (!err)
			err = bus_cells(blob, chain[i - 1], &c);
		if (err)
			return err;
	}
	return *size && *addr + (*size - 1) < *addr ? -EINVAL : 0;
}
