/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHELL_LINE_INTERNAL_H
#define SHELL_LINE_INTERNAL_H

/* What the parts of the line editor share. */
#include "line.h"

/** line_write() - a string for the terminal. */
void line_write(struct line *l, const char *s);
/** line_bell() - what was typed can't be done. */
void line_bell(struct line *l);

/** line_next() - the byte behind the character at @pos of @s, which is @len bytes; @len at its end. */
u32 line_next(const char *s, u32 len, u32 pos);
/** line_previous() - where the character in front of @pos begins; 0 at the beginning. */
u32 line_previous(const char *s, u32 pos);
/** line_width() - columns of @n bytes of whole characters. */
u32 line_width(const char *s, u32 n);
/** line_set() - have @s in place of the line, the cursor behind it; not drawn. */
void line_set(struct line *l, const char *s);

/** history_add() - a line that is done; not if it is empty, blank, or the last once more. */
void history_add(struct line *l);
/** history_move() - show the line that is @by further back, or forward if negative. */
void history_move(struct line *l, int by);
/** search_key() - a byte of input while searching. Whether it was for the search. */
bool search_key(struct line *l, u8 byte);
/** search_begin() - Ctrl-R. */
void search_begin(struct line *l);
/** search_show() - draw what is searched, and what was found. */
void search_show(struct line *l);

/** complete_word() - Tab. */
void complete_word(struct line *l);

#endif
