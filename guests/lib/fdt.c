// SPDX-License-Identifier: Apache-2.0
#include <guest/fdt.h>
#include <guest/guest.h>

/* Devicetree Specification 0.4, chapter 5. */

enum { FDT_MAGIC = 0xd00dfeed, FDT_BEGIN = 1, FDT_END_NODE = 2, FDT_PROP = 3, FDT_NOP = 4 };

static u32 be32(const void *p)
{
	const u8 *b = p;

	return (u32)b[0] << 24 | (u32)b[1] << 16 | (u32)b[2] << 8 | b[3];
}

static const char *structs(const void *fdt)
{
	return (const char *)fdt + be32((const char *)fdt + 8);
}

static const char *strings(const void *fdt)
{
	return (const char *)fdt + be32((const char *)fdt + 12);
}

bool fdt_valid(const void *fdt)
{
	return fdt && be32(fdt) == FDT_MAGIC;
}

/* The offset behind the token at @off, or -1 behind the last one. */
static int next_token(const void *fdt, int off)
{
	const char *p = structs(fdt) + off;

	switch (be32(p)) {
	case FDT_BEGIN:
		return off + 4 + (int)ALIGN_UP(strlen(p + 4) + 1, 4);
	case FDT_PROP:
		return off + 12 + (int)ALIGN_UP(be32(p + 4), 4);
	case FDT_END_NODE:
	case FDT_NOP:
		return off + 4;
	}
	return -1;
}

int fdt_next_node(const void *fdt, int node)
{
	int off = node < 0 ? 0 : next_token(fdt, node - 4);

	for (; off >= 0; off = next_token(fdt, off))
		if (be32(structs(fdt) + off) == FDT_BEGIN)
			return off + 4;
	return -1;
}

const char *fdt_node_name(const void *fdt, int node)
{
	return structs(fdt) + node;
}

const void *fdt_prop(const void *fdt, int node, const char *name, int *len)
{
	int off = node < 0 ? -1 : next_token(fdt, node - 4);

	for (; off >= 0; off = next_token(fdt, off)) {
		const char *p = structs(fdt) + off;
		u32 token = be32(p);

		if (token == FDT_PROP && !strcmp(strings(fdt) + be32(p + 8), name)) {
			*len = (int)be32(p + 4);
			return p + 12;
		}
		if (token != FDT_PROP && token != FDT_NOP)
			break; /* properties come before children */
	}
	*len = 0;
	return NULL;
}

bool fdt_is_compatible(const void *fdt, int node, const char *compatible)
{
	int len;
	const char *list = fdt_prop(fdt, node, "compatible", &len);

	while (list && len > 0) {
		int n = (int)strlen(list) + 1;

		if (!strcmp(list, compatible))
			return true;
		list += n;
		len -= n;
	}
	return false;
}

int fdt_find_compatible(const void *fdt, const char *compatible)
{
	int node = -1;

	while ((node = fdt_next_node(fdt, node)) >= 0)
		if (fdt_is_compatible(fdt, node, compatible))
			return node;
	return -1;
}

u32 fdt_cell(const void *fdt, int node, const char *name, unsigned int i)
{
	int len;
	const char *p = fdt_prop(fdt, node, name, &len);

	return p && (int)(4 * i + 4) <= len ? be32(p + 4 * i) : 0;
}

u64 fdt_cell64(const void *fdt, int node, const char *name, unsigned int i)
{
	return (u64)fdt_cell(fdt, node, name, i) << 32 | fdt_cell(fdt, node, name, i + 1);
}
