/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_INFLATE_H
#define LODGE_INFLATE_H

#include <lodge/types.h>

/*
 * Unpacking of DEFLATE (RFC 1951), a piece at a time. The input is not trusted: whatever it
 * is, a step takes bounded time and memory.
 */

/* How far back a stream may refer (RFC 1951, 2). */
#define INFLATE_WINDOW 32768u
/* What a step yields at most. */
#define INFLATE_STEP 4096u

#define INFLATE_LITERALS  288u
#define INFLATE_DISTANCES 30u

/* A canonical Huffman code (3.2.2): how many codes each length has, and their symbols in order. */
struct inflate_code {
	u16 count[16];
	u16 symbol[INFLATE_LITERALS];
};

enum inflate_state { INFLATE_HEAD, INFLATE_STORED, INFLATE_CODED };

/**
 * struct inflate - a stream
 * @window: the caller's, INFLATE_WINDOW bytes: byte n of the output is at n modulo that, until
 *	    it is overwritten
 * @refill: sets @in and @in_end to the next bytes of the input, if there are any
 *	    Return: 0 or -errno, which inflate_step() and inflate_byte() pass on
 * @total:  bytes of output so far
 *
 * The caller sets the first two, and all else to zero.
 */
struct inflate {
	u8 *window;
	int (*refill)(struct inflate *z);
	const u8 *in, *in_end;
	u64 total;
	/* private */
	u32 bits;
	unsigned int nr_bits;
	enum inflate_state state;
	bool last;
	u32 stored, copy, distance;
	struct inflate_code literal, far;
	u8 length[INFLATE_LITERALS + INFLATE_DISTANCES + 2];
};

/**
 * inflate_step() - unpack a block's header, or up to INFLATE_STEP bytes
 * Return: 0; 1 at the end of the stream, after which @total does not change; -EINVAL if it is
 * damaged or cut short; or what @refill returned.
 */
__must_check int inflate_step(struct inflate *z);

/**
 * inflate_byte() - a byte of what is before or behind the stream
 * Return: 0 to 255, or as inflate_step().
 */
__must_check int inflate_byte(struct inflate *z);

#endif
