/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FUZZ_H
#define FUZZ_H

/*
 * What every fuzz target includes. A target has fuzz_one(), which takes one input to its end
 * and aborts by an assertion of cmocka, or by a sanitizer, where something is wrong. Nothing
 * of one input may change what the next one does.
 */
#include <shim.h>

/* An input, from its front on. Behind its end are zeroes. */
struct fuzz {
	const u8 *p;
	size_t left;
};

void fuzz_one(struct fuzz *in);

/* Once, before the first input; a target may do without. */
void fuzz_init(void);

/*
 * The @n-th input to begin with, up to @room bytes at @buf, for a target that can make them.
 * Return: its size, or 0 after the last.
 */
size_t fuzz_seed(unsigned int n, u8 *buf, size_t room);

/* Up to @room bytes for @buf. Return: how many. */
static inline size_t fuzz_bytes(struct fuzz *in, void *buf, size_t room)
{
	size_t n = min(in->left, room);

	if (n)
		memcpy(buf, in->p, n);
	in->p += n;
	in->left -= n;
	return n;
}

/* A number of @width bytes. */
static inline u64 fuzz_take(struct fuzz *in, unsigned int width)
{
	u64 v = 0;

	fuzz_bytes(in, &v, width);
	return v;
}

static inline u8 fuzz_u8(struct fuzz *in)
{
	return (u8)fuzz_take(in, 1);
}

#endif
