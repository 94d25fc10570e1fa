// SPDX-License-Identifier: Apache-2.0
/* Long names: UTF-8, UTF-16, case and the slots on the disk. */
#include <lodge/errno.h>
#include <lodge/string.h>

#include "fat.h"

#define HIGH_SURROGATE 0xd800u
#define LOW_SURROGATE  0xdc00u

/* One character; how many bytes it has, or 0 when it is not UTF-8 in its shortest form. */
static unsigned int utf8_decode(const u8 *s, size_t len, u32 *out)
{
	static const u32 least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned int n = s[0] < 0x80 ? 1 : s[0] < 0xc0 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	u32 c = n == 1 ? s[0] : s[0] & (0x7f >> n);

	if (!n || n > len || s[0] >= 0xf8)
		return 0;
	for (unsigned int i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= HIGH_SURROGATE && c < 0xe000))
		return 0;
	*out = c;
	return n;
}

int fat_name_from_utf8(struct fat_name *n, const char *s, size_t len)
{
	n->len = 0;
	while (len) {
		u32 c;
		unsigned int used = utf8_decode((const u8 *)s, len, &c);

		if (!used)
			return -EINVAL;
		if (n->len + (c > 0xffff) >= FAT_NAME_UNITS)
			return -ENAMETOOLONG;
		if (c > 0xffff) {
			n->ch[n->len++] = HIGH_SURROGATE + ((c - 0x10000) >> 10);
			c = LOW_SURROGATE + (c & 0x3ff);
		}
		n->ch[n->len++] = c;
		s += used;
		len -= used;
	}
	return 0;
}

static unsigned int utf8_encode(u32 c, char *out)
{
	if (c < 0x80) {
		out[0] = c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = 0xc0 | c >> 6;
		out[1] = 0x80 | (c & 0x3f);
		return 2;
	}
	if (c < 0x10000) {
		out[0] = 0xe0 | c >> 12;
		out[1] = 0x80 | (c >> 6 & 0x3f);
		out[2] = 0x80 | (c & 0x3f);
		return 3;
	}
	out[0] = 0xf0 | c >> 18;
	out[1] = 0x80 | (c >> 12 & 0x3f);
	out[2] = 0x80 | (c >> 6 & 0x3f);
	out[3] = 0x80 | (c & 0x3f);
	return 4;
}

int fat_name_to_utf8(const struct fat_name *n, char *out, size_t size)
{
	size_t len = 0;

	for (unsigned int i = 0; i < n->len; i++) {
		u32 c = n->ch[i];
		char buf[4];
		unsigned int k;

		/* fat_name_legal() has seen to it that the other half follows. */
		if (c >= HIGH_SURROGATE && c < LOW_SURROGATE && i + 1 < n->len)
			c = 0x10000 + ((c - HIGH_SURROGATE) << 10) + (n->ch[++i] - LOW_SURROGATE);
		k = utf8_encode(c, buf);
		if (k >= size - len)
			return -ENAMETOOLONG;
		memcpy(out + len, buf, k);
		len += k;
	}
	out[len] = '\0';
	return len;
}

/* How the letters of a range become upper case. */
enum {
	PAIRS_EVEN = 1, /* each even one is the upper case of the next */
	PAIRS_ODD = 2,	/* each odd one is */
			/* a negative number is added */
};

