// SPDX-License-Identifier: Apache-2.0
/* UTF-8, RFC 3629: section 4 has the syntax that the table below is. */
#include <lodge/utf8.h>

/* By the first byte: the length, and the range of the second. */
static const struct {
	u8 from, to, length, low, high;
} forms[] = {
	{ 0x00, 0x7f, 1, 0, 0 },       { 0xc2, 0xdf, 2, 0x80, 0xbf }, { 0xe0, 0xe0, 3, 0xa0, 0xbf },
	{ 0xe1, 0xec, 3, 0x80, 0xbf }, { 0xed, 0xed, 3, 0x80, 0x9f }, { 0xee, 0xef, 3, 0x80, 0xbf },
	{ 0xf0, 0xf0, 4, 0x90, 0xbf }, { 0xf1, 0xf3, 4, 0x80, 0xbf }, { 0xf4, 0xf4, 4, 0x80, 0x8f },
};

unsigned int utf8_length(const char *s, size_t n)
{
	unsigned int i, k, length;

	for (i = 0; n && i < ARRAY_SIZE(forms); i++) {
		if ((u8)s[0] < forms[i].from || (u8)s[0] > forms[i].to)
			continue;
		length = forms[i].length;
		if (length > n)
			return 0;
		if (length > 1 && ((u8)s[1] < forms[i].low || (u8)s[1] > forms[i].high))
			return 0;
		for (k = 2; k < length; k++)
			if (((u8)s[k] & 0xc0) != 0x80)
				return 0;
		return length;
	}
	return 0;
}

size_t utf8_count(const char *s, size_t n)
{
	size_t count = 0, i;

	for (i = 0; i < n; count++)
		i += max(utf8_length(s + i, n - i), 1u);
	return count;
}
