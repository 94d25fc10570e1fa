/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_TERMTEXT_H
#define LODGE_TERMTEXT_H

#include <lodge/types.h>

/*
 * What of untrusted text may be shown on a terminal that others share: characters, and
 * nothing that moves the cursor, changes how text looks or is ordered, or makes the terminal
 * answer. The terminal is taken to speak UTF-8.
 */

/* Where in a control function (ECMA-48, 5.3 to 5.6) the text is; 0 is none. */
enum termtext_state {
	TERMTEXT_GROUND,
	TERMTEXT_ESCAPE, /* after ESC */
	TERMTEXT_NF,	 /* after ESC and intermediate bytes (ECMA-35, 13.2.1) */
	TERMTEXT_CSI,	 /* in a control sequence */
	TERMTEXT_STRING, /* in a control string: DCS, SOS, OSC, PM, APC */
};

/**
 * struct termtext - a stream of text; all zero at its beginning
 * @have: bytes of an unfinished character, in @chr
 * @need: how many it has in all
 */
struct termtext {
	u8 state;
	u8 have, need;
	u8 chr[4];
};

/* One byte makes at most so many. */
#define TERMTEXT_MAX 4

/**
 * termtext_feed() - the next byte of the stream
 * @out: gets what may be shown because of it, TERMTEXT_MAX bytes at most; a character
 *	 comes whole, when its last byte does
 *
 * Left out are C0 but for the tab, DEL, C1 as single bytes and as UTF-8, the control
 * functions that begin with them or with ESC, and what of Unicode orders text anew. A byte
 * that belongs to no character becomes '?'. Line ends are the caller's: see termtext_end().
 * Return: the number of bytes in @out.
 */
unsigned int termtext_feed(struct termtext *t, u8 byte, char out[TERMTEXT_MAX]);

/** termtext_end() - the line ends, and all that is unfinished; as termtext_feed(). */
unsigned int termtext_end(struct termtext *t, char out[TERMTEXT_MAX]);

/** termtext_plain() - whether @byte is printable ASCII outside of anything unfinished. */
static inline bool termtext_plain(const struct termtext *t, u8 byte)
{
	return byte - 0x20u < 0x5f && !(t->state | t->have);
}

/** termtext_copy() - a word or a line of text: as much of @src as fits into @size bytes, cut
 * between characters; the length. */
size_t termtext_copy(char *dst, size_t size, const char *src);

#endif
