/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHELL_LINE_H
#define SHELL_LINE_H

#include <lodge/termtext.h>
#include <lodge/types.h>

/*
 * A line that a person types on a terminal, of which nothing is known but that it speaks UTF-8, has
 * LINE_COLUMNS columns and understands CR, BS, "ESC [ n C" and "ESC [ K" (ECMA-48). A line that is
 * longer moves to the left.
 */

#define LINE_SIZE    256 /* bytes of a line, with the NUL */
#define LINE_COLUMNS 80
#define LINE_KEPT    32 /* lines of history */
#define LINE_SOUGHT  32 /* bytes that Ctrl-R looks for, with the NUL */

struct line;

/**
 * struct line_ops - what a line needs of who has the terminal; called from within line_key() and line_begin()
 * @write:    bytes for the terminal
 * @complete: calls line_offer() for each word that may stand in place of the one that ends at byte @end of the
 *	      line; returns the byte at which that word begins. NULL: Tab does nothing
 */
struct line_ops {
	void (*write)(void *arg, const char *s, size_t n);
	size_t (*complete)(void *arg, struct line *l, size_t end);
};

/** struct line_text - a line, and where in it the cursor is; both in bytes */
struct line_text {
	u32 len, pos;
	char byte[LINE_SIZE];
};

/** struct line_history - the lines before; @nr were added in all, and the last LINE_KEPT are here */
struct line_history {
	u32 nr;
	char line[LINE_KEPT][LINE_SIZE];
};

/** struct line_offers - what Tab has found; @pass 0 compares them, 1 shows them */
struct line_offers {
	u32 pass, nr, column;
	u32 common;
	char first[LINE_SIZE];
};

/** struct line - one terminal's
 * @prompt:	must be there as long as the line is edited
 * @left:	first byte that is shown
 * @at:		which line of history is shown; history.nr is none
 * @own:	what was typed while one of history is shown
 * @typed:	a character that has begun
 * @escape:	where in a key's sequence the input is, and @number, its parameter
 * @cr:		the last byte was CR: LF after it is nothing more
 * @searching:	Ctrl-R was typed, and @sought after it
 */
struct line {
	const struct line_ops *ops;
	void *arg;
	const char *prompt;
	struct line_text text;
	u32 left;
	struct line_history history;
	u32 at;
	struct line_text own;
	struct termtext typed;
	u8 escape, number;
	bool cr, searching;
	u32 sought_len;
	char sought[LINE_SOUGHT];
	struct line_offers offers;
};

/** What a byte has led to. */
enum line_event {
	LINE_EDITED, /* it is still edited */
	LINE_DONE,   /* it is in text.byte: see line_begin() for the next */
	LINE_LEFT,   /* Ctrl-C: the person wants another line */
	LINE_END,    /* Ctrl-D at the beginning of an empty line */
};

/** line_init() - a terminal without a history; @ops are called with @arg. */
void line_init(struct line *l, const struct line_ops *ops, void *arg);
/** line_begin() - show @prompt, plain ASCII, and edit an empty line after it. */
void line_begin(struct line *l, const char *prompt);
/** line_key() - a byte of input. Not before line_begin(), nor between another event than LINE_EDITED and that. */
enum line_event line_key(struct line *l, u8 byte);
/** line_show() - draw it anew: others have written to the terminal, which is at the beginning of a line. */
void line_show(struct line *l);
/** line_offer() - from complete(): @word may stand there. */
void line_offer(struct line *l, const char *word);

#endif
