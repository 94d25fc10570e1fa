// SPDX-License-Identifier: Apache-2.0
/* Writes flattened devicetrees, from the first byte to the last, into one buffer. */
#include "fdt_internal.h"
#include <lodge/errno.h>
#include <lodge/printf.h>
#include <lodge/string.h>

/* The header, an empty memory reservation block, and then the nodes. */
#define OFF_RSVMAP HDR_BYTES
#define OFF_STRUCT (OFF_RSVMAP + 16)

static_assert(OFF_RSVMAP % 8 == 0 && OFF_STRUCT % 4 == 0, "alignment (5.6)");

static void fail(struct fdt_writer *w, int error)
{
	if (!w->error)
		w->error = error;
}

static void store(u8 *p, u32 v)
{
	p[0] = (u8)(v >> 24);
	p[1] = (u8)(v >> 16);
	p[2] = (u8)(v >> 8);
	p[3] = (u8)v;
}

/* Room for @len bytes and the zeroes that pad them to a word; NULL on any error so far. */
static u8 *extend(struct fdt_writer *w, size_t len)
{
	size_t padded = ALIGN_UP(len, 4);
	u8 *p = w->buf + w->struct_off;

	if (w->error)
		return NULL;
	if (padded > w->size - w->struct_off) {
		fail(w, -ENOSPC);
		return NULL;
	}
	if (padded)
		memset(p + padded - 4, 0, 4);
	w->struct_off += padded;
	return p;
}

static void append_cell(struct fdt_writer *w, u32 v)
{
	u8 *p = extend(w, 4);

	if (p)
		store(p, v);
}

void fdtw_begin(struct fdt_writer *w, void *buf, size_t size)
{
	w->buf = buf;
	w->size = size;
	w->error = 0;
	w->struct_off = OFF_STRUCT;
	w->strings_len = 0;
	w->nr_strings = 0;
	w->depth = 0;
	w->has_root = false;
	w->props_allowed = false;
	w->phandle = 0;
	if (size < OFF_STRUCT)
		w->error = -ENOSPC;
	else
		memset(buf, 0, OFF_STRUCT);
}

void fdtw_node(struct fdt_writer *w, const char *name)
{
	size_t len = strlen(name);
	u8 *p;

	/* One root, without a name; all else below it, with one. */
	if (w->depth ? !len : w->has_root || len)
		fail(w, -EINVAL);
	if (w->depth == FDT_MAX_DEPTH || strchr(name, '/'))
		fail(w, -EINVAL);
	append_cell(w, FDT_BEGIN_NODE);
	p = extend(w, len + 1);
	if (!p)
		return;
	memcpy(p, name, len);
	w->depth++;
	w->has_root = true;
	w->props_allowed = true;
}

void fdtw_nodef(struct fdt_writer *w, const char *fmt, ...)
{
	char name[64];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);
	if (len >= (int)sizeof(name))
		fail(w, -EINVAL);
	fdtw_node(w, name);
}

void fdtw_end_node(struct fdt_writer *w)
{
	if (w->error)
		return;
	if (!w->depth) {
		fail(w, -EINVAL);
		return;
	}
	append_cell(w, FDT_END_NODE);
	w->depth--;
	w->props_allowed = false;
}

/* Where @name is in the strings block, to which it is added if it is new. */
static u32 string_offset(struct fdt_writer *w, const char *name)
{
	/* No further than there is room: where it ends, an image says. */
	const char *end = memchr(name, '\0', sizeof(w->strings));
	size_t len = end ? (size_t)(end - name) + 1 : sizeof(w->strings) + 1;

	for (unsigned int i = 0; i < w->nr_strings && end; i++) {
		const char *s = w->strings + w->string_off[i];

		if (*s == *name && !strcmp(s, name))
			return w->string_off[i];
	}
	if (w->nr_strings == FDTW_MAX_STRINGS || len > sizeof(w->strings) - w->strings_len) {
		fail(w, -ENOSPC);
		return 0;
	}
	memcpy(w->strings + w->strings_len, name, len);
	w->string_off[w->nr_strings++] = (u16)w->strings_len;
	w->strings_len += len;
	return w->string_off[w->nr_strings - 1];
}

