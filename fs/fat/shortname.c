// SPDX-License-Identifier: Apache-2.0
/* Names of eight and three characters. */
#include <lodge/bitops.h>
#include <lodge/errno.h>
#include <lodge/string.h>

#include "fat.h"

#define CASE_LOWER_BASE 0x08u
#define CASE_LOWER_EXT	0x10u
#define TAIL_MAX	64u /* ~1 .. ~63 are tried, then another stem */
#define STEMS		64u

/* Code page 850 above 0x7f, which is what mtools and dosfstools use. */
static const u16 cp850[128] = {
	0x00c7, 0x00fc, 0x00e9, 0x00e2, 0x00e4, 0x00e0, 0x00e5, 0x00e7, 0x00ea, 0x00eb, 0x00e8,
	0x00ef, 0x00ee, 0x00ec, 0x00c4, 0x00c5, 0x00c9, 0x00e6, 0x00c6, 0x00f4, 0x00f6, 0x00f2,
	0x00fb, 0x00f9, 0x00ff, 0x00d6, 0x00dc, 0x00f8, 0x00a3, 0x00d8, 0x00d7, 0x0192, 0x00e1,
	0x00ed, 0x00f3, 0x00fa, 0x00f1, 0x00d1, 0x00aa, 0x00ba, 0x00bf, 0x00ae, 0x00ac, 0x00bd,
	0x00bc, 0x00a1, 0x00ab, 0x00bb, 0x2591, 0x2592, 0x2593, 0x2502, 0x2524, 0x00c1, 0x00c2,
	0x00c0, 0x00a9, 0x2563, 0x2551, 0x2557, 0x255d, 0x00a2, 0x00a5, 0x2510, 0x2514, 0x2534,
	0x252c, 0x251c, 0x2500, 0x253c, 0x00e3, 0x00c3, 0x255a, 0x2554, 0x2569, 0x2566, 0x2560,
	0x2550, 0x256c, 0x00a4, 0x00f0, 0x00d0, 0x00ca, 0x00cb, 0x00c8, 0x0131, 0x00cd, 0x00ce,
	0x00cf, 0x2518, 0x250c, 0x2588, 0x2584, 0x00a6, 0x00cc, 0x2580, 0x00d3, 0x00df, 0x00d4,
	0x00d2, 0x00f5, 0x00d5, 0x00b5, 0x00fe, 0x00de, 0x00da, 0x00db, 0x00d9, 0x00fd, 0x00dd,
	0x00af, 0x00b4, 0x00ad, 0x00b1, 0x2017, 0x00be, 0x00b6, 0x00a7, 0x00f7, 0x00b8, 0x00b0,
	0x00a8, 0x00b7, 0x00b9, 0x00b3, 0x00b2, 0x25a0, 0x00a0,
};

static void append_part(struct fat_name *n, const u8 *part, unsigned int max, bool lower)
{
	while (max && part[max - 1] == ' ')
		max--;
	for (unsigned int i = 0; i < max; i++) {
		u16 c = part[i];

		if (c >= 0x80)
			c = cp850[c - 0x80];
		else if (c < 0x20 || c == 0x7f || strchr("\"*/:<>?\\|", c))
			c = '_'; /* must not be there, and must not reach a terminal */
		else if (lower && c >= 'A' && c <= 'Z')
			c += 0x20;
		n->ch[n->len++] = c;
	}
}

void fat_short_to_name(const u8 *raw, struct fat_name *n)
{
	u8 base[8];

	memcpy(base, raw, sizeof(base));
	if (base[0] == 0x05) /* stands for 0xe5, which would mark a free entry */
		base[0] = 0xe5;
	n->len = 0;
	append_part(n, base, 8, raw[DE_CASE] & CASE_LOWER_BASE);
	if (!n->len)
		n->ch[n->len++] = '_';
	if (raw[8] != ' ' || raw[9] != ' ' || raw[10] != ' ') {
		n->ch[n->len++] = '.';
		append_part(n, raw + 8, 3, raw[DE_CASE] & CASE_LOWER_EXT);
	}
}

/* @exact is cleared when @c can't be in a short name, @upper when only its case differs. */
static u8 short_char(u16 c, bool *exact, bool *upper)
{
	if (c >= 'a' && c <= 'z') {
		*upper = false;
		return c - 0x20;
	}
	if (c >= 0x80 || strchr("+,;=[] .", c)) {
		*exact = false;
		return '_';
	}
	return c;
}

