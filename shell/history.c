// SPDX-License-Identifier: Apache-2.0
/* The lines that were typed before, and the search in them. */
#include <lodge/string.h>
#include "line_internal.h"

#define CTRL(c)	  ((c) & 0x1f)
#define BACKSPACE 0x7f

/* ---- the lines ---- */

static u32 oldest(const struct line_history *h)
{
	return h->nr > LINE_KEPT ? h->nr - LINE_KEPT : 0;
}

static char *nth(struct line_history *h, u32 n)
{
	return h->line[n % LINE_KEPT];
}

static bool is_blank(const char *s)
{
	while (*s == ' ')
		s++;
	return !*s;
}

void history_add(struct line *l)
{
	struct line_history *h = &l->history;

	if (is_blank(l->text.byte) || (h->nr && !strcmp(nth(h, h->nr - 1), l->text.byte)))
		return;
	memcpy(nth(h, h->nr), l->text.byte, l->text.len + 1);
	h->nr++;
}

void history_move(struct line *l, int by)
{
	u32 nr = l->history.nr, to = l->at - (u32)by;

	if (to < oldest(&l->history) || to > nr) {
		line_bell(l);
		return;
	}
	if (l->at == nr)
		l->own = l->text;
	l->at = to;
	if (to == nr)
		l->text = l->own;
	else
		line_set(l, nth(&l->history, to));
	line_show(l);
}

/* ---- the search ---- */

static bool has(const char *s, const char *part)
{
	size_t n = strlen(part);

	for (; *s; s++)
		if (!strncmp(s, part, n))
			return true;
	return false;
}

/* The youngest line before @from that has what is sought. Whether there is one. */
static bool find(struct line *l, u32 from)
{
	u32 i;

	for (i = from; i > oldest(&l->history); i--) {
		if (!has(nth(&l->history, i - 1), l->sought))
			continue;
		l->at = i - 1;
		line_set(l, nth(&l->history, l->at));
		return true;
	}
	line_bell(l);
	return false;
}

void search_begin(struct line *l)
{
	if (l->at == l->history.nr)
		l->own = l->text;
	l->searching = true;
	l->sought_len = 0;
	l->sought[0] = '\0';
	search_show(l);
}

void search_show(struct line *l)
{
	u32 width = 0, pos = 0, next;

	line_write(l, "\rsearch '");
	line_write(l, l->sought);
	line_write(l, "': ");
	width = 11 + line_width(l->sought, l->sought_len);
	for (; pos < l->text.len; pos = next) {
		next = line_next(l->text.byte, l->text.len, pos);
		width += line_width(l->text.byte + pos, next - pos);
		if (width >= LINE_COLUMNS)
			break;
	}
	l->ops->write(l->arg, l->text.byte, pos);
	line_write(l, "\x1b[K");
}

/* What was typed stays, and is edited. */
static void search_end(struct line *l)
{
	l->searching = false;
	line_show(l);
}

static void search_leave(struct line *l)
{
	l->at = l->history.nr;
	l->text = l->own;
	search_end(l);
}

static void sought_set(struct line *l, u32 len)
{
	l->sought_len = len;
	l->sought[len] = '\0';
}

/* A character more to look for; one that no line has is left out again. */
static void search_more(struct line *l, u8 byte)
{
	char chr[TERMTEXT_MAX];
	u32 n = termtext_feed(&l->typed, byte, chr), old = l->sought_len;

	if (!n)
		return;
	if (old + n >= LINE_SOUGHT) {
		line_bell(l);
		return;
	}
	memcpy(l->sought + old, chr, n);
	sought_set(l, old + n);
	if (!find(l, min(l->at + 1, l->history.nr)))
		sought_set(l, old);
	search_show(l);
}

bool search_key(struct line *l, u8 byte)
{
	if (byte >= ' ' && byte != BACKSPACE) {
		search_more(l, byte);
		return true;
	}
	switch (byte) {
	case CTRL('r'):
		find(l, l->at);
		break;
	case CTRL('h'):
	case BACKSPACE:
		sought_set(l, line_previous(l->sought, l->sought_len));
		break;
	case CTRL('g'):
		search_leave(l);
		return true;
	default:
		search_end(l);
		return false;
	}
	search_show(l);
	return true;
}
