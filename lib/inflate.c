// SPDX-License-Identifier: Apache-2.0
/* DEFLATE, by RFC 1951, whose sections are cited. Small rather than quick. */
#include <lodge/errno.h>
#include <lodge/inflate.h>
#include <lodge/string.h>

#define CODE_MAX     15u /* bits of a code */
#define END_OF_BLOCK 256
#define LENGTH_FIRST 257
#define NR_LENGTHS   29

/* ---- input ---- */

/* Least significant bit first (3.1.1). @n is 16 at most. */
static int get_bits(struct inflate *z, unsigned int n)
{
	int v;

	while (z->nr_bits < n) {
		if (z->in == z->in_end) {
			int rc = z->refill(z);

			if (rc)
				return rc;
			if (z->in == z->in_end)
				return -EINVAL;
		}
		z->bits |= (u32)*z->in++ << z->nr_bits;
		z->nr_bits += 8;
	}
	v = (int)(z->bits & ((1u << n) - 1));
	z->bits >>= n;
	z->nr_bits -= n;
	return v;
}

/* Whole bytes are fetched only when they are needed: what is left is of one that has begun. */
int inflate_byte(struct inflate *z)
{
	z->bits = 0;
	z->nr_bits = 0;
	return get_bits(z, 8);
}

/* ---- codes ---- */

/* From the lengths of @n symbols' codes; 0 for those that are not used (3.2.2). */
static int code_make(struct inflate_code *c, const u8 *length, unsigned int n)
{
	u16 next[CODE_MAX + 1];
	unsigned int i;
	int left = 1;

	memset(c->count, 0, sizeof(c->count));
	for (i = 0; i < n; i++)
		c->count[length[i]]++;
	next[1] = 0;
	for (i = 1; i <= CODE_MAX; i++) {
		left = 2 * left - c->count[i];
		if (left < 0)
			return -EINVAL;
		if (i < CODE_MAX)
			next[i + 1] = next[i] + c->count[i];
	}
	for (i = 0; i < n; i++)
		if (length[i])
			c->symbol[next[length[i]]++] = (u16)i;
	/* Only a code of one symbol may be incomplete, or of none (3.2.7). */
	return left && c->count[0] + 1u < n ? -EINVAL : 0;
}

/* Codes of each length are consecutive numbers, most significant bit first. */
static int code_get(struct inflate *z, const struct inflate_code *c)
{
	int code = 0, first = 0, index = 0;
	unsigned int len;

	for (len = 1; len <= CODE_MAX; len++) {
		int bit = get_bits(z, 1), count = c->count[len];

		if (bit < 0)
			return bit;
		code |= bit;
		if (code - first < count)
			return c->symbol[index + code - first];
		index += count;
		first = (first + count) << 1;
		code <<= 1;
	}
	return -EINVAL;
}

/* ---- headers of blocks ---- */

/* 3.2.6 */
static int fixed_codes(struct inflate *z)
{
	u8 *l = z->length;
	int rc;

	memset(l, 8, 144);
	memset(l + 144, 9, 112);
	memset(l + 256, 7, 24);
	memset(l + 280, 8, 8);
	rc = code_make(&z->literal, l, INFLATE_LITERALS);
	if (rc)
		return rc;
	/* Two more distances take part in the code, but are in no stream. */
	memset(l, 5, INFLATE_DISTANCES + 2);
	return code_make(&z->far, l, INFLATE_DISTANCES + 2);
}

/* A run of the length before, or of zeroes (3.2.7). */
static int get_run(struct inflate *z, int symbol, unsigned int *n, unsigned int end)
{
	u8 value = 0;
	int run;

	if (symbol == 16) {
		if (!*n)
			return -EINVAL;
		value = z->length[*n - 1];
		run = get_bits(z, 2);
	} else {
		run = get_bits(z, symbol == 17 ? 3 : 7);
	}
	if (run < 0)
		return run;
	run += symbol == 18 ? 11 : 3;
	if ((unsigned int)run > end - *n)
		return -EINVAL;
	memset(z->length + *n, value, (size_t)run);
	*n += (unsigned int)run;
	return 0;
}

/* The lengths of both codes, one after the other, in a code of their own. */
static int get_lengths(struct inflate *z, unsigned int end)
{
	unsigned int n = 0;

	while (n < end) {
		int symbol = code_get(z, &z->far), rc;

		if (symbol < 0)
			return symbol;
		if (symbol < 16) {
			z->length[n++] = (u8)symbol;
			continue;
		}
		rc = get_run(z, symbol, &n, end);
		if (rc)
			return rc;
	}
	return 0;
}

