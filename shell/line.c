// SPDX-License-Identifier: Apache-2.0
/* The line editor: keys, and what they do to the line. */
#include <lodge/string.h>
#include "line_internal.h"

#define CTRL(c)	  ((c) & 0x1f)
#define ESC	  0x1b
#define BACKSPACE 0x7f

/* Where in a key's sequence the input is. */
enum { NO_ESCAPE, AFTER_ESC, AFTER_CSI, AFTER_SS3 };

void line_init(struct line *l, const struct line_ops *ops, void *arg)
{
	memset(l, 0, sizeof(*l));
	l->ops = ops;
	l->arg = arg;
}

void line_set(struct line *l, const char *s)
{
	struct line_text *t = &l->text;

	t->len = (u32)strnlen(s, LINE_SIZE - 1);
	memcpy(t->byte, s, t->len);
	t->byte[t->len] = '\0';
	t->pos = t->len;
}

void line_begin(struct line *l, const char *prompt)
{
	l->prompt = prompt;
	l->left = 0;
	l->at = l->history.nr;
	l->searching = false;
	l->escape = NO_ESCAPE;
	l->typed = (struct termtext){ 0 };
	line_set(l, "");
	line_show(l);
}

/* ---- what keys do ---- */

/* The bytes from @from to @to go. */
static void cut(struct line *l, u32 from, u32 to)
{
	struct line_text *t = &l->text;

	if (from == to) {
		line_bell(l);
		return;
	}
	memmove(t->byte + from, t->byte + to, t->len - to + 1);
	t->len -= to - from;
	t->pos = from;
	line_show(l);
}

static void go(struct line *l, u32 to)
{
	if (l->text.pos == to) {
		line_bell(l);
		return;
	}
	l->text.pos = to;
	line_show(l);
}

static u32 next(const struct line *l)
{
	return line_next(l->text.byte, l->text.len, l->text.pos);
}

static u32 previous(const struct line *l)
{
	return line_previous(l->text.byte, l->text.pos);
}

/* Where the word in front of the cursor begins. */
static u32 word_start(const struct line *l)
{
	u32 pos = l->text.pos;

	while (pos && l->text.byte[pos - 1] == ' ')
		pos--;
	while (pos && l->text.byte[pos - 1] != ' ')
		pos--;
	return pos;
}

/* A character; most stand at the end of what is typed, and are all that changes. */
static void type(struct line *l, const char *chr, u32 n)
{
	struct line_text *t = &l->text;

	if (t->len + n >= LINE_SIZE) {
		line_bell(l);
		return;
	}
	memmove(t->byte + t->pos + n, t->byte + t->pos, t->len - t->pos + 1);
	memcpy(t->byte + t->pos, chr, n);
	t->len += n;
	t->pos += n;
	if (t->pos == t->len &&
	    strlen(l->prompt) + line_width(t->byte + l->left, t->len - l->left) < LINE_COLUMNS)
		l->ops->write(l->arg, chr, n);
	else
		line_show(l);
}

static enum line_event done(struct line *l, enum line_event event)
{
	size_t at;

	/* What stands behind the cursor is not to be written over. */
	l->text.pos = l->text.len;
	line_show(l);
	if (event == LINE_DONE)
		history_add(l);
	at = strlen(l->prompt) + line_width(l->text.byte + l->left, l->text.len - l->left);
	/* Not in the last column: where the cursor is then depends on the terminal. */
	line_write(l, event == LINE_LEFT && at + 2 < LINE_COLUMNS ? "^C\r\n" : "\r\n");
	return event;
}

/* ---- keys ---- */

/* Of those that send a sequence, by its last byte. */
static void sequence(struct line *l, u8 last)
{
	switch (last) {
	case 'A':
		history_move(l, 1);
		break;
	case 'B':
		history_move(l, -1);
		break;
	case 'C':
		go(l, next(l));
		break;
	case 'D':
		go(l, previous(l));
		break;
	case 'H':
		go(l, 0);
		break;
	case 'F':
		go(l, l->text.len);
		break;
	default:
		break;
	}
}

/* "ESC [ n ~": Home and End of some terminals, and Delete. */
static void numbered(struct line *l)
{
	switch (l->number) {
	case 1:
	case 7:
		go(l, 0);
		break;
	case 4:
	case 8:
		go(l, l->text.len);
		break;
	case 3:
		cut(l, l->text.pos, next(l));
		break;
	default:
		break;
	}
}

/* A control sequence has parameters up to its final byte, 0x40 to 0x7e; another byte ends it, too. */
static void escape_key(struct line *l, u8 byte)
{
	if (l->escape == AFTER_ESC) {
		l->escape = byte == '[' ? AFTER_CSI : byte == 'O' ? AFTER_SS3 : NO_ESCAPE;
		l->number = 0;
		return;
	}
	if (l->escape == AFTER_CSI && byte >= 0x20 && byte < 0x40) {
		if (byte >= '0' && byte <= '9')
			l->number = (u8)min(l->number * 10u + byte - '0', 255u);
		return;
	}
	l->escape = NO_ESCAPE;
	if (byte == '~')
		numbered(l);
	else
		sequence(l, byte);
}

static void control_key(struct line *l, u8 byte)
{
	switch (byte) {
	case CTRL('a'):
		go(l, 0);
		break;
	case CTRL('b'):
		go(l, previous(l));
		break;
	case CTRL('d'):
		cut(l, l->text.pos, next(l));
		break;
	case CTRL('e'):
		go(l, l->text.len);
		break;
	case CTRL('f'):
		go(l, next(l));
		break;
	case CTRL('h'):
	case BACKSPACE:
		cut(l, previous(l), l->text.pos);
		break;
	case CTRL('i'):
		complete_word(l);
		break;
	case CTRL('k'):
		cut(l, l->text.pos, l->text.len);
		break;
	case CTRL('l'):
		line_write(l, "\x1b[H\x1b[2J");
		line_show(l);
		break;
	case CTRL('n'):
		history_move(l, -1);
		break;
	case CTRL('p'):
		history_move(l, 1);
		break;
	case CTRL('r'):
		search_begin(l);
		break;
	case CTRL('u'):
		cut(l, 0, l->text.pos);
		break;
	case CTRL('w'):
		cut(l, word_start(l), l->text.pos);
		break;
	case ESC:
		l->escape = AFTER_ESC;
		break;
	default:
		line_bell(l);
		break;
	}
}

enum line_event line_key(struct line *l, u8 byte)
{
	char chr[TERMTEXT_MAX];
	bool cr = l->cr;
	u32 n;

	l->cr = byte == '\r';
	if (l->escape != NO_ESCAPE && byte >= ' ') {
		escape_key(l, byte);
		return LINE_EDITED;
	}
	l->escape = NO_ESCAPE;
	if (byte == '\n' && cr)
		return LINE_EDITED;
	if (l->searching && search_key(l, byte))
		return LINE_EDITED;
	if (byte == '\r' || byte == '\n')
		return done(l, LINE_DONE);
	if (byte == CTRL('c'))
		return done(l, LINE_LEFT);
	if (byte == CTRL('d') && !l->text.len)
		return done(l, LINE_END);
	if (byte < ' ' || byte == BACKSPACE) {
		control_key(l, byte);
		return LINE_EDITED;
	}
	n = termtext_feed(&l->typed, byte, chr);
	if (n)
		type(l, chr, n);
	return LINE_EDITED;
}
