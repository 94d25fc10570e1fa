// SPDX-License-Identifier: Apache-2.0
/*
 * DEFLATE, with zlib as the other opinion: both take a stream or neither does, and then the
 * output is the same. A step's output is bounded, and so is what a byte of input makes.
 */
/* libs: -lz */
/* runs: 10000 */
/* length: 300 */
#include <lodge/errno.h>
#include <lodge/inflate.h>
#include <zlib.h>

#include "fuzz.h"

/* 258 bytes are the most that a bit of a stream can make (RFC 1951, 3.2.5). */
#define MAX_OUT (300u * 8 * 258)

static u8 window[INFLATE_WINDOW];
static u8 got[MAX_OUT + 1], want[MAX_OUT + 1];

struct stream {
	struct inflate z;
	const u8 *data;
	size_t left, piece;
};

static int refill(struct inflate *z)
{
	struct stream *s = container_of(z, struct stream, z);
	size_t n = min(s->piece, s->left);

	z->in = s->data;
	z->in_end = z->in + n;
	s->data += n;
	s->left -= n;
	return 0;
}

/* Return: bytes of output, or -EINVAL; how much of the input was taken in *@taken. */
static s64 unpack(const u8 *data, size_t len, size_t piece, size_t *taken)
{
	struct stream s = { .data = data, .left = len, .piece = piece };
	u64 done = 0;
	int rc;

	s.z.window = window;
	s.z.refill = refill;
	do {
		rc = inflate_step(&s.z);
		assert_true(s.z.total - done <= INFLATE_STEP);
		assert_true(s.z.total <= MAX_OUT);
		for (; done < s.z.total; done++)
			got[done] = window[done % INFLATE_WINDOW];
	} while (!rc);
	*taken = len - s.left - (size_t)(s.z.in_end - s.z.in);
	assert_true(rc == 1 || rc == -EINVAL);
	return rc < 0 ? rc : (s64)s.z.total;
}

static s64 unpack_by_zlib(const u8 *data, size_t len, size_t *taken)
{
	z_stream z = { .next_in = (u8 *)data,
		       .avail_in = (unsigned int)len,
		       .next_out = want,
		       .avail_out = sizeof(want) };
	int rc;

	assert_int_equal(inflateInit2(&z, -15), Z_OK);
	rc = inflate(&z, Z_FINISH);
	*taken = z.total_in;
	inflateEnd(&z);
	return rc == Z_STREAM_END ? (s64)z.total_out : -EINVAL;
}

void fuzz_one(struct fuzz *in)
{
	size_t piece = 1 + fuzz_u8(in), taken, want_taken;
	u8 *exact = malloc(in->left + 1);
	size_t len = fuzz_bytes(in, exact, in->left);
	s64 size, want_size;

	size = unpack(exact, len, piece, &taken);
	want_size = unpack_by_zlib(exact, len, &want_taken);
	assert_int_equal(size, want_size);
	if (size >= 0) {
		assert_int_equal(taken, want_taken);
		assert_memory_equal(got, want, (size_t)size);
	}
	free(exact);
}

/* Text and noise, at each level, and with fixed codes alone. */
size_t fuzz_seed(unsigned int n, u8 *buf, size_t room)
{
	u8 data[600];
	u64 seed = n;
	z_stream z = { .next_in = data,
		       .avail_in = n & 1 ? 100 : sizeof(data),
		       .next_out = buf + 1,
		       .avail_out = 299 };

	if (n >= 12)
		return 0;
	for (unsigned int i = 0; i < sizeof(data); i++)
		data[i] = n & 1 ? (u8)shim_random(&seed) : (u8)('a' + shim_random(&seed) % 3);
	assert_int_equal(deflateInit2(&z, (int)(n / 2) * 2 % 10, Z_DEFLATED, -15, 9,
				      n >= 10 ? Z_FIXED : Z_DEFAULT_STRATEGY),
			 Z_OK);
	deflate(&z, Z_FINISH);
	deflateEnd(&z);
	buf[0] = 255;
	return 1 + z.total_out;
}
