// SPDX-License-Identifier: Apache-2.0
/* How a line stands on the terminal: characters, their columns, and the part that is shown. */
#include <lodge/printf.h>
#include <lodge/string.h>
#include "line_internal.h"

/* ---- characters ---- */

static bool continues(char c)
{
	return ((u8)c & 0xc0) == 0x80;
}

u32 line_next(const char *s, u32 len, u32 pos)
{
	while (pos < len && continues(s[++pos]))
		;
	return min(pos, len);
}

u32 line_previous(const char *s, u32 pos)
{
	while (pos && continues(s[--pos]))
		;
	return pos;
}

/* The number of the character of @n bytes at @s. */
static u32 code_point(const char *s, u32 n)
{
	u32 c = (u8)*s & (n == 1 ? 0x7f : 0x7f >> n), i;

	for (i = 1; i < n; i++)
		c = c << 6 | ((u8)s[i] & 0x3f);
	return c;
}

/* Unicode's East_Asian_Width W and F, and those without a width, as far as file names have them. */
static u32 columns(u32 c)
{
	static const struct {
		u32 first, last, columns;
	} others[] = {
		{ 0x300, 0x36f, 0 },	 { 0x1100, 0x115f, 2 },	  { 0x200b, 0x200d, 0 },
		{ 0x20d0, 0x20ff, 0 },	 { 0x2e80, 0xa4cf, 2 },	  { 0xac00, 0xd7a3, 2 },
		{ 0xf900, 0xfaff, 2 },	 { 0xfe00, 0xfe0f, 0 },	  { 0xfe30, 0xfe6f, 2 },
		{ 0xff00, 0xff60, 2 },	 { 0xffe0, 0xffe6, 2 },	  { 0x1f300, 0x1f64f, 2 },
		{ 0x1f900, 0x1f9ff, 2 }, { 0x20000, 0x3fffd, 2 },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(others); i++)
		if (c >= others[i].first && c <= others[i].last)
			return others[i].columns;
	return 1;
}

static u32 width_at(const char *s, u32 len, u32 pos)
{
	return columns(code_point(s + pos, line_next(s, len, pos) - pos));
}

u32 line_width(const char *s, u32 n)
{
	u32 pos, width = 0;

	for (pos = 0; pos < n; pos = line_next(s, n, pos))
		width += width_at(s, n, pos);
	return width;
}

/* ---- the terminal ---- */

void line_write(struct line *l, const char *s)
{
	l->ops->write(l->arg, s, strlen(s));
}

void line_bell(struct line *l)
{
	line_write(l, "\a");
}

/* The cursor's place must be on the terminal: move what is shown until it is. */
static void scroll(struct line *l, u32 room)
{
	const struct line_text *t = &l->text;

	if (t->pos < l->left || t->len < l->left)
		l->left = t->pos;
	/* Something of what is in front of the cursor is shown, too. */
	while (l->left && line_width(t->byte + l->left, t->pos - l->left) < room / 4)
		l->left = line_previous(t->byte, l->left);
	while (line_width(t->byte + l->left, t->pos - l->left) > room)
		l->left = line_next(t->byte, t->len, l->left);
}

/* How many bytes from @l->left fit into @room columns. */
static u32 shown(const struct line *l, u32 room)
{
	const struct line_text *t = &l->text;
	u32 pos = l->left, width = 0;

	while (pos < t->len) {
		width += width_at(t->byte, t->len, pos);
		if (width > room)
			break;
		pos = line_next(t->byte, t->len, pos);
	}
	return pos - l->left;
}

void line_show(struct line *l)
{
	u32 before = (u32)strlen(l->prompt), room = LINE_COLUMNS - 1 - before, at;
	char move[16];

	if (l->searching) {
		search_show(l);
		return;
	}
	scroll(l, room);
	line_write(l, "\r");
	line_write(l, l->prompt);
	l->ops->write(l->arg, l->text.byte + l->left, shown(l, room));
	at = before + line_width(l->text.byte + l->left, l->text.pos - l->left);
	scnprintf(move, sizeof(move), "\x1b[K\r\x1b[%uC", at);
	/* No column to the right would be one. */
	line_write(l, at ? move : "\x1b[K\r");
}