/* The head of a property of @len bytes; where they go, or NULL. */
static u8 *begin_prop(struct fdt_writer *w, const char *name, size_t len)
{
	if (w->error)
		return NULL;
	if (!w->props_allowed || !*name || len > INT32_MAX) {
		fail(w, -EINVAL);
		return NULL;
	}
	append_cell(w, FDT_PROP);
	append_cell(w, (u32)len);
	append_cell(w, string_offset(w, name));
	return extend(w, len);
}

u8 *fdtw_prop_copy(struct fdt_writer *w, const char *name, const void *val, u32 len)
{
	u8 *p = begin_prop(w, name, len);

	if (p && len)
		memcpy(p, val, len);
	return p;
}

void fdtw_set_cell(u8 *prop, unsigned int n, u32 v)
{
	if (prop)
		store(prop + 4 * (size_t)n, v);
}

void fdtw_prop(struct fdt_writer *w, const char *name, const void *val, u32 len)
{
	(void)fdtw_prop_copy(w, name, val, len);
}

void fdtw_empty(struct fdt_writer *w, const char *name)
{
	begin_prop(w, name, 0);
}

void fdtw_cells(struct fdt_writer *w, const char *name, const u32 *cells, unsigned int n)
{
	u8 *p = begin_prop(w, name, 4 * (size_t)n);

	for (unsigned int i = 0; p && i < n; i++)
		store(p + 4 * (size_t)i, cells[i]);
}

void fdtw_u32(struct fdt_writer *w, const char *name, u32 v)
{
	fdtw_cells(w, name, &v, 1);
}

void fdtw_u64(struct fdt_writer *w, const char *name, u64 v)
{
	fdtw_cells(w, name, (const u32[]){ (u32)(v >> 32), (u32)v }, 2);
}

void fdtw_string(struct fdt_writer *w, const char *name, const char *s)
{
	size_t len = strlen(s) + 1;
	u8 *p = begin_prop(w, name, len);

	if (p)
		memcpy(p, s, len);
}

void fdtw_reg(struct fdt_writer *w, u64 addr, u64 size)
{
	fdtw_cells(w, "reg",
		   (const u32[]){ (u32)(addr >> 32), (u32)addr, (u32)(size >> 32), (u32)size }, 4);
}

u32 fdtw_phandle(struct fdt_writer *w)
{
	fdtw_u32(w, "phandle", ++w->phandle);
	return w->phandle;
}

int fdtw_finish(struct fdt_writer *w)
{
	size_t struct_size, total;
	u8 *strings;

	if (w->depth || !w->has_root)
		fail(w, -EINVAL);
	append_cell(w, FDT_END);
	struct_size = w->struct_off - OFF_STRUCT;
	strings = extend(w, w->strings_len);
	total = w->struct_off;
	if (total > INT32_MAX)
		fail(w, -ENOSPC);
	if (w->error)
		return w->error;
	memcpy(strings, w->strings, w->strings_len);

	store(w->buf + 4 * HDR_MAGIC, FDT_MAGIC);
	store(w->buf + 4 * HDR_TOTALSIZE, (u32)total);
	store(w->buf + 4 * HDR_OFF_STRUCT, OFF_STRUCT);
	store(w->buf + 4 * HDR_OFF_STRINGS, (u32)(OFF_STRUCT + struct_size));
	store(w->buf + 4 * HDR_OFF_RSVMAP, OFF_RSVMAP);
	store(w->buf + 4 * HDR_VERSION, FDT_VERSION);
	store(w->buf + 4 * HDR_LAST_COMP, FDT_LAST_COMP);
	store(w->buf + 4 * HDR_SIZE_STRINGS, (u32)w->strings_len);
	store(w->buf + 4 * HDR_SIZE_STRUCT, (u32)struct_size);
	return (int)total;
}