/* 3.2.7 */
static int dynamic_codes(struct inflate *z)
{
	static const u8 order[] = {
		16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15
	};
	int head = get_bits(z, 14), rc, i;
	unsigned int literals, distances;

	if (head < 0)
		return head;
	literals = 257 + (head & 31);
	distances = 1 + (head >> 5 & 31);
	if (literals > INFLATE_LITERALS - 2 || distances > INFLATE_DISTANCES)
		return -EINVAL;
	memset(z->length, 0, sizeof(order));
	for (i = 0; i < 4 + (head >> 10); i++) {
		rc = get_bits(z, 3);
		if (rc < 0)
			return rc;
		z->length[order[i]] = (u8)rc;
	}
	rc = code_make(&z->far, z->length, sizeof(order));
	if (!rc)
		rc = get_lengths(z, literals + distances);
	if (!rc && !z->length[END_OF_BLOCK])
		rc = -EINVAL;
	if (!rc)
		rc = code_make(&z->literal, z->length, literals);
	return rc ? rc : code_make(&z->far, z->length + literals, distances);
}

/* Starts at the next byte (3.2.4). */
static int stored_head(struct inflate *z)
{
	int len, check;

	z->bits = 0;
	z->nr_bits = 0;
	len = get_bits(z, 16);
	check = get_bits(z, 16);
	if (len < 0 || check < 0)
		return min(len, check);
	z->stored = (u32)len;
	return len == (~check & 0xffff) ? 0 : -EINVAL;
}

static int get_head(struct inflate *z)
{
	int head;

	if (z->last)
		return 1;
	head = get_bits(z, 3);
	if (head < 0)
		return head;
	z->last = head & 1;
	z->state = head >> 1 ? INFLATE_CODED : INFLATE_STORED;
	switch (head >> 1) {
	case 0:
		return stored_head(z);
	case 1:
		return fixed_codes(z);
	case 2:
		return dynamic_codes(z);
	default:
		return -EINVAL;
	}
}

/* ---- output ---- */

static void put(struct inflate *z, u8 byte)
{
	z->window[z->total++ % INFLATE_WINDOW] = byte;
}

static int put_stored(struct inflate *z, u64 end)
{
	for (; z->stored && z->total < end; z->stored--) {
		int byte = get_bits(z, 8);

		if (byte < 0)
			return byte;
		put(z, (u8)byte);
	}
	if (!z->stored)
		z->state = INFLATE_HEAD;
	return 0;
}

/* The rest of a copy whose length has the code @symbol (3.2.5). */
static int get_copy(struct inflate *z, int symbol)
{
	static const u16 length[NR_LENGTHS] = { 3,  4,	5,  6,	 7,   8,   9,	10,  11, 13,
						15, 17, 19, 23,	 27,  31,  35,	43,  51, 59,
						67, 83, 99, 115, 131, 163, 195, 227, 258 };
	int extra, n = symbol - LENGTH_FIRST;

	if (n >= NR_LENGTHS)
		return -EINVAL;
	extra = get_bits(z, n < 8 || n == NR_LENGTHS - 1 ? 0 : (unsigned int)n / 4 - 1);
	if (extra < 0)
		return extra;
	z->copy = length[n] + (u32)extra;
	n = code_get(z, &z->far);
	if (n < 0)
		return n;
	if (n >= (int)INFLATE_DISTANCES)
		return -EINVAL;
	/* 1, 2, 3, 4, 5, 7, 9, 13, 17, 25, ...: from 4 on two for each number of extra bits. */
	extra = n < 4 ? 0 : n / 2 - 1;
	z->distance = n < 4 ? (u32)n + 1 : ((2 + ((u32)n & 1)) << extra) + 1;
	extra = get_bits(z, (unsigned int)extra);
	if (extra < 0)
		return extra;
	z->distance += (u32)extra;
	return z->distance > z->total ? -EINVAL : 0;
}

static int put_coded(struct inflate *z, u64 end)
{
	while (z->total < end) {
		int symbol, rc;

		if (z->copy) {
			z->copy--;
			put(z, z->window[(z->total - z->distance) % INFLATE_WINDOW]);
			continue;
		}
		symbol = code_get(z, &z->literal);
		if (symbol < 0)
			return symbol;
		if (symbol == END_OF_BLOCK) {
			z->state = INFLATE_HEAD;
			return 0;
		}
		if (symbol < END_OF_BLOCK) {
			put(z, (u8)symbol);
			continue;
		}
		rc = get_copy(z, symbol);
		if (rc)
			return rc;
	}
	return 0;
}

int inflate_step(struct inflate *z)
{
	u64 end = z->total + INFLATE_STEP;

	switch (z->state) {
	case INFLATE_STORED:
		return put_stored(z, end);
	case INFLATE_CODED:
		return put_coded(z, end);
	default:
		return get_head(z);
	}
}
