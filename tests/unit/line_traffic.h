/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LINE_TRAFFIC_H
#define LINE_TRAFFIC_H

/* A terminal with a line editor on it, of which each byte of input is followed by a look at both. */
#include "../../shell/line_internal.h"
#include <shim.h>
#include <stdio.h>
#include <strings.h>

#define TERM_CELL  (LINE_SIZE + 8) /* bytes in a cell: a character and what combines with it */
#define TERM_RIGHT '\xff'	   /* the right half of a wide one */

/* The line that the cursor is in, and what the terminal is in the middle of. */
static struct term {
	char cell[LINE_COLUMNS][TERM_CELL];
	u32 column, lines, bells;
	char sequence[16];
	u32 in_sequence;
	char chr[8];
	u32 have;
	char above[LINE_COLUMNS * TERM_CELL]; /* the line before */
} term;

static struct line line;
/* Those that complete() offers; the last is NULL. */
static const char *const *words;

static void term_row(char *out)
{
	u32 i, last = 0;
	const char *c;

	for (i = 0; i < LINE_COLUMNS; i++)
		if (term.cell[i][0])
			last = i + 1;
	for (i = 0; i < last; i++) {
		if (!term.cell[i][0])
			*out++ = ' ';
		for (c = term.cell[i]; *c && *c != TERM_RIGHT; c++)
			*out++ = *c;
	}
	*out = '\0';
}

static void term_clear(u32 from)
{
	for (; from < LINE_COLUMNS; from++)
		term.cell[from][0] = '\0';
}

static void term_sequence(char last)
{
	u32 n = (u32)atoi(term.sequence + 1);

	switch (last) {
	case 'K':
		term_clear(term.column);
		break;
	case 'C':
		assert_true(n && term.column + n < LINE_COLUMNS);
		term.column += n;
		break;
	case 'H':
	case 'J':
		term_clear(0);
		term.column = 0;
		break;
	default:
		fail_msg("the terminal is told ESC%s%c", term.sequence, last);
	}
}

static void term_char(void)
{
	u32 width = line_width(term.chr, term.have), before = term.column;
	size_t n;

	if (!width) {
		/* With the one before. */
		assert_true(before);
		before -= term.cell[before - 1][0] == TERM_RIGHT ? 2 : 1;
		n = strlen(term.cell[before]);
		assert_true(n + term.have < TERM_CELL);
		memcpy(term.cell[before] + n, term.chr, term.have);
		term.cell[before][n + term.have] = '\0';
		return;
	}
	/* In the last column it would depend on the terminal what happens next. */
	assert_true(term.column + width < LINE_COLUMNS);
	memcpy(term.cell[term.column], term.chr, term.have);
	term.cell[term.column][term.have] = '\0';
	if (width == 2)
		memcpy(term.cell[term.column + 1], (const char[]){ TERM_RIGHT, 0 }, 2);
	term.column += width;
}

static void term_byte(char c)
{
	if (term.in_sequence) {
		term.sequence[term.in_sequence - 1] = c;
		assert_true(++term.in_sequence < sizeof(term.sequence));
		if (c >= '@' && c != '[') {
			term.sequence[term.in_sequence - 2] = '\0';
			term.in_sequence = 0;
			term_sequence(c);
		}
		return;
	}
	switch (c) {
	case '\x1b':
		memset(term.sequence, 0, sizeof(term.sequence));
		term.in_sequence = 1;
		break;
	case '\a':
		term.bells++;
		break;
	case '\r':
		term.column = 0;
		break;
	case '\n':
		term_row(term.above);
		term_clear(0);
		term.lines++;
		break;
	default:
		assert_true((u8)c >= ' ');
		term.chr[term.have++] = c;
		if ((u8)term.chr[0] < 0x80 ||
		    ((u8)term.chr[0] >= 0xc0 &&
		     term.have == 2u + ((u8)term.chr[0] >= 0xe0) + ((u8)term.chr[0] >= 0xf0))) {
			term_char();
			term.have = 0;
		}
	}
}

static void term_write(void *arg, const char *s, size_t n)
{
	(void)arg;
	while (n--)
		term_byte(*s++);
}

static size_t offer_words(void *arg, struct line *l, size_t end)
{
	size_t start = end;
	u32 i;

	(void)arg;
	while (start && l->text.byte[start - 1] != ' ')
		start--;
	for (i = 0; words && words[i]; i++)
		if (!strncasecmp(words[i], l->text.byte + start, end - start))
			line_offer(l, words[i]);
	return start;
}

static const struct line_ops term_ops = { .write = term_write, .complete = offer_words };

static void line_setup(void)
{
	memset(&term, 0, sizeof(term));
	line_init(&line, &term_ops, NULL);
	line_begin(&line, "> ");
}

/* What is shown is a part of the line, and the cursor is where the line has it. */
static void line_holds(void)
{
	const struct line_text *t = &line.text;
	static char row[LINE_COLUMNS * TERM_CELL];
	char all[LINE_SIZE + 8];
	size_t n;

	assert_true(t->len < LINE_SIZE && t->pos <= t->len && t->byte[t->len] == '\0');
	assert_int_equal(strlen(t->byte), t->len);
	assert_true(t->pos == t->len || ((u8)t->byte[t->pos] & 0xc0) != 0x80);
	if (line.searching)
		return;
	assert_true(line.left <= t->pos);
	term_row(row);
	snprintf(all, sizeof(all), "%s%s", line.prompt, t->byte + line.left);
	n = strlen(row);
	/* A blank at its end is not seen. */
	assert_true(!strncmp(row, all, n) || (n < strlen(line.prompt) && !*t->byte));
	assert_int_equal(term.column,
			 strlen(line.prompt) + line_width(t->byte + line.left, t->pos - line.left));
}

/* A byte of input, and the next line if this one ends. */
static enum line_event key(u8 byte)
{
	enum line_event event = line_key(&line, byte);

	if (event != LINE_EDITED)
		line_begin(&line, "> ");
	line_holds();
	return event;
}

#endif