/* Latin, Greek, Cyrillic and Armenian letters, as far as one letter becomes one (Unicode 15). */
static const struct {
	u16 first, last;
	s8 how;
} cases[] = {
	{ 0x0061, 0x007a, -0x20 },	{ 0x00e0, 0x00f6, -0x20 },
	{ 0x00f8, 0x00fe, -0x20 },	{ 0x0100, 0x012f, PAIRS_EVEN },
	{ 0x0132, 0x0137, PAIRS_EVEN }, { 0x0139, 0x0148, PAIRS_ODD },
	{ 0x014a, 0x0177, PAIRS_EVEN }, { 0x0179, 0x017e, PAIRS_ODD },
	{ 0x01a0, 0x01a5, PAIRS_EVEN }, { 0x01af, 0x01b0, PAIRS_ODD },
	{ 0x01cd, 0x01dc, PAIRS_ODD },	{ 0x01de, 0x01ef, PAIRS_EVEN },
	{ 0x01f8, 0x021f, PAIRS_EVEN }, { 0x0222, 0x0233, PAIRS_EVEN },
	{ 0x0246, 0x024f, PAIRS_EVEN }, { 0x03ac, 0x03ac, -0x26 },
	{ 0x03ad, 0x03af, -0x25 },	{ 0x03b1, 0x03c1, -0x20 },
	{ 0x03c3, 0x03cb, -0x20 },	{ 0x03cc, 0x03cc, -0x40 },
	{ 0x03cd, 0x03ce, -0x3f },	{ 0x03d8, 0x03ef, PAIRS_EVEN },
	{ 0x0430, 0x044f, -0x20 },	{ 0x0450, 0x045f, -0x50 },
	{ 0x0460, 0x0481, PAIRS_EVEN }, { 0x048a, 0x04bf, PAIRS_EVEN },
	{ 0x04c1, 0x04ce, PAIRS_ODD },	{ 0x04cf, 0x04cf, -0x0f },
	{ 0x04d0, 0x052f, PAIRS_EVEN }, { 0x0561, 0x0586, -0x30 },
	{ 0x1e00, 0x1e95, PAIRS_EVEN }, { 0x1ea0, 0x1eff, PAIRS_EVEN },
};

static u16 fold(u16 c)
{
	unsigned int i;

	if (c == 0xff)
		return 0x178;
	for (i = 0; i < ARRAY_SIZE(cases) && cases[i].first <= c; i++) {
		if (c > cases[i].last)
			continue;
		if (cases[i].how < 0)
			return (u16)(c + cases[i].how);
		return (c & 1) == (cases[i].how & 1) ? c - 1 : c;
	}
	return c;
}

bool fat_name_equal(const struct fat_name *a, const struct fat_name *b)
{
	if (a->len != b->len)
		return false;
	for (unsigned int i = 0; i < a->len; i++)
		if (a->ch[i] != b->ch[i] && fold(a->ch[i]) != fold(b->ch[i]))
			return false;
	return true;
}

bool fat_name_legal(const struct fat_name *n)
{
	unsigned int i;

	for (i = 0; i < n->len; i++) {
		u16 c = n->ch[i];

		if (c < 0x20 || (c >= 0x7f && c < 0xa0) || (c < 0x80 && strchr("\"*/:<>?\\|", c)))
			return false;
		if (c >= LOW_SURROGATE && c < 0xe000)
			return false;
		if (c >= HIGH_SURROGATE && c < LOW_SURROGATE) {
			i++;
			if (i == n->len || (n->ch[i] & 0xfc00) != LOW_SURROGATE)
				return false;
		}
	}
	/* Other systems drop these, and would not find the file again. */
	return n->len && n->ch[n->len - 1] != ' ' && n->ch[n->len - 1] != '.';
}

u8 fat_checksum(const u8 *short_name)
{
	u8 sum = 0;

	for (unsigned int i = 0; i < 11; i++)
		sum = (u8)(sum << 7 | sum >> 1) + short_name[i];
	return sum;
}

/* Where the characters of a slot are: 5, 6 and 2 of them. */
static u8 *lfn_char(u8 *raw, unsigned int i)
{
	return raw + (i < 5 ? 1 + 2 * i : i < 11 ? 14 + 2 * (i - 5) : 28 + 2 * (i - 11));
}

void fat_lfn_pack(u8 *raw, const struct fat_name *n, unsigned int seq, u8 sum)
{
	unsigned int first = (seq - 1) * FAT_LFN_UNITS;

	memset(raw, 0, FAT_SLOT);
	raw[0] = seq | (first + FAT_LFN_UNITS >= n->len ? 0x40 : 0);
	raw[DE_ATTR] = FAT_ATTR_LONG;
	raw[13] = sum;
	/* The name, one zero if there is room, then ones. */
	for (unsigned int i = 0; i < FAT_LFN_UNITS; i++) {
		unsigned int at = first + i;

		put_le16(lfn_char(raw, i), at < n->len ? n->ch[at] : at == n->len ? 0 : 0xffff);
	}
}

void fat_lfn_unpack(const u8 *raw, u16 *ch)
{
	for (unsigned int i = 0; i < FAT_LFN_UNITS; i++)
		ch[i] = get_le16(lfn_char((u8 *)raw, i));
}
