// SPDX-License-Identifier: Apache-2.0
/* Tab: as much of a word as is certain, and what there is to choose from. */
#include <lodge/string.h>
#include "line_internal.h"

#define BETWEEN 2 /* columns between two words */

/* One of several, in lines that are as wide as the terminal. */
static void show_offer(struct line *l, const char *word)
{
	struct line_offers *o = &l->offers;
	u32 width = line_width(word, (u32)strlen(word));

	if (!o->column || o->column + BETWEEN + width >= LINE_COLUMNS) {
		line_write(l, "\r\n");
		o->column = 0;
	} else {
		line_write(l, "  ");
		o->column += BETWEEN;
	}
	line_write(l, word);
	o->column += width;
}

void line_offer(struct line *l, const char *word)
{
	struct line_offers *o = &l->offers;
	size_t n = strlen(word);
	u32 i = 0;

	if (o->pass) {
		show_offer(l, word);
		return;
	}
	if (n >= LINE_SIZE)
		return;
	if (!o->nr++) {
		memcpy(o->first, word, n + 1);
		o->common = (u32)n;
		return;
	}
	while (i < o->common && o->first[i] == word[i])
		i++;
	/* Not a part of a character. */
	if (i < o->common)
		i = line_previous(o->first, i + 1);
	o->common = i;
}

static u32 ask(struct line *l, u32 pass)
{
	l->offers = (struct line_offers){ .pass = pass };
	return (u32)l->ops->complete(l->arg, l, l->text.pos);
}

/* Put @n bytes of @s where the cursor is, which there is room for. */
static void insert(struct line_text *t, const char *s, u32 n)
{
	memmove(t->byte + t->pos + n, t->byte + t->pos, t->len - t->pos + 1);
	memcpy(t->byte + t->pos, s, n);
	t->len += n;
	t->pos += n;
}

/* A word that is whole has a blank behind it; a directory goes on. */
static bool is_whole(const struct line_offers *o)
{
	return o->nr == 1 && o->common && o->first[o->common - 1] != '/';
}

void complete_word(struct line *l)
{
	const struct line_offers *o = &l->offers;
	struct line_text *t = &l->text;
	u32 start, typed;

	if (!l->ops->complete) {
		line_bell(l);
		return;
	}
	start = ask(l, 0);
	typed = t->pos - min(start, t->pos);
	if (!o->nr || o->common < typed || o->common - typed + 1 + t->len >= LINE_SIZE) {
		line_bell(l);
		return;
	}
	if (o->common == typed && o->nr > 1) {
		ask(l, 1);
		line_write(l, "\r\n");
		line_show(l);
		return;
	}
	/* All of it: it may differ in case from what was typed. */
	memcpy(t->byte + t->pos - typed, o->first, typed);
	insert(t, o->first + typed, o->common - typed);
	if (is_whole(o))
		insert(t, " ", 1);
	line_show(l);
}