static unsigned int short_part(const struct fat_name *n, unsigned int from, unsigned int to,
			       u8 *out, unsigned int max, bool *exact, bool *upper)
{
	unsigned int len = 0;

	for (unsigned int i = from; i < to; i++) {
		if (n->ch[i] == ' ' || n->ch[i] == '.') {
			*exact = false;
			continue;
		}
		if (len == max) {
			*exact = false;
			break;
		}
		out[len++] = short_char(n->ch[i], exact, upper);
	}
	return len;
}

/* The stem's length; @out is padded with spaces. */
static unsigned int short_basis(const struct fat_name *n, u8 *out, bool *exact, bool *upper)
{
	unsigned int dot = n->len, start = 0, len;

	*exact = true;
	*upper = true;
	memset(out, ' ', 11);
	while (start < n->len && (n->ch[start] == '.' || n->ch[start] == ' '))
		start++;
	if (start)
		*exact = false;
	for (unsigned int i = n->len; i-- > start;) {
		if (n->ch[i] == '.') {
			dot = i;
			break;
		}
	}
	len = short_part(n, start, dot, out, 8, exact, upper);
	if (dot < n->len)
		short_part(n, dot + 1, n->len, out + 8, 3, exact, upper);
	return len;
}

/* @name with a tail of ~N: N if it has the @stem and extension, else 0. */
static unsigned int short_tail(const u8 *name, const u8 *stem, unsigned int len)
{
	unsigned int i = 0, n = 0, digits = 0;

	if (memcmp(name + 8, stem + 8, 3))
		return 0;
	while (i < 8 && name[i] != '~')
		i++;
	if (i > len || memcmp(name, stem, i))
		return 0;
	for (i++; i < 8 && name[i] >= '0' && name[i] <= '9'; i++, digits++)
		n = n * 10 + name[i] - '0';
	return digits && digits <= 2 ? n : 0;
}

/* Which tails entries of @dir have with this stem, as a bit mask. */
static int short_tails_used(struct fat_fs *fat, u32 dir, const u8 *stem, unsigned int len,
			    u64 *used)
{
	struct fat_iter it;
	struct fat_entry e;
	int err;

	*used = 1; /* there is no ~0 */
	fat_iter_init(&it, fat, dir, 0);
	while (!(err = fat_dir_next(&it, &e))) {
		unsigned int n = short_tail(e.raw, stem, len);

		if (n < TAIL_MAX)
			*used |= 1ull << n;
	}
	return err == -ENOENT ? 0 : err;
}

static void short_put_tail(u8 *out, unsigned int len, unsigned int n)
{
	unsigned int digits = n < 10 ? 1 : 2, at = min(len, 7 - digits);

	memset(out + at, ' ', 8 - at);
	out[at++] = '~';
	if (digits == 2)
		out[at++] = '0' + n / 10;
	out[at] = '0' + n % 10;
}

/* Two characters of the name and a hash of all of it, for names that begin alike. */
static unsigned int short_hashed(const struct fat_name *n, unsigned int round, u8 *stem,
				 unsigned int len)
{
	static const char hex[] = "0123456789ABCDEF";
	u32 h = 2166136261u + round;

	for (unsigned int i = 0; i < n->len; i++)
		h = (h ^ n->ch[i]) * 16777619u;
	h ^= h >> 16;
	len = min(len, 2u);
	for (unsigned int i = 0; i < 4; i++, h >>= 4)
		stem[len++] = hex[h & 15];
	memset(stem + len, ' ', 8 - len);
	return len;
}

int fat_short_make(struct fat_fs *fat, u32 dir, const struct fat_name *n, u8 *out, bool *plain)
{
	bool exact, upper;
	unsigned int basis = short_basis(n, out, &exact, &upper), len = basis;

	*plain = exact && upper;
	/* No other entry has it: the caller has looked for n, which also finds short names. */
	if (exact && len)
		return 0;
	for (unsigned int round = 0; round < STEMS; round++) {
		u64 used;
		int err;

		if (round)
			len = short_hashed(n, round, out, basis);
		err = short_tails_used(fat, dir, out, len, &used);
		if (err)
			return err;
		if (~used) {
			short_put_tail(out, len, ctz64(~used));
			return 0;
		}
	}
	return -ENOSPC;
}
